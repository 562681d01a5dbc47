#include "tests/actors/router/market.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

namespace {

Market three_providers() {
  Market market;
  market.model("cheap", "m", 0.1, 0.2);
  market.model("dear", "m", 10, 20);
  market.provider("free").free_tier = true;
  market.model("free", "m", 1, 2);
  return market;
}

} // namespace

TEST_CASE("a bare name means every enabled provider that offers it", "[router]") {
  auto market = three_providers();
  CHECK(ranked(*market.ask("m")) == "free/m cheap/m dear/m");
  market.provider("free").enabled = false;
  CHECK(ranked(*market.ask("m")) == "cheap/m dear/m");
}

TEST_CASE("provider/model means that one alone", "[router]") {
  CHECK(ranked(*three_providers().ask("dear/m")) == "dear/m");
}

TEST_CASE("a model's name may hold slashes", "[router]") {
  Market market;
  market.model("router", "meta/llama/70b", 1, 1);
  CHECK(ranked(*market.ask("router/meta/llama/70b")) == "router/meta/llama/70b");
  CHECK(ranked(*market.ask("meta/llama/70b")) == "router/meta/llama/70b");
}

TEST_CASE("auto means every chat model there is", "[router]") {
  auto market = three_providers();
  market.model("cheap", "vectors", 0.01, 0).embedding = true;
  market.model("dear", "other", 0.05, 0.05);
  CHECK(ranked(*market.ask("auto")) == "free/m dear/other cheap/m dear/m");
}

TEST_CASE("a route's name goes before a model of the same name", "[router]") {
  auto market = three_providers();
  market.route("m", "priority").targets = {{"dear", "m", 1}, {"cheap", "m", 1}};
  const auto walk = market.ask("m");
  CHECK(ranked(*walk) == "dear/m cheap/m");
  CHECK(walk->route == "m");
  CHECK(walk->policy == "priority");
}

TEST_CASE("an unknown name is refused and near names are told", "[router]") {
  auto market = three_providers();
  market.model("cheap", "llama-3.3-70b", 1, 1);
  const auto walk = market.ask("llama-3.3-7ob");
  REQUIRE(walk->refusal);
  CHECK(walk->refusal->kind == ErrorKind::model_not_found);
  CHECK(walk->refusal->param == "model");
  CHECK_THAT(walk->refusal->message, Catch::Contains("'llama-3.3-70b'"));
}

TEST_CASE("a key with routes may use no other name", "[router]") {
  auto market = three_providers();
  market.route("smart", "priority").targets = {{"cheap", "m", 1}};
  KeyConfig key;
  key.routes = {"smart"};
  const auto ask = [&](const std::string& model) {
    auto walk = market.begin(model);
    walk->key = &key;
    market.rank(*walk);
    return walk;
  };
  CHECK_FALSE(ask("smart")->refusal);
  REQUIRE(ask("m")->refusal);
  CHECK(ask("m")->refusal->kind == ErrorKind::not_allowed);
  // A name this key may not use is not told to it either.
  CHECK_THAT(ask("cheap/n")->refusal->message, !Catch::Contains("cheap/m"));
}

TEST_CASE("candidates that can't serve the request are passed over with the reason", "[router]") {
  struct Row {
    const char* when;
    void (*arrange)(Market&, Walk&);
    PassedOver reason;
  };
  const auto row = GENERATE(
    Row{
      "its key is missing",
      [](Market& market, Walk&) {
        market.provider("cheap").disabled_reason = "CHEAP_API_KEY is not set";
      },
      PassedOver::disabled},
    Row{
      "it can't see",
      [](Market& market, Walk& walk) {
        market.model("cheap", "m", 0.1, 0.2).vision = false;
        walk.needs.vision = true;
      },
      PassedOver::lacks_feature},
    Row{
      "it has no tools",
      [](Market& market, Walk& walk) {
        market.model("cheap", "m", 0.1, 0.2).tools = false;
        walk.needs.tools = true;
      },
      PassedOver::lacks_feature},
    Row{
      "it has no schemas",
      [](Market& market, Walk& walk) {
        market.model("cheap", "m", 0.1, 0.2).json_schema = false;
        walk.needs.json_schema = true;
      },
      PassedOver::lacks_feature},
    Row{
      "it makes embeddings",
      [](Market& market, Walk&) { market.model("cheap", "m", 0.1, 0.2).embedding = true; },
      PassedOver::lacks_feature},
    Row{
      "its context is too small",
      [](Market& market, Walk&) { market.model("cheap", "m", 0.1, 0.2).context_window = 100; },
      PassedOver::context_too_small},
    Row{
      "the request ignores it",
      [](Market&, Walk& walk) { walk.preferences.ignore = {"cheap"}; },
      PassedOver::excluded},
    Row{
      "the request wants another only",
      [](Market&, Walk& walk) { walk.preferences.only = {"dear"}; },
      PassedOver::excluded},
    Row{
      "it is dearer than the request allows",
      [](Market&, Walk& walk) { walk.preferences.max_price_output = 0.1; },
      PassedOver::too_dear},
    Row{
      "it cools down",
      [](Market& market, Walk&) {
        market.gauges("cheap", "m").cooling_until_ns = Nanoseconds{5s}.count();
      },
      PassedOver::cooling_down});
  CAPTURE(row.when);
  auto market = three_providers();
  auto walk = market.begin("m");
  row.arrange(market, *walk);
  walk->plan = market.plan();
  market.rank(*walk);
  CHECK(passed_over(*walk, "cheap") == row.reason);
}

