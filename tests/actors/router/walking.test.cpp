#include "actors/router/walking.hpp"

#include "actors/router/refusal.hpp"
#include "tests/actors/router/market.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

namespace {

Market with_pool() {
  Market market;
  market.model("a", "m", 1, 1);
  market.provider("a").pools = {"shared"};
  market.model("b", "m", 2, 2);
  market.document().pools["shared"].name = "shared";
  return market;
}

std::string stop_name(Walk& walk) {
  const auto stop = next_stop(walk);
  return stop ? walk.plan->stops[*stop] : "";
}

} // namespace

TEST_CASE("a candidate is admitted when all its stops have granted", "[router]") {
  const auto walk = with_pool().ask("m");
  CHECK(stop_name(*walk) == "provider/a");
  grant(*walk, {});
  CHECK(stop_name(*walk) == "pool/shared");
  CHECK_FALSE(walk->admitted);
  grant(*walk, {});
  CHECK(stop_name(*walk).empty());
  CHECK(walk->admitted);
  CHECK(walk->held.size() == 2);
}

TEST_CASE("a later stop's refusal gives back what the earlier ones granted", "[router]") {
  const auto walk = with_pool().ask("m");
  grant(*walk, {});
  const auto back = refuse(*walk, {PassedOver::quota_spent, "pool/shared rpm", 5, 0, 100ms, false});
  REQUIRE(back.size() == 1);
  CHECK(walk->plan->stops[back.front().stop] == "provider/a");
  CHECK(stop_name(*walk) == "provider/b");
  CHECK(walk->candidates.front().quota == "pool/shared rpm");
}

TEST_CASE("a walk that everybody refuses ends without an admission", "[router]") {
  const auto walk = with_pool().ask("m");
  refuse(*walk, {});
  refuse(*walk, {});
  CHECK(stop_name(*walk).empty());
  CHECK_FALSE(walk->admitted);
}

TEST_CASE("a key is asked before any provider and its refusal is final", "[router]") {
  auto market = with_pool();
  market.key("web").limits.push_back({"rpm", LimitUnit::requests, 1, 60s});
  const auto walk = market.ask("m", Instant{}, "web");
  CHECK(stop_name(*walk) == "key/web");
  SECTION("granted, the providers follow, and its permits are held apart") {
    grant(*walk, {});
    CHECK(stop_name(*walk) == "provider/a");
    CHECK(walk->held.empty());
    CHECK(walk->held_key.size() == 1);
  }
  SECTION("refused, nobody else is asked") {
    refuse(*walk, {PassedOver::quota_spent, "key/web rpm", 1, 0, 900ms, false});
    CHECK(stop_name(*walk).empty());
    REQUIRE(walk->refusal);
    CHECK(walk->refusal->kind == ErrorKind::rate_limit_exceeded);
    CHECK(walk->refusal->retry_after == 900ms);
  }
}

TEST_CASE("budgets are asked last, and only for what costs", "[router][budget]") {
  auto market = with_pool();
  market.provider("free").free_tier = true;
  market.model("free", "m", 1, 1);
  market.document().teams["dev"].budget = BudgetConfig{1'000, WindowKind::month, "utc"};
  auto& key = market.key("web");
  key.team = "dev";
  key.budget = BudgetConfig{1'000, WindowKind::month, "utc"};
  auto& route = market.route("smart", "cheapest");
  route.paid = PaidRule::usd_per_day;
  route.targets = {{"free", "m", 1}, {"a", "m", 1}};
  const auto walk = market.ask("smart", Instant{}, "web");

  CHECK(stop_name(*walk) == "provider/free");
  refuse(*walk, {});
  for (const auto* stop :
       {"provider/a", "pool/shared", "budget/key/web", "budget/team/dev", "budget/route/smart"}) {
    CHECK(stop_name(*walk) == stop);
    CHECK_FALSE(walk->admitted);
    grant(*walk, {});
  }
  CHECK(stop_name(*walk).empty());
  CHECK(walk->admitted);
  CHECK(walk->held.size() == 5);
}

TEST_CASE("a free answer needs no budget", "[router][budget]") {
  Market market;
  market.model("local", "m", 0, 0);
  market.key("web").budget = BudgetConfig{1'000, WindowKind::month, "utc"};
  const auto walk = market.ask("m", Instant{}, "web");
  CHECK(stop_name(*walk) == "provider/local");
  grant(*walk, {});
  CHECK(stop_name(*walk).empty());
  CHECK(walk->admitted);
}

TEST_CASE("a spent budget passes the candidate over and gives all back", "[router][budget]") {
  auto market = with_pool();
  market.key("web").budget = BudgetConfig{1'000, WindowKind::month, "utc"};
  const auto walk = market.ask("m", Instant{}, "web");
  grant(*walk, {});
  grant(*walk, {});
  const auto back =
    refuse(*walk, {PassedOver::budget_spent, "key/web month", 1'000, 5, 90'000ms, false});
  CHECK(back.size() == 2);
  CHECK(walk->candidates.front().passed_over == PassedOver::budget_spent);
  // The next one may be cheaper.
  CHECK(stop_name(*walk) == "provider/b");
}

TEST_CASE("who can't take a request gives back all and is not asked again", "[router]") {
  auto market = with_pool();
  const auto walk = market.ask("m");
  grant(*walk, {});
  grant(*walk, {});
  REQUIRE(stop_name(*walk).empty());
  const Error problem{
    ErrorKind::unsupported_parameter, "'logit_bias' is not supported: no.", "logit_bias", {}};
  CHECK(pass_over(*walk, problem).size() == 2);
  CHECK_FALSE(walk->admitted);
  CHECK(passed_over(*walk, "a") == PassedOver::lacks_parameter);

  market.rank(*walk);
  CHECK(ranked(*walk) == "b/m");
  CHECK(passed_over(*walk, "a") == PassedOver::lacks_parameter);
  CHECK(walk->attempts.empty());

  SECTION("where nobody is left, the request is told what for") {
    grant(*walk, {});
    pass_over(*walk, problem);
    market.rank(*walk);
    const auto error = no_candidate_error(*walk);
    CHECK(error.kind == ErrorKind::unsupported_parameter);
    CHECK(error.param == "logit_bias");
    CHECK(
      error.message
      == "No provider of 'm' can take this request: 'logit_bias' is not supported: no.");
  }
  SECTION("where another one is only out of quota, the request may come again") {
    refuse(*walk, {PassedOver::quota_spent, "rpm", 5, 0, 100ms, false});
    const auto error = no_candidate_error(*walk);
    CHECK(error.kind == ErrorKind::provider_quota_exhausted);
    CHECK(error.retry_after == 100ms);
  }
}
