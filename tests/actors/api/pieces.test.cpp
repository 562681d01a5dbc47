#include "actors/api/endpoint.hpp"
#include "actors/api/limit_headers.hpp"
#include "actors/api/request_ids.hpp"
#include "actors/api/retry_budget.hpp"
#include "net/base/header_list.hpp"

#include <catch2/catch.hpp>

#include <set>
#include <vector>

using namespace gateway;

TEST_CASE("request ids are unique and sort by time", "[api]") {
  RequestIds ids{0};
  std::set<std::string> seen;
  std::string before;
  for (int ms = 0; ms < 1'000; ++ms) {
    const auto id = ids.next(WallTime{Milliseconds{1'795'444'233'000 + ms}});
    CHECK(id.size() == 24);
    CHECK(id.starts_with("req_"));
    CHECK(id > before);
    CHECK(request_id_time(id) == 1'795'444'233'000 + ms);
    CHECK(seen.insert(id).second);
    before = id;
  }
}

TEST_CASE("ids of one millisecond differ", "[api]") {
  RequestIds ids{1};
  std::set<std::string> seen;
  for (int i = 0; i < 10'000; ++i) CHECK(seen.insert(ids.next(WallTime{})).second);
}

TEST_CASE("retries are a share of live requests beyond a small stock", "[api]") {
  RetryBudget budget;
  int granted = 0;
  while (budget.take()) ++granted;
  CHECK(granted == 100);
  for (int i = 0; i < 100; ++i) budget.request_came();
  granted = 0;
  while (budget.take()) ++granted;
  CHECK(granted == 50);
}

TEST_CASE("query values are decoded and the first of a name counts", "[api]") {
  CHECK(query_value("last=24h&by=provider%2Cmodel", "by") == "provider,model");
  CHECK(query_value("a=1&a=2", "a") == "1");
  CHECK(query_value("x=one+two", "x") == "one two");
  CHECK(query_value("flag", "flag").empty());
  CHECK(percent_decoded("command-r+%41%4") == "command-r+A%4");
  CHECK(query_value("", "by").empty());
  CHECK(query_value("p=%4", "p") == "%4"); // a broken escape stays as it is
}

TEST_CASE("all values of a name are there, in their order", "[api]") {
  using Values = std::vector<std::string>;
  CHECK(query_values("f=a%3Ab&x=1&f=c+d&f", "f") == Values{"a:b", "c d", ""});
  CHECK(query_values("x=1", "f").empty());
}

TEST_CASE("every listed endpoint has a method and a path of its own", "[api]") {
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (const auto& route : all_routes()) {
    CAPTURE(route.pattern);
    CHECK(route.pattern.starts_with("/"));
    CHECK(seen.emplace(route.method, route.pattern).second);
  }
  CHECK(seen.size() >= 13);
}

TEST_CASE("the time to a reset is written as OpenAI writes it", "[api]") {
  CHECK(to_reset_text(0ms) == "0ms");
  CHECK(to_reset_text(999ms) == "999ms");
  CHECK(to_reset_text(1s) == "1s");
  CHECK(to_reset_text(59'001ms) == "1m0s");
  CHECK(to_reset_text(6min) == "6m0s");
  CHECK(to_reset_text(24h + 61s) == "24h1m1s");
}

TEST_CASE("only a limited caller is told of limits", "[api]") {
  HeaderList fields;
  add_limit_headers(fields, {});
  CHECK(fields.all().empty());
  add_limit_headers(fields, {LimitLeft{600, 599, 61s}, std::nullopt});
  const auto all = fields.all();
  REQUIRE(all.size() == 3);
  CHECK(all[0].name == "x-ratelimit-limit-requests");
  CHECK(all[0].value == "600");
  CHECK(all[1].name == "x-ratelimit-remaining-requests");
  CHECK(all[1].value == "599");
  CHECK(all[2].name == "x-ratelimit-reset-requests");
  CHECK(all[2].value == "1m1s");
}