TEST_CASE("a cooldown that is over passes nobody over", "[router]") {
  auto market = three_providers();
  market.gauges("cheap", "m").cooling_until_ns = Nanoseconds{5s}.count();
  CHECK(ranked(*market.ask("m", Instant{5s})) == "free/m cheap/m dear/m");
}

TEST_CASE("a route that never pays takes free answers only", "[router]") {
  auto market = three_providers();
  market.unpriced("unknown", "m");
  auto& route = market.route("free-only", "cheapest");
  route.paid = PaidRule::never;
  route.targets = {{"cheap", "m", 1}, {"free", "m", 1}, {"unknown", "m", 1}};
  const auto walk = market.ask("free-only");
  CHECK(ranked(*walk) == "free/m");
  CHECK(passed_over(*walk, "unknown") == PassedOver::not_paid_for);
}

TEST_CASE("the request's preferences order and limit the candidates", "[router]") {
  struct Row {
    const char* when;
    void (*wish)(RoutePreferences&);
    const char* expected;
  };
  const auto row = GENERATE(
    Row{
      "order puts providers first, the others follow",
      [](RoutePreferences& wishes) { wishes.order = {"dear"}; },
      "dear/m free/m cheap/m"},
    Row{
      "order without fallbacks takes those alone",
      [](RoutePreferences& wishes) {
        wishes.order = {"dear", "cheap"};
        wishes.allow_fallbacks = false;
      },
      "dear/m cheap/m"},
    Row{
      "no fallbacks at all takes the best alone",
      [](RoutePreferences& wishes) { wishes.allow_fallbacks = false; },
      "free/m"},
    Row{
      "only keeps the listed ones",
      [](RoutePreferences& wishes) {
        wishes.only = {"cheap", "dear"};
      },
      "cheap/m dear/m"});
  CAPTURE(row.when);
  auto market = three_providers();
  auto walk = market.begin("m");
  row.wish(walk->preferences);
  market.rank(*walk);
  CHECK(ranked(*walk) == row.expected);
}

TEST_CASE("models are tried in order, each ranked by itself", "[router]") {
  auto market = three_providers();
  market.model("dear", "second", 0, 0);
  auto walk = market.begin("cheap/m");
  walk->preferences.models = {"second", "dear/m"};
  market.rank(*walk);
  CHECK(ranked(*walk) == "cheap/m dear/second dear/m");
}

TEST_CASE("what was tried stays in the trace and is not tried again", "[router]") {
  auto market = three_providers();
  const auto walk = market.ask("m");
  walk->attempts.push_back({});
  walk->attempts.back().candidate = 0;
  market.rank(*walk);
  CHECK(ranked(*walk) == "free/m cheap/m dear/m");
  CHECK(walk->at == 1);
  CHECK(walk->attempts.front().candidate == 0);
}

TEST_CASE("expected cost follows the estimated tokens and the price", "[router]") {
  auto market = three_providers();
  market.gauges("cheap", "m").input_tokens_per_kilobyte = 250;
  market.gauges("cheap", "m").output_tokens = 500;
  auto walk = market.begin("cheap/m");
  walk->needs.size.max_tokens = 100;
  market.rank(*walk);
  // 1 000 tokens in at 0.1 and 100 out at 0.2 dollars a million.
  CHECK(walk->candidates.front().expected_cost->count == 120'000);
}

TEST_CASE("a budget pays for no model of unknown price", "[router][budget]") {
  auto market = three_providers();
  market.unpriced("unknown", "m");
  market.key("web").budget = BudgetConfig{1'000, WindowKind::month, "utc"};
  auto& route = market.route("daily", "cheapest");
  route.paid = PaidRule::usd_per_day;
  route.targets = {{"cheap", "m", 1}, {"unknown", "m", 1}};
  CHECK(passed_over(*market.ask("m"), "unknown") == PassedOver::no);
  CHECK(passed_over(*market.ask("m", Instant{}, "web"), "unknown") == PassedOver::unpriced);
  CHECK(passed_over(*market.ask("daily"), "unknown") == PassedOver::unpriced);
  CHECK(ranked(*market.ask("daily")) == "cheap/m");
}

TEST_CASE("a price is not free because a request is small", "[router]") {
  Market market;
  market.model("cheap", "m", 0.1, 0.2);
  auto walk = market.begin("m");
  walk->needs.size.text_bytes = 0;
  walk->needs.size.max_tokens = 0;
  market.rank(*walk);
  CHECK_FALSE(walk->candidates.front().free);
}

TEST_CASE("the router is needed only where a policy takes turns", "[router]") {
  auto market = three_providers();
  market.route("even", "weighted").targets = {{"cheap", "m", 1}, {"dear", "m", 1}};
  market.route("smart", "cheapest").targets = {{"cheap", "m", 1}};
  CHECK(takes_turns(*market.begin("even")));
  CHECK_FALSE(takes_turns(*market.begin("smart")));
  CHECK_FALSE(takes_turns(*market.begin("m")));
  CHECK_FALSE(takes_turns(*market.begin("nobody's")));
  const auto second = market.begin("smart");
  second->preferences.models = {"even"};
  CHECK(takes_turns(*second));
  const auto sorted = market.begin("even");
  sorted->preferences.sort = "price";
  CHECK_FALSE(takes_turns(*sorted));
  market.document().settings.default_policy = "weighted";
  CHECK(takes_turns(*market.begin("m")));
}
