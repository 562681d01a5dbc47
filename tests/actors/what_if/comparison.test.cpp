#include "actors/what_if/comparison.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace gateway;

namespace {

constexpr WallTime midnight{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23}};

/// A document of providers that all offer "m".
class Town {
public:
  /// Prices in dollars per million tokens; `rpm` 0: without a limit.
  Town& provider(const std::string& name, double price, std::int64_t rpm = 0) {
    auto& provider = document_->providers[name];
    provider.name = name;
    provider.dialect = "openai";
    auto& model = provider.models["m"];
    model.name = model.upstream_name = "m";
    Price rates;
    rates.rates.input = rates.rates.output = static_cast<std::int64_t>(price * 1e9);
    model.price = rates;
    if (rpm > 0) provider.limits = {{"rpm", LimitUnit::requests, rpm, std::chrono::minutes{1}}};
    return *this;
  }
  Town& with(const std::function<void(Document&)>& change) {
    change(*document_);
    return *this;
  }
  std::shared_ptr<const Document> document() const { return document_; }

private:
  std::shared_ptr<Document> document_ = std::make_shared<Document>();
};

RequestRecord record(std::int64_t second) {
  RequestRecord record;
  record.id = "req";
  record.started = midnight + Milliseconds{second * 1'000};
  record.asked_model = "m";
  record.provider = record.first_provider = "cheap";
  record.model = "m";
  record.endpoint = "/v1/chat/completions";
  record.attempts = 1;
  record.tokens_in = 600;
  record.tokens_out = 400;
  record.latency_us = 500'000;
  return record;
}

Town two() {
  return Town{}.provider("cheap", 1).provider("dear", 10);
}

/// `count` requests, one a second.
ComparisonTotals compare(const Town& before, const Town& after, int count = 120) {
  Comparison comparison{before.document(), after.document()};
  for (int i = 0; i < count; ++i) comparison.add(record(i));
  return comparison.totals();
}

} // namespace

TEST_CASE("an edit that changes nothing moves nothing", "[what_if]") {
  const auto town = Town{}.provider("cheap", 1, 10).provider("dear", 10, 30);
  const auto totals = compare(town, town);
  CHECK(totals.requests == 120);
  CHECK(totals.moved == 0);
  CHECK(totals.refused_before == totals.refused_after);
  CHECK(totals.cost_before_n == totals.cost_after_n);
}

TEST_CASE("a dearer price moves requests, and the cost says so", "[what_if]") {
  const auto totals = compare(two(), Town{}.provider("cheap", 20).provider("dear", 10), 10);
  CHECK(totals.moved == 10);
  CHECK(totals.providers.at("cheap").requests_before == 10);
  CHECK(totals.providers.at("dear").requests_after == 10);
  // 10 requests of 1 000 tokens, at 1 and at 10 dollars a million.
  CHECK(totals.cost_before_n == 10'000'000);
  CHECK(totals.cost_after_n == 100'000'000);
}

TEST_CASE("a limit holds in the time of the log, and the rest goes elsewhere", "[what_if]") {
  const auto totals = compare(two(), Town{}.provider("cheap", 1, 10).provider("dear", 10), 120);
  // Ten in the first minute, ten in the second.
  CHECK(totals.providers.at("cheap").requests_after == 20);
  CHECK(totals.providers.at("dear").requests_after == 100);
  CHECK(totals.refused_after == 0);
}

