#include "actors/router/refusal.hpp"

#include "tests/actors/router/market.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

namespace {

struct Refused {
  PassedOver why;
  std::optional<Milliseconds> wait = {};
  bool by_rate_limit = false;
  const char* detail = "";
};

/// A walk whose candidates were passed over for these reasons.
Walk refused(std::vector<Refused> reasons) {
  Walk walk;
  walk.asked_model = "m";
  for (const auto& reason : reasons) {
    auto& candidate = walk.candidates.emplace_back();
    candidate.passed_over = reason.why;
    candidate.retry_after = reason.wait;
    candidate.by_rate_limit = reason.by_rate_limit;
    candidate.detail = reason.detail;
  }
  return walk;
}

struct Row {
  std::vector<Refused> reasons;
  ErrorKind kind;
  const char* param;
};

} // namespace

TEST_CASE("why nobody may answer is told by what all were passed over for", "[router]") {
  using enum PassedOver;
  SECTION("quota everywhere is 429 with the earliest time") {
    const auto error = no_candidate_error(
      refused({{quota_spent, 700ms}, {quota_spent, 300ms}, {quota_spent, 900ms}}));
    CHECK(error.kind == ErrorKind::provider_quota_exhausted);
    CHECK(error.retry_after == 300ms);
  }
  SECTION("a disabled one beside spent ones changes nothing") {
    const auto error = no_candidate_error(refused({{quota_spent, 700ms}, {disabled}}));
    CHECK(error.kind == ErrorKind::provider_quota_exhausted);
  }
  SECTION("one that fails is no matter of quota") {
    const auto error = no_candidate_error(refused({{quota_spent, 700ms}, {cooling_down, 100ms}}));
    CHECK(error.kind == ErrorKind::no_provider_available);
    CHECK(error.retry_after == 100ms);
  }
  SECTION("a cooldown for a 429 is quota") {
    const auto error = no_candidate_error(refused({{cooling_down, 100ms, true}}));
    CHECK(error.kind == ErrorKind::provider_quota_exhausted);
  }
  SECTION("who can't do it beside who can't do it now is no fault of the request") {
    const auto error =
      no_candidate_error(refused({{lacks_feature, {}, false, "vision"}, {quota_spent, 700ms}}));
    CHECK(error.kind == ErrorKind::provider_quota_exhausted);
  }
  SECTION("settings of the node are no fault of the request") {
    CHECK(
      no_candidate_error(refused({{disabled}, {drained}, {not_paid_for}})).kind
      == ErrorKind::no_provider_available);
  }
}

TEST_CASE("a request that fits nobody is told by whom it fits best", "[router]") {
  using enum PassedOver;
  const std::vector<Row> rows{
    Row{{{excluded}, {excluded}}, ErrorKind::invalid_value, "provider"},
    Row{
      {{excluded}, {lacks_feature, {}, false, "vision"}, {disabled}, {not_paid_for}},
      ErrorKind::unsupported_parameter,
      "messages"},
    Row{{{lacks_feature, {}, false, "tools"}}, ErrorKind::unsupported_parameter, "tools"},
    Row{
      {{lacks_feature, {}, false, "json_schema"}},
      ErrorKind::unsupported_parameter,
      "response_format"},
    Row{{{lacks_feature, {}, false, "embeddings"}}, ErrorKind::unsupported_parameter, "model"},
    Row{
      {{context_too_small}, {lacks_feature, {}, false, "tools"}},
      ErrorKind::context_length_exceeded,
      "messages"},
    Row{{{unpriced}, {context_too_small}}, ErrorKind::not_allowed, "model"},
    Row{{{too_dear}, {context_too_small}}, ErrorKind::invalid_value, "provider.max_price"},
    Row{{{disabled}, {too_large}}, ErrorKind::context_length_exceeded, "messages"}};
  for (const auto& row : rows) {
    const auto error = no_candidate_error(refused(row.reasons));
    CAPTURE(error.message);
    CHECK(error.kind == row.kind);
    CHECK(error.param == row.param);
    CHECK_FALSE(error.retry_after);
  }
}

TEST_CASE("a spent budget is the caller's matter and says when it is back", "[router][budget]") {
  using enum PassedOver;
  auto walk = refused({{quota_spent, 700ms}, {cooling_down, 100ms}, {budget_spent, 3'600'000ms}});
  auto& free = walk.candidates[0];
  auto& spent = walk.candidates[2];
  free.free = true;
  spent.quota = "key/web month";
  spent.quota_limit = 50'000'000;
  spent.quota_left_over = 400'000;
  SECTION("what is free may be back before it") {
    const auto error = no_candidate_error(walk);
    CHECK(error.kind == ErrorKind::insufficient_quota);
    CHECK(error.retry_after == 700ms);
    CHECK(
      error.message
      == "The budget of this key is spent: of 0.05 USD a month 0.0004 are left, less than this "
         "request may cost.");
  }
  SECTION("what costs is not back before it, whatever else it lacks") {
    free.free = false;
    CHECK(no_candidate_error(walk).retry_after == 3'600'000ms);
  }
  SECTION("a team's is named as such") {
    spent.quota = "team/dev month";
    CHECK_THAT(
      no_candidate_error(walk).message, Catch::StartsWith("The budget of this key's team is"));
  }
}

TEST_CASE("what a route may pay a day is quota, not the caller's budget", "[router][budget]") {
  using enum PassedOver;
  const auto error = no_candidate_error(refused({{quota_spent, 700ms}, {paid_spent, 3'600'000ms}}));
  CHECK(error.kind == ErrorKind::provider_quota_exhausted);
  CHECK(error.retry_after == 700ms);
  CHECK_THAT(error.message, Catch::Contains("may pay a day is spent"));
}
