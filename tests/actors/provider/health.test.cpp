#include "actors/provider/health.hpp"

#include <catch2/catch.hpp>

#include <vector>

using namespace gateway;
using Kind = HealthAnswer::Kind;

namespace {

constexpr Milliseconds day_ends = 6h;

Failure failure_of(FailureKind kind, std::optional<Milliseconds> retry_after = {}) {
  Failure failure;
  failure.kind = kind;
  failure.retry_after = retry_after;
  return failure;
}

Instant at(Nanoseconds since) {
  return Instant{1h + since};
}

/// The wait after one failure that closes.
Milliseconds wait_after(Health& health, const Failure& failure, bool was_probe, Instant now) {
  health.failed(failure, was_probe, now, day_ends);
  const auto answer = health.may_start(now);
  return answer.kind == Kind::no ? answer.retry_after : Milliseconds{0};
}

} // namespace

TEST_CASE("a failure cools down for as long as its class says", "[provider][health]") {
  auto spent_day = failure_of(FailureKind::quota_exhausted, 30s);
  spent_day.until_day_ends = true;
  struct Row {
    const char* when;
    Failure failure;
    Milliseconds least, most;
    HealthState state;
  };
  const auto row = GENERATE_COPY(
    Row{
      "rate limited", failure_of(FailureKind::rate_limited), 800ms, 1'200ms, HealthState::cooldown},
    Row{
      "rate limited with a retry-after",
      failure_of(FailureKind::rate_limited, 17s),
      17s,
      17s,
      HealthState::cooldown},
    Row{
      "a retry-after below the back-off",
      failure_of(FailureKind::rate_limited, 1ms),
      800ms,
      1'200ms,
      HealthState::cooldown},
    Row{
      "a retry-after beyond reason",
      failure_of(FailureKind::rate_limited, 1'000h),
      25h,
      25h,
      HealthState::cooldown},
    Row{"overloaded", failure_of(FailureKind::overloaded), 4s, 6s, HealthState::cooldown},
    Row{"credits spent", failure_of(FailureKind::quota_exhausted), 1h, 1h, HealthState::down},
    Row{
      "quota spent until a moment",
      failure_of(FailureKind::quota_exhausted, 2h),
      2h,
      2h,
      HealthState::down},
    Row{"the day's quota spent", spent_day, 6h, 6h, HealthState::down},
    Row{"the key refused", failure_of(FailureKind::credentials), 15min, 15min, HealthState::down},
    Row{"an unknown model", failure_of(FailureKind::model_not_found), 1h, 1h, HealthState::down},
    Row{
      "an error with a retry-after",
      failure_of(FailureKind::server_error, 9s),
      9s,
      9s,
      HealthState::cooldown},
    Row{"one time-out", failure_of(FailureKind::timed_out), 0ms, 0ms, HealthState::ok},
    Row{"one broken connection", failure_of(FailureKind::network), 0ms, 0ms, HealthState::ok},
    Row{"one error", failure_of(FailureKind::server_error), 0ms, 0ms, HealthState::ok},
    Row{"a bad request", failure_of(FailureKind::bad_request), 0ms, 0ms, HealthState::ok},
    Row{"too long", failure_of(FailureKind::context_too_long), 0ms, 0ms, HealthState::ok},
    Row{"too large", failure_of(FailureKind::request_too_large), 0ms, 0ms, HealthState::ok},
    Row{"filtered", failure_of(FailureKind::content_filtered), 0ms, 0ms, HealthState::ok});
  CAPTURE(row.when);
  Health health{7};
  const auto wait = wait_after(health, row.failure, false, at(0s));
  CHECK(wait >= row.least);
  CHECK(wait <= row.most);
  CHECK(health.state(at(0s)) == row.state);
  CHECK(health.until().has_value() == (row.most > 0ms));
}

TEST_CASE("failures in a row break the circuit, single ones do not", "[provider][health]") {
  Health health{7};
  for (int i = 0; i < 4; ++i) {
    health.failed(failure_of(FailureKind::server_error), false, at(0s), day_ends);
    CHECK(health.may_start(at(0s)).kind == Kind::yes);
  }
  CHECK(health.state(at(0s)) == HealthState::degraded);
  health.failed(failure_of(FailureKind::network), false, at(0s), day_ends);
  CHECK(health.may_start(at(0s)).kind == Kind::no);
  CHECK(health.reason() == FailureKind::network);
  CHECK(health.failures_in_a_row() == 5);
}

TEST_CASE("more failures than not break the circuit too", "[provider][health]") {
  Health health{7};
  int calls = 0;
  bool closed = false;
  while (calls < 60 && !closed) {
    // Two of three fail: never five in a row.
    if (calls++ % 3 == 0)
      health.succeeded(false, at(0s));
    else
      health.failed(failure_of(FailureKind::timed_out), false, at(0s), day_ends);
    closed = health.may_start(at(0s)).kind == Kind::no;
  }
  CHECK(closed);
}

TEST_CASE("one probe at a time decides after a cooldown", "[provider][health]") {
  Health health{7};
  health.failed(failure_of(FailureKind::rate_limited, 10s), false, at(0s), day_ends);
  CHECK(health.may_start(at(9'999ms)).kind == Kind::no);
  CHECK(health.may_start(at(9'999ms)).retry_after == 1ms);
  CHECK(health.state(at(10s)) == HealthState::half_open);
  CHECK(health.may_start(at(10s)).kind == Kind::probe);
  CHECK(health.may_start(at(10s)).kind == Kind::no);

  SECTION("a probe that was not sent is given back") {
    health.not_started(true, at(10s));
    CHECK(health.may_start(at(10s)).kind == Kind::probe);
  }
  SECTION("a probe that never ends is not waited for") {
    CHECK(health.may_start(at(69s)).kind == Kind::no);
    CHECK(health.may_start(at(70s)).kind == Kind::probe);
  }
  SECTION("a probe that fails cools down for longer") {
    const auto wait = wait_after(health, failure_of(FailureKind::rate_limited), true, at(11s));
    CHECK(wait >= 1'600ms);
    CHECK(wait <= 2'400ms);
  }
  SECTION("any failure of a probe cools down, a single error too") {
    CHECK(wait_after(health, failure_of(FailureKind::server_error), true, at(11s)) > 0ms);
  }
  SECTION("a probe refused for what it asked shows that the provider is well") {
    health.failed(failure_of(FailureKind::bad_request), true, at(11s), day_ends);
    CHECK(health.may_start(at(11s)).kind == Kind::yes);
  }
  SECTION("the end of a call from before the cooldown decides nothing") {
    health.succeeded(false, at(11s));
    CHECK(health.may_start(at(11s)).kind == Kind::no);
    health.failed(failure_of(FailureKind::server_error), false, at(11s), day_ends);
    CHECK(health.state(at(11s)) == HealthState::half_open);
  }
  SECTION("but a provider's own wait counts whenever it comes") {
    health.failed(failure_of(FailureKind::rate_limited, 20s), false, at(11s), day_ends);
    CHECK(health.may_start(at(30'999ms)).kind == Kind::no);
    CHECK(health.may_start(at(31s)).kind == Kind::probe);
  }
}

TEST_CASE("after a probe the share of calls grows by a tenth a second", "[provider][health]") {
  Health health{7};
  health.failed(failure_of(FailureKind::overloaded, 10s), false, at(0s), day_ends);
  REQUIRE(health.may_start(at(10s)).kind == Kind::probe);
  health.succeeded(true, at(10s));
  CHECK(health.state(at(10s)) == HealthState::half_open);

  std::vector<int> allowed; // of 100 calls in each second
  for (int second = 0; second < 12; ++second) {
    int yes = 0;
    for (int call = 0; call < 100; ++call)
      if (health.may_start(at(10s + 1s * second + 10ms * call)).kind == Kind::yes) ++yes;
    allowed.push_back(yes);
  }
  CHECK(allowed[0] >= 10);
  CHECK(allowed[0] <= 20);
  CHECK(allowed[4] >= 50);
  CHECK(allowed[4] <= 60);
  CHECK(allowed[9] == 100);
  CHECK(allowed[11] == 100);
  CHECK(health.state(at(22s)) == HealthState::ok);
}

TEST_CASE("a trickle of calls is let through while the share grows", "[provider][health]") {
  Health health{7};
  health.failed(failure_of(FailureKind::overloaded, 10s), false, at(0s), day_ends);
  REQUIRE(health.may_start(at(10s)).kind == Kind::probe);
  health.succeeded(true, at(10s));
  for (int second = 0; second < 10; ++second)
    CHECK(health.may_start(at(10s + 1s * second)).kind == Kind::yes);
}

TEST_CASE(
  "cooldowns in a row double up to a bound and start over when all is well", "[provider][health]") {
  Health health{GENERATE(1U, 2U, 3U)};
  Instant now = at(0s);
  Milliseconds longest{0};
  for (int round = 0; round < 12; ++round) {
    const auto wait = wait_after(health, failure_of(FailureKind::rate_limited), round > 0, now);
    const auto ideal = std::min<Milliseconds>(1s * (1 << round), 60s);
    CHECK(wait >= ideal * 8 / 10 - 1ms);
    CHECK(wait <= 60s);
    longest = std::max(longest, wait);
    now += wait;
    REQUIRE(health.may_start(now).kind == Kind::probe);
  }
  CHECK(longest >= 48s);
  health.succeeded(true, now);
  now += 10s;
  CHECK(health.may_start(now).kind == Kind::yes);
  CHECK(wait_after(health, failure_of(FailureKind::rate_limited), false, now) <= 1'200ms);
}

TEST_CASE("a burst of failures counts as one cooldown", "[provider][health]") {
  Health health{7};
  for (int call = 0; call < 50; ++call)
    health.failed(failure_of(FailureKind::rate_limited), false, at(0s), day_ends);
  CHECK(health.may_start(at(0s)).retry_after <= 1'200ms);
}

TEST_CASE("what a person may have repaired is tried again at once", "[provider][health]") {
  struct Row {
    const char* when;
    FailureKind kind;
    Kind after;
  };
  const auto row = GENERATE(
    Row{"a refused key", FailureKind::credentials, Kind::yes},
    Row{"an unknown model", FailureKind::model_not_found, Kind::yes},
    Row{"spent credits", FailureKind::quota_exhausted, Kind::yes},
    Row{"a rate limit", FailureKind::rate_limited, Kind::no});
  CAPTURE(row.when);
  Health health{7};
  health.failed(failure_of(row.kind, 5min), false, at(0s), day_ends);
  REQUIRE(health.may_start(at(1s)).kind == Kind::no);
  health.configured(true, true, at(1s));
  CHECK(health.may_start(at(1s)).kind == row.after);
}

TEST_CASE("cooling down can be turned off, and a provider too", "[provider][health]") {
  Health health{7, false};
  for (int call = 0; call < 20; ++call)
    health.failed(failure_of(FailureKind::rate_limited, 60s), false, at(0s), day_ends);
  CHECK(health.may_start(at(0s)).kind == Kind::yes);
  CHECK(health.state(at(0s)) == HealthState::degraded);
  health.configured(false, true, at(0s));
  CHECK(health.may_start(at(0s)).kind == Kind::no);
  CHECK(health.state(at(0s)) == HealthState::disabled);
  health.configured(true, true, at(0s));
  CHECK(health.may_start(at(0s)).kind == Kind::yes);
}

TEST_CASE("a failure cools down what it is about", "[provider][health]") {
  struct Row {
    FailureKind kind;
    bool until_day_ends;
    FailureScope scope;
  };
  const auto row = GENERATE(
    Row{FailureKind::rate_limited, false, FailureScope::model},
    Row{FailureKind::quota_exhausted, false, FailureScope::provider},
    Row{FailureKind::quota_exhausted, true, FailureScope::model},
    Row{FailureKind::overloaded, false, FailureScope::model},
    Row{FailureKind::timed_out, false, FailureScope::model},
    Row{FailureKind::network, false, FailureScope::provider},
    Row{FailureKind::server_error, false, FailureScope::model},
    Row{FailureKind::credentials, false, FailureScope::provider},
    Row{FailureKind::model_not_found, false, FailureScope::model},
    Row{FailureKind::context_too_long, false, FailureScope::nobody},
    Row{FailureKind::content_filtered, false, FailureScope::nobody},
    Row{FailureKind::bad_request, false, FailureScope::nobody},
    Row{FailureKind::request_too_large, false, FailureScope::nobody},
    Row{FailureKind::invalid_answer, false, FailureScope::model});
  auto failure = failure_of(row.kind);
  failure.until_day_ends = row.until_day_ends;
  CAPTURE(static_cast<int>(row.kind));
  CHECK(scope_of(failure) == row.scope);
}

TEST_CASE("an operator lets the next call try, and its outcome decides", "[provider][health]") {
  Health health{1};
  health.failed(failure_of(FailureKind::credentials), false, at(0s), day_ends);
  REQUIRE(health.state(at(1s)) == HealthState::down);
  health.probe_now(at(1s));
  CHECK(health.state(at(1s)) == HealthState::half_open);
  REQUIRE(health.may_start(at(1s)).kind == Kind::probe);
  CHECK(health.may_start(at(1s)).kind == Kind::no);
  SECTION("it fails") {
    health.failed(failure_of(FailureKind::credentials), true, at(2s), day_ends);
    CHECK(health.state(at(2s)) == HealthState::down);
  }
  SECTION("it succeeds") {
    health.succeeded(true, at(2s));
    CHECK(health.may_start(at(2s)).kind == Kind::yes);
  }
  SECTION("it takes long, and another one may try") {
    health.probe_now(at(3s));
    CHECK(health.may_start(at(3s)).kind == Kind::probe);
  }
}

TEST_CASE("a probe is nothing to what does not cool down", "[provider][health]") {
  Health health{1};
  health.probe_now(at(0s));
  CHECK(health.state(at(0s)) == HealthState::ok);
  CHECK(health.may_start(at(0s)).kind == Kind::yes);
}

TEST_CASE("a cleared cooldown is as if it had never been", "[provider][health]") {
  Health health{1};
  for (int i = 0; i < 3; ++i)
    health.failed(failure_of(FailureKind::rate_limited), false, at(i * 1min), day_ends);
  health.clear_cooldown();
  CHECK(health.state(at(2min)) == HealthState::ok);
  CHECK_FALSE(health.until());
  CHECK(health.may_start(at(2min)).kind == Kind::yes);
  CHECK(wait_after(health, failure_of(FailureKind::rate_limited), false, at(2min)) <= 1'200ms);
}

TEST_CASE("what another node was told is heeded until a moment later", "[provider][health]") {
  Health health{7};
  health.heard({{}, FailureKind::rate_limited, 10s}, at(0s));
  CHECK(health.reason() == FailureKind::rate_limited);
  CHECK(health.may_start(at(10'499ms)).kind == Kind::no);
  CHECK_FALSE(health.own_rest(at(1s))); // it is not told on
  CHECK(health.may_start(at(10'500ms)).kind == Kind::probe);
}

TEST_CASE("when another node is let in again, so are we, little by little", "[provider][health]") {
  Health health{7};
  health.heard({{}, FailureKind::overloaded, 10s}, at(0s));
  health.heard({{}, FailureKind::overloaded, 0ms}, at(4s));
  CHECK(health.state(at(4s)) == HealthState::half_open);
  CHECK(health.may_start(at(4s)).kind == Kind::yes);
  CHECK(health.may_start(at(4s)).kind == Kind::no);
}

TEST_CASE("what a node was told itself goes before what it hears", "[provider][health]") {
  Health health{7};
  health.failed(failure_of(FailureKind::rate_limited, 10s), false, at(0s), day_ends);
  health.heard({{}, FailureKind::rate_limited, 0ms}, at(1s));
  CHECK(health.may_start(at(1s)).kind == Kind::no);

  SECTION("a longer rest of another is kept, and not told on as its own") {
    health.heard({{}, FailureKind::rate_limited, 20s}, at(1s));
    CHECK(health.may_start(at(21s)).kind == Kind::no);
    CHECK(health.own_rest(at(2s)) == Rest{{}, FailureKind::rate_limited, 8s});
    CHECK_FALSE(health.own_rest(at(11s)));
  }
  SECTION("its probe decides") {
    REQUIRE(health.may_start(at(10s)).kind == Kind::probe);
    health.heard({{}, FailureKind::rate_limited, 20s}, at(10s));
    health.succeeded(true, at(11s));
    CHECK(health.own_rest(at(11s)) == Rest{{}, FailureKind::rate_limited, 0ms});
    CHECK(health.may_start(at(11s)).kind == Kind::yes);
  }
  SECTION("what an operator ends is over for the others too") {
    health.clear_cooldown();
    CHECK(health.own_rest(at(1s)) == Rest{{}, FailureKind::rate_limited, 0ms});
  }
}

TEST_CASE("what only one node can know is not told to others", "[provider][health]") {
  for (const auto kind : {FailureKind::network, FailureKind::credentials, FailureKind::timed_out}) {
    Health health{7};
    health.failed(failure_of(kind, 10s), false, at(0s), day_ends);
    CHECK(health.may_start(at(0s)).kind == Kind::no);
    CHECK_FALSE(health.own_rest(at(0s)));
  }
}
