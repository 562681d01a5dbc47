#include "actors/router/all_failed.hpp"

#include "actors/router/walking.hpp"
#include "tests/actors/router/market.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

namespace {

constexpr Instant begin{1h};

Failure failure(FailureKind kind, std::optional<Milliseconds> retry_after = {}) {
  Failure failure;
  failure.kind = kind;
  failure.message = std::string{failure_text(kind)};
  failure.retry_after = retry_after;
  return failure;
}

/// Three providers of "m", the cheapest first: a, b, c.
struct Three {
  Three() {
    for (const auto* name : {"a", "b", "c"}) market.model(name, "m", ++price, 1);
    walk = market.begin("m");
    walk->came = begin;
    market.rank(*walk, begin);
  }

  /// The candidate at hand was asked and failed `after` the request came.
  void fail(Failure with, Milliseconds after = {}) {
    auto& attempt = walk->attempts.emplace_back();
    attempt.candidate = static_cast<std::uint32_t>(walk->at);
    attempt.ended_us = std::chrono::microseconds{after}.count();
    attempt.failure = std::move(with);
    market.rank(*walk, begin + after);
  }

  void refuse_next(Milliseconds wait) {
    REQUIRE(next_stop(*walk));
    refuse(*walk, {PassedOver::quota_spent, "rpm", 5, 0, wait, false});
  }

  int price = 0;
  Market market;
  std::shared_ptr<Walk> walk;
};

} // namespace

TEST_CASE("after attempts a 429 says when the first of all may answer", "[router]") {
  Three three;
  three.fail(failure(FailureKind::rate_limited, 50s));
  SECTION("one that was out of its own quota may be the first") {
    three.refuse_next(9s);
    three.refuse_next(20s);
    const auto error = all_failed_error(*three.walk, begin);
    CHECK(error.kind == ErrorKind::provider_quota_exhausted);
    CHECK(error.retry_after == 9s);
    CHECK(error.message == "a/m: rate_limited; b/m: out of quota; c/m: out of quota");
  }
  SECTION("or one that was tried") {
    three.fail(failure(FailureKind::rate_limited, 7s));
    three.refuse_next(20s);
    const auto error = all_failed_error(*three.walk, begin);
    CHECK(error.retry_after == 7s);
    CHECK(
      error.message
      == "Every provider that was tried failed: a/m: rate_limited; b/m: rate_limited; "
         "c/m: out of quota");
  }
  SECTION("what has passed meanwhile is not waited for again") {
    three.fail(failure(FailureKind::rate_limited, 7s), 4s);
    three.refuse_next(20s);
    CHECK(all_failed_error(*three.walk, begin + 6s).retry_after == 5s);
    CHECK(all_failed_error(*three.walk, begin + 1min).retry_after == 0s);
  }
  SECTION("a provider that gave no hint rests as long as it cools down, a second at least") {
    three.fail(failure(FailureKind::quota_exhausted));
    three.refuse_next(20s);
    CHECK(all_failed_error(*three.walk, begin).retry_after == 1s);
    three.market.gauges("b", "m").cooling_until_ns =
      Nanoseconds{(begin + 3s).time_since_epoch()}.count();
    CHECK(all_failed_error(*three.walk, begin).retry_after == 3s);
  }
  SECTION("one that nobody asked may be asked soon") {
    three.refuse_next(9s);
    const auto error = all_failed_error(*three.walk, begin);
    CHECK(error.retry_after == 1s);
    CHECK_THAT(error.message, Catch::EndsWith("c/m: not tried"));
  }
}

TEST_CASE("what all that were tried have in common is the request's error", "[router]") {
  using enum FailureKind;
  struct Row {
    FailureKind first;
    FailureKind second;
    ErrorKind kind;
  };
  for (const auto& row :
       {Row{timed_out, timed_out, ErrorKind::upstream_timeout},
        Row{credentials, credentials, ErrorKind::upstream_credentials},
        Row{invalid_answer, invalid_answer, ErrorKind::upstream_invalid_response},
        Row{rate_limited, quota_exhausted, ErrorKind::provider_quota_exhausted},
        Row{context_too_long, context_too_long, ErrorKind::context_length_exceeded},
        Row{model_not_found, model_not_found, ErrorKind::model_not_found},
        Row{request_too_large, request_too_large, ErrorKind::request_too_large},
        Row{rate_limited, server_error, ErrorKind::upstream_error}}) {
    Three three;
    three.fail(failure(row.first, 50s));
    three.fail(failure(row.second, 50s));
    three.refuse_next(9s);
    const auto error = all_failed_error(*three.walk, begin);
    CAPTURE(error.message);
    CHECK(error.kind == row.kind);
    // Waiting helps where a limit is all that is missing.
    CHECK(error.retry_after.has_value() == (row.kind == ErrorKind::provider_quota_exhausted));
  }
}

TEST_CASE("of very many that were not asked a few are named", "[router]") {
  Market market;
  for (int i = 0; i < 12; ++i) market.model("p" + std::to_string(i), "m", i + 1, 1);
  const auto walk = market.ask("m", begin);
  auto& attempt = walk->attempts.emplace_back();
  attempt.failure = failure(FailureKind::server_error);
  const auto error = all_failed_error(*walk, begin);
  CHECK_THAT(error.message, Catch::StartsWith("p0/m: server_error; p1/m: not tried; "));
  CHECK_THAT(error.message, Catch::EndsWith("; and 3 more"));
}
