#include "net/demo/limiter.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <random>

using namespace gateway;

namespace {

DemoRule rule(DemoLimitKind kind, std::int64_t limit, Nanoseconds window) {
  DemoRule made;
  made.kind = kind;
  made.limit = limit;
  made.window = window;
  return made;
}

constexpr Instant origin{1000s};

} // namespace

TEST_CASE("a limit of two in ten seconds gives back as its kind does", "[net][demo]") {
  struct Row {
    const char* when;
    DemoLimitKind kind;
    Nanoseconds second;
    Nanoseconds third;
    bool third_allowed;
    Nanoseconds wait;
  };
  // The clock's windows of ten seconds begin at 1000 s.
  const auto row = GENERATE(
    Row{
      "sliding, the first is still in the window", DemoLimitKind::sliding, 9s, 9'999ms, false, 1ms},
    Row{"sliding, the first has just left it", DemoLimitKind::sliding, 9s, 10s, true, 0s},
    Row{"fixed, the same window", DemoLimitKind::fixed, 1s, 9'999ms, false, 1ms},
    Row{"fixed, the next window", DemoLimitKind::fixed, 9'999ms, 10s, true, 0s},
    Row{"bucket, not yet one refilled", DemoLimitKind::bucket, 0s, 4'999ms, false, 1ms},
    Row{"bucket, just one refilled", DemoLimitKind::bucket, 0s, 5s, true, 0s});
  CAPTURE(row.when);
  DemoLimiter limiter{{rule(row.kind, 2, 10s)}, 0};
  REQUIRE(limiter.arrive(0, origin).allowed);
  REQUIRE(limiter.arrive(0, origin + row.second).allowed);
  const auto third = limiter.arrive(0, origin + row.third);
  CHECK(third.allowed == row.third_allowed);
  CHECK(third.wait == row.wait);
  CHECK(limiter.counts().allowed == (row.third_allowed ? 3 : 2));
  CHECK(limiter.counts().over == (row.third_allowed ? 0 : 1));
}

TEST_CASE("a fixed window begins where it is told to", "[net][demo]") {
  SECTION("at the clock's multiples and a phase") {
    auto one = rule(DemoLimitKind::fixed, 1, 10s);
    one.phase = 3s;
    DemoLimiter limiter{{one}, 0};
    REQUIRE(limiter.arrive(0, origin).allowed);
    CHECK(limiter.arrive(0, origin + 2'999ms).wait == 1ms);
    CHECK(limiter.arrive(0, origin + 3s).allowed);
  }
  SECTION("with the first call after the last one ended") {
    auto one = rule(DemoLimitKind::fixed, 1, 10s);
    one.from_first_call = true;
    DemoLimiter limiter{{one}, 0};
    REQUIRE(limiter.arrive(0, origin + 7s).allowed);
    CHECK_FALSE(limiter.arrive(0, origin + 16'999ms).allowed);
    CHECK(limiter.arrive(0, origin + 25s).allowed);
    CHECK(limiter.arrive(0, origin + 34s).wait == 1s);
  }
}

TEST_CASE("a request is charged to every limit or to none", "[net][demo]") {
  auto tokens = rule(DemoLimitKind::sliding, 100, 10s);
  tokens.unit = DemoLimitUnit::tokens;
  DemoLimiter limiter{{rule(DemoLimitKind::sliding, 3, 10s), tokens}, 0};
  REQUIRE(limiter.arrive(60, origin).allowed);
  const auto dear = limiter.arrive(41, origin);
  CHECK_FALSE(dear.allowed);
  CHECK(dear.broken == DemoLimitUnit::tokens);
  CHECK(limiter.standing(DemoLimitUnit::requests, origin)->remaining == 2);
  REQUIRE(limiter.arrive(40, origin).allowed);
  CHECK(limiter.standing(DemoLimitUnit::tokens, origin)->remaining == 0);
  CHECK(limiter.standing(DemoLimitUnit::tokens, origin + 4s)->until_full == 6s);
  const auto never = limiter.arrive(101, origin + 1h);
  CHECK_FALSE(never.allowed);
  CHECK(never.wait == 10s);
}

TEST_CASE("so many requests at a time and no more", "[net][demo]") {
  DemoLimiter limiter{{}, 2};
  REQUIRE(limiter.arrive(1, origin).allowed);
  REQUIRE(limiter.arrive(1, origin).allowed);
  const auto third = limiter.arrive(1, origin);
  CHECK_FALSE(third.allowed);
  CHECK_FALSE(third.broken);
  limiter.leave();
  CHECK(limiter.arrive(1, origin).allowed);
  CHECK(limiter.under_way_max() == 2);
}

TEST_CASE("a bucket of a month's tokens is counted exactly", "[net][demo]") {
  auto tokens = rule(DemoLimitKind::bucket, 1'000'000'000, 30 * 24h);
  tokens.unit = DemoLimitUnit::tokens;
  DemoLimiter limiter{{tokens}, 0};
  REQUIRE(limiter.arrive(1'000'000'000, origin).allowed);
  // 1e9 tokens in 2 592 000 s: one every 2 592 000 ns.
  CHECK_FALSE(limiter.arrive(1, origin + 2'591'999ns).allowed);
  CHECK(limiter.arrive(1, origin + 2'592'000ns).allowed);
  CHECK(limiter.standing(DemoLimitUnit::tokens, origin + 15 * 24h)->remaining == 499'999'999);
}

namespace {

/// What each kind promises, said the slow way: over the whole list of what was let in.
bool may_enter(
  const DemoRule& one,
  const std::vector<std::pair<Instant, std::int64_t>>& entered,
  std::int64_t cost,
  Instant now) {
  const auto window_of = [&](Instant at) {
    return (at.time_since_epoch() - one.phase) / one.window;
  };
  if (one.kind == DemoLimitKind::bucket) {
    // In exact units of tokens × window nanoseconds, replayed from a full bucket.
    auto level = one.capacity * one.window.count();
    const auto full = level;
    auto last = Instant{};
    for (const auto& [at, used] : entered) {
      level = std::min(full, level + one.limit * (at - last).count());
      level -= used * one.window.count();
      last = at;
    }
    level = std::min(full, level + one.limit * (now - last).count());
    return cost * one.window.count() <= level;
  }
  std::int64_t used = 0;
  for (const auto& [at, spent] : entered)
    if (
      one.kind == DemoLimitKind::sliding ? at + one.window > now : window_of(at) == window_of(now))
      used += spent;
  return used + cost <= one.limit;
}

} // namespace

TEST_CASE("the judge agrees with the promise said the slow way", "[net][demo]") {
  const auto kind = GENERATE(DemoLimitKind::fixed, DemoLimitKind::sliding, DemoLimitKind::bucket);
  const auto seed = GENERATE(range(1u, 13u));
  CAPTURE(name_of(kind), seed);
  std::mt19937 dice{seed};
  auto one = rule(kind, 5 + dice() % 40, Nanoseconds{1'000 + dice() % 9'000});
  one.unit = DemoLimitUnit::tokens;
  one.phase = Nanoseconds{dice() % 1'000};
  one.capacity = kind == DemoLimitKind::bucket ? 1 + dice() % 60 : one.limit;
  DemoLimiter limiter{{one}, 0};
  std::vector<std::pair<Instant, std::int64_t>> entered;
  Instant now{Nanoseconds{100'000}};
  for (int i = 0; i < 600; ++i) {
    now += Nanoseconds{dice() % 4 == 0 ? dice() % 6'000 : dice() % 200};
    const std::int64_t cost = 1 + dice() % 12;
    const auto verdict = limiter.arrive(cost, now);
    REQUIRE(verdict.allowed == may_enter(one, entered, cost, now));
    if (verdict.allowed) {
      entered.emplace_back(now, cost);
    } else if (cost <= one.capacity && cost <= std::max(one.limit, one.capacity)) {
      // The wait it names is the first moment at which it would be let in.
      REQUIRE(may_enter(one, entered, cost, now + verdict.wait));
      REQUIRE_FALSE(may_enter(one, entered, cost, now + verdict.wait - 1ns));
    }
  }
  CHECK(limiter.counts().allowed == entered.size());
  CHECK(limiter.counts().over == 600 - entered.size());
  CHECK(limiter.counts().over > 0);
}
