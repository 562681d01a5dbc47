#include "actors/dashboard/budget_board.hpp"

#include "tests/actors/dashboard/studio.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

namespace {

constexpr std::int64_t dollar = 1'000'000'000;

ProviderState budget_of(const std::string& stop, std::int64_t cooling, std::int64_t limit) {
  auto quota = window(stop, "day", limit);
  quota.spec.unit = QuotaUnit::nano_dollars;
  quota.spec.kind = WindowKind::day;
  quota.spec.day = "utc";
  quota.cooling = cooling;
  ProviderState state;
  state.name = stop;
  state.quotas.push_back(quota);
  return state;
}

// The day of `noon`.
Period today() {
  const std::chrono::sys_seconds begins = std::chrono::floor<std::chrono::days>(noon);
  return {0, begins, begins + 24h};
}

} // namespace

TEST_CASE("a budget comes to what its pace makes of the whole period", "[dashboard][pure]") {
  const auto burn = burn_of(3 * dollar, 5 * dollar, today(), noon);
  CHECK(burn.forecast == 6 * dollar);
  REQUIRE(burn.exceeds_at);
  CHECK(*burn.exceeds_at == noon - 12h + 20h);
  CHECK_FALSE(burn_of(2 * dollar, 5 * dollar, today(), noon).exceeds_at);
  CHECK(burn_of(0, 5 * dollar, today(), noon).forecast == 0);
}

TEST_CASE("the first seconds of a period foretell nothing", "[dashboard][pure]") {
  const WallTime midnight = today().begins;
  CHECK(burn_of(dollar / 100, 5 * dollar, today(), midnight).forecast == dollar);
  CHECK(burn_of(dollar / 100, 5 * dollar, today(), midnight - 1h).forecast == dollar);
}

TEST_CASE(
  "a budget is told when it was spent of, not more than once a second", "[dashboard][pure]") {
  Market market;
  market.model("groq", "llama", 1, 1);
  market.document().teams["product"].budget = BudgetConfig{9 * dollar, WindowKind::day, "utc"};
  auto& key = market.document().keys["web"];
  key.team = "product";
  key.budget = BudgetConfig{5 * dollar, WindowKind::day, "utc"};
  Studio studio;
  studio.broadcaster.change().configured(market.plan());
  studio.saw(budget_of("budget/key/web", 0, 5 * dollar));
  StudioBrowser browser{studio, ""};
  browser.connect();

  studio.saw(budget_of("budget/key/web", 3 * dollar, 5 * dollar));
  for (int i = 0; i < 4; ++i) {
    studio.turn();
    browser.read();
  }
  REQUIRE(browser.heard.size() == 1);
  CHECK(browser.heard[0].first == "budget");
  CHECK(
    browser.heard[0].second
    == nlohmann::json::parse(R"({"id":"key/web","within":"team/product","period":"day",
      "amount_n":"5000000000","spent_n":"3000000000","forecast_n":"6000000000",
      "exceeds_at":1795550400000,"resets_at":1795564800000})"));

  const auto list = object_of(studio.broadcaster.view().budgets_json({}, noon));
  CHECK(list["items"] == nlohmann::json::array({browser.heard[0].second}));
  CHECK(list["count"]["value"] == 1);

  browser.heard.clear();
  studio.saw(budget_of("budget/key/web", 3 * dollar, 5 * dollar));
  for (int i = 0; i < 4; ++i) studio.turn();
  browser.read();
  CHECK(browser.heard.empty());
}
