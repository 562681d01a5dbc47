#include "actors/what_if/simulated_limit.hpp"

#include <catch2/catch.hpp>

#include <deque>
#include <random>

using namespace gateway;

namespace {

constexpr WallTime midnight{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23}};

WallTime after(std::int64_t milliseconds) {
  return midnight + Milliseconds{milliseconds};
}

QuotaSpec requests_a_minute(std::int64_t limit) {
  QuotaSpec spec;
  spec.owner = "provider/p";
  spec.name = "rpm";
  spec.limit = limit;
  spec.window = std::chrono::minutes{1};
  return spec;
}

} // namespace

TEST_CASE("no window of log time holds more than the limit", "[what_if]") {
  std::mt19937_64 chance{7};
  SimulatedLimit limit{requests_a_minute(20)};
  std::deque<std::int64_t> taken;
  std::int64_t now = 0;
  int granted = 0;
  for (int i = 0; i < 20'000; ++i) {
    now += static_cast<std::int64_t>(chance() % 2'000);
    if (!limit.has(1, after(now))) continue;
    limit.take(1, after(now), after(now + 300));
    taken.push_back(now);
    ++granted;
    while (taken.front() <= now - 60'000) taken.pop_front();
    REQUIRE(taken.size() <= 20);
  }
  // And nearly all of it is used: what is offered is three times the limit.
  CHECK(granted > now / 60'000 * 20 * 97 / 100);
}

TEST_CASE("places at a time come back when the call ends", "[what_if]") {
  QuotaSpec spec;
  spec.unit = QuotaUnit::concurrency;
  spec.limit = 1;
  SimulatedLimit limit{spec};
  limit.take(1, after(0), after(500));
  CHECK_FALSE(limit.has(1, after(499)));
  CHECK(limit.has(1, after(500)));
}

TEST_CASE("a calendar window is whole again at its end, not a day later", "[what_if]") {
  auto spec = requests_a_minute(5);
  spec.kind = WindowKind::day;
  spec.window = std::chrono::hours{24};
  spec.day = "utc";
  SimulatedLimit limit{spec};
  const auto evening = after(23 * 3'600'000);
  limit.take(5, evening, evening);
  CHECK_FALSE(limit.has(1, after(86'399'000)));
  CHECK(limit.has(5, after(24 * 3'600'000)));
  CHECK(limit.peak_permille() == 1'000);
}

TEST_CASE("a line that is a little late counts as now", "[what_if]") {
  SimulatedLimit limit{requests_a_minute(1)};
  limit.take(1, after(10'000), after(10'000));
  CHECK_FALSE(limit.has(1, after(9'000)));
  CHECK_FALSE(limit.has(1, after(60'000)));
  CHECK(limit.has(1, after(70'250)));
}
