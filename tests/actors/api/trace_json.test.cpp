#include "actors/api/trace_json.hpp"

#include "actors/router/route_trace.hpp"
#include "actors/router/walking.hpp"
#include "tests/actors/router/market.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace gateway;
using Json = nlohmann::json;

TEST_CASE("a route trace says of each candidate what became of it and why", "[router][trace]") {
  Market market;
  market.model("a", "m", 1, 1);
  market.model("b", "m", 2, 2);
  market.model("c", "m", 3, 3).vision = false;
  auto walk = market.begin("m");
  walk->needs.vision = true;
  market.rank(*walk);
  REQUIRE(next_stop(*walk));
  refuse(*walk, {PassedOver::quota_spent, "rpm", 10, 0, 1'500ms, false});
  walk->attempts.push_back(
    {1,
     400,
     600,
     90'000,
     150'500,
     200,
     std::nullopt,
     false,
     {{"rpm", 31, 40}, {"tpm", 900, 6'000}}});
  walk->candidates[1].verdict = Verdict::chosen;

  const auto trace = Json::parse(*trace_json(compact_trace(*walk)));
  const auto& candidates = trace["candidates"];
  REQUIRE(candidates.size() == 3);
  CHECK(candidates[0]["provider"] == "a");
  CHECK(candidates[0]["rank"] == 1);
  CHECK(candidates[0]["verdict"] == "skipped");
  CHECK(
    candidates[0]["checks"]["quota"]
    == Json::parse(R"({"ok":false,"window":"rpm","left":0,"limit":10,"scope":"node"})"));
  CHECK(candidates[0]["reason"]["code"] == "quota_spent");
  CHECK(candidates[0]["reason"]["text"] == "rpm: 0 of 10 left, more in 1500 ms");
  CHECK(candidates[1]["verdict"] == "chosen");
  CHECK_FALSE(candidates[1].contains("reason"));
  CHECK(candidates[2]["verdict"] == "filtered");
  CHECK(candidates[2]["rank"].is_null());
  CHECK(candidates[2]["checks"]["features"]["ok"] == false);
  CHECK(candidates[2]["reason"]["text"] == "can't do: vision");
  CHECK(trace["attempts"][0]["provider"] == "b");
  CHECK(trace["attempts"][0]["error"].is_null());
  CHECK(trace["attempts"][0]["share"] == Json::parse(R"({"rpm":[31,40],"tpm":[900,6000]})"));
  REQUIRE(trace["spans"].size() == 4);
  CHECK(trace["spans"][3]["name"] == "read");
  CHECK(trace["spans"][3]["t_ms"] == 90.0);
  CHECK(trace["spans"][3]["d_ms"] == 60.5);
}

TEST_CASE(
  "a failed attempt's reason is in the trace as JSON, whatever its text", "[router][trace]") {
  Market market;
  market.model("a", "m", 1, 1);
  auto walk = market.ask("m");
  Attempt attempt;
  attempt.failure = Failure{FailureKind::network, 0, {}, false, "quote \" and\nnewline", ""};
  walk->attempts.push_back(attempt);
  const auto trace = Json::parse(*trace_json(compact_trace(*walk)));
  CHECK(trace["attempts"][0]["share"] == Json::object());
  CHECK(trace["attempts"][0]["error"]["code"] == "network");
  CHECK(trace["attempts"][0]["error"]["text"] == "quote \" and\nnewline");
  CHECK(trace["attempts"][0]["status"].is_null());
  CHECK(trace["spans"][1]["name"] == "connect");
  CHECK(trace["spans"][1]["ok"] == false);
}

TEST_CASE("a spent budget stands in the trace in dollars", "[router][trace]") {
  Market market;
  market.model("a", "m", 1, 1);
  auto walk = market.ask("m");
  REQUIRE(next_stop(*walk));
  refuse(*walk, {PassedOver::paid_spent, "route/smart day", 5'000'000'000, 1'500'000, 60'000ms});
  const auto trace = Json::parse(*trace_json(compact_trace(*walk)));
  const auto& candidate = trace["candidates"][0];
  CHECK(candidate["reason"]["code"] == "paid_spent");
  CHECK(
    candidate["reason"]["text"]
    == "budget of route/smart day: 0.0015 of 5 USD left, more in 60000 ms");
  CHECK(
    candidate["checks"]["budget"]
    == Json::parse(
      R"({"ok":false,"window":"route/smart day","left_n":"1500000","limit_n":"5000000000"})"));
}

TEST_CASE("a plain request's trace is stored in little more than its numbers", "[router][trace]") {
  Market market;
  market.model("a", "m", 1, 1);
  auto walk = market.ask("m");
  walk->attempts.push_back({0, 12, 40, 300, 320, 200, std::nullopt});
  CHECK(compact_trace(*walk).size() < 150);
}

TEST_CASE("of very many candidates a trace keeps the first, and who was tried", "[router][trace]") {
  Market market;
  for (int i = 0; i < 80; ++i) market.model("p" + std::to_string(i), "m", i + 1, 1);
  auto walk = market.ask("m");
  for (int i = 0; i < 70; ++i) {
    REQUIRE(next_stop(*walk));
    refuse(*walk, {PassedOver::quota_spent, "rpm", 10, 0, 1'500ms, false});
  }
  walk->attempts.push_back({70, 12, 40, 300, 320, 200, std::nullopt});
  const auto trace = Json::parse(*trace_json(compact_trace(*walk)));
  const auto& candidates = trace["candidates"];
  REQUIRE(candidates.size() == trace_candidates_max);
  CHECK(trace["candidates_cut"] == 80 - trace_candidates_max);
  CHECK(candidates[62]["provider"] == "p62");
  CHECK(candidates[63]["provider"] == "p70");
  CHECK(trace["attempts"][0]["provider"] == "p70");
}

TEST_CASE("what is no stored trace is an error and not a trace", "[router][trace]") {
  const auto text = GENERATE(
    "",
    "{}",
    "[]",
    R"({"v":1,"p":"x","s":0,"cut":0,"c":[[]],"a":[]})",
    R"({"v":1,"p":"x","s":0,"cut":0,"c":[],"a":[[0,1,2,3,4,200]]})",
    R"({"v":1,"p":"x","s":0,"cut":0,"c":[],"a":[)");
  CAPTURE(text);
  CHECK_FALSE(trace_json(text));
}

TEST_CASE("every rule that passes a candidate over is told by its name", "[api][trace]") {
  Market market;
  market.model("a", "m", 1, 1);
  auto walk = market.ask("m");
  auto& candidate = walk->candidates.front();
  const auto last = static_cast<std::uint8_t>(PassedOver::already_tried);
  for (std::uint8_t number = 1; number <= last; ++number) {
    candidate.passed_over = static_cast<PassedOver>(number);
    CAPTURE(number);
    REQUIRE_FALSE(rule_text(candidate.passed_over).empty());
    const auto trace = Json::parse(*trace_json(compact_trace(*walk)));
    const auto& reason = trace["candidates"][0]["reason"];
    CHECK(reason["code"] == std::string{rule_text(candidate.passed_over)});
    CHECK_FALSE(reason["text"].get<std::string>().empty());
  }
}