TEST_CASE("where no candidate is left, the request would have been refused", "[what_if]") {
  const auto after = Town{}.provider("cheap", 1, 10);
  Comparison comparison{two().document(), after.document()};
  for (int i = 0; i < 60; ++i) comparison.add(record(i));
  CHECK(comparison.totals().refused_before == 0);
  CHECK(comparison.totals().refused_after == 50);
  const auto impact = comparison.impact(Milliseconds{60'000});
  CHECK(std::ranges::any_of(impact, [](const Impact& one) {
    return one.warns
      && one.text == "50 requests would have been refused, 0 under the version in force";
  }));
}

TEST_CASE("a model's own limit, a key's limit and a budget count as well", "[what_if]") {
  auto after = two();
  SECTION("a model's") {
    after.with([](Document& document) {
      document.providers["cheap"].models["m"].limits = {
        {"rpm", LimitUnit::requests, 10, std::chrono::minutes{1}}};
    });
    const auto totals = compare(two(), after, 60);
    CHECK(totals.providers.at("cheap").requests_after == 10);
  }
  SECTION("a key's, for both attempts of a failover once") {
    auto before = two();
    for (auto* town : {&before, &after})
      town->with([&](Document& document) { document.keys["k"].name = "k"; });
    after.with([](Document& document) {
      document.keys["k"].limits = {{"rpm", LimitUnit::requests, 10, std::chrono::minutes{1}}};
    });
    Comparison comparison{before.document(), after.document()};
    for (int i = 0; i < 60; ++i) {
      auto one = record(i);
      one.key = "k";
      one.attempts = 2;
      one.provider = "dear";
      one.outcome = Outcome::failover;
      comparison.add(one);
    }
    CHECK(comparison.totals().providers.at("dear").requests_after == 10);
    CHECK(comparison.totals().refused_after == 50);
  }
  SECTION("a key's budget, in dollars of that provider") {
    auto before = two();
    before.with([](Document& document) { document.keys["k"].name = "k"; });
    after.with([](Document& document) {
      document.keys["k"].name = "k";
      document.keys["k"].budget = BudgetConfig{5'000'000, WindowKind::day, "utc"};
    });
    Comparison comparison{before.document(), after.document()};
    for (int i = 0; i < 60; ++i) {
      auto one = record(i);
      one.key = "k";
      comparison.add(one);
    }
    // A request costs 0.001 dollars at the cheap one.
    CHECK(comparison.totals().providers.at("cheap").requests_after == 5);
    CHECK(comparison.totals().refused_after == 55);
  }
}

TEST_CASE("a provider that failed then would have failed under the edit too", "[what_if]") {
  Comparison comparison{two().document(), two().document()};
  auto failover = record(0);
  failover.attempts = 2;
  failover.first_provider = "cheap";
  failover.provider = "dear";
  failover.outcome = Outcome::failover;
  comparison.add(failover);
  CHECK(comparison.totals().providers.at("dear").requests_before == 1);
  CHECK_FALSE(comparison.totals().providers.contains("cheap"));
}

TEST_CASE("what a request needed decides who can take it", "[what_if]") {
  auto after = two();
  after.with([](Document& document) { document.providers["cheap"].models["m"].tools = false; });
  Comparison comparison{two().document(), after.document()};
  auto plain = record(0);
  comparison.add(plain);
  CHECK(comparison.totals().moved == 0);
  auto tooled = record(1);
  tooled.needs.tools = true;
  comparison.add(tooled);
  CHECK(comparison.totals().moved == 1);
}

TEST_CASE("a request that got no answer counts with the usual tokens of its model", "[what_if]") {
  Comparison comparison{two().document(), two().document()};
  comparison.add(record(0));
  auto refused = record(1);
  refused.provider = refused.first_provider = refused.model = "";
  refused.attempts = 0;
  refused.tokens_in = refused.tokens_out = 0;
  refused.outcome = Outcome::refused;
  refused.error_code = "provider_quota_exhausted";
  comparison.add(refused);
  CHECK(comparison.totals().requests == 2);
  CHECK(comparison.totals().unsized == 1);
  CHECK(comparison.totals().cost_after_n == 2'000'000);
  // Who sent a wrong key was not routed.
  refused.error_code = "invalid_api_key";
  comparison.add(refused);
  CHECK(comparison.totals().requests == 2);
}

TEST_CASE("the peak of a limit that changes is told", "[what_if]") {
  const auto before = Town{}.provider("cheap", 1, 100).provider("dear", 10);
  const auto after = Town{}.provider("cheap", 1, 60).provider("dear", 10);
  Comparison comparison{before.document(), after.document()};
  for (int i = 0; i < 58; ++i) comparison.add(record(i));
  const auto impact = comparison.impact(Milliseconds{60'000});
  REQUIRE(impact.size() == 1);
  CHECK(impact[0].text == "cheap rpm use goes from 58 % to 96 % at its peak");
  CHECK(impact[0].warns);
}
