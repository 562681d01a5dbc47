#include "actors/api/series_json.hpp"

#include <catch2/catch.hpp>

namespace gateway {
namespace {

UsageCounters counted(std::int64_t requests, std::int64_t cost_n) {
  UsageCounters counters;
  counters.requests = requests;
  counters.failovers = 1;
  counters.cut = 2;
  counters.tokens_in = 30;
  counters.tokens_cached = 4;
  counters.tokens_out = 5;
  counters.cost_n = cost_n;
  counters.list_cost_n = cost_n + 1;
  return counters;
}

LatencySketch sketch_of(std::int64_t microseconds) {
  LatencySketch sketch;
  sketch.add(microseconds);
  return sketch;
}

/// Three steps; only of the one in the middle something can be known.
UsageSeriesAnswer chart() {
  UsageSeriesAnswer chart;
  chart.grid = {WallTime{Milliseconds{60'000}}, Milliseconds{10'000}, 3};
  chart.first_known = 1;
  chart.behind_known = 2;
  return chart;
}

} // namespace

TEST_CASE("a chart's series are a value a step, null where none is known", "[api][history]") {
  auto drawn = chart();
  drawn.series.push_back({"gr\"oq", false, {{}, counted(7, 8), {}}, {}});
  drawn.series.push_back({"", true, {{}, counted(9, 0), {}}, {}});
  std::string out;
  const UsageMetric metrics[] = {UsageMetric::requests, UsageMetric::cost_n};
  append_series_json(out, drawn, WallTime{Milliseconds{85'000}}, "provider", metrics);
  REQUIRE(
    out
    == R"("from":60000,"to":85000,"step_ms":10000,"series":[)"
       R"({"metric":"requests","key":{"provider":"gr\"oq"},"other":false,"v":[null,7,null]},)"
       R"({"metric":"requests","key":{},"other":true,"v":[null,9,null]},)"
       R"({"metric":"cost_n","key":{"provider":"gr\"oq"},"other":false,"v":[null,"8",null]},)"
       R"({"metric":"cost_n","key":{},"other":true,"v":[null,"0",null]}])");
}

TEST_CASE("speeds are told by quantile, in milliseconds", "[api][history]") {
  auto drawn = chart();
  drawn.behind_known = 3;
  UsageSpeeds speeds{sketch_of(20), sketch_of(16'000), sketch_of(30)};
  drawn.series.push_back({"", false, {{}, counted(1, 0), {}}, {{}, speeds, {}}});
  std::string out;
  const UsageMetric metrics[] = {UsageMetric::ttft_ms, UsageMetric::queue_ms};
  append_series_json(out, drawn, WallTime{Milliseconds{90'000}}, "", metrics);
  REQUIRE(
    out.substr(out.find("\"series\""))
    == R"("series":[)"
       R"({"metric":"ttft_ms","key":{},"other":false,"quantile":"p50","v":[null,0.020,null]},)"
       R"({"metric":"ttft_ms","key":{},"other":false,"quantile":"p95","v":[null,0.020,null]},)"
       R"({"metric":"ttft_ms","key":{},"other":false,"quantile":"p99","v":[null,0.020,null]},)"
       R"({"metric":"queue_ms","key":{},"other":false,"quantile":"p50","v":[null,0.030,null]},)"
       R"({"metric":"queue_ms","key":{},"other":false,"quantile":"p95","v":[null,0.030,null]},)"
       R"({"metric":"queue_ms","key":{},"other":false,"quantile":"p99","v":[null,0.030,null]}])");
}

TEST_CASE("requests in flight are a mean over the time of their step so far", "[api][history]") {
  auto drawn = chart();
  drawn.behind_known = 3;
  drawn.as_of = WallTime{Milliseconds{84'000}};
  UsageCounters busy;
  busy.busy_us = 25'000'000;
  drawn.series.push_back({"", false, {{}, busy, busy}, {}});
  std::string out;
  const UsageMetric metrics[] = {UsageMetric::inflight};
  append_series_json(out, drawn, WallTime{Milliseconds{85'000}}, "", metrics);
  REQUIRE(
    out.substr(out.find("\"series\""))
    == R"("series":[{"metric":"inflight","key":{},"other":false,"v":[null,2.500,6.250]}])");
}

TEST_CASE("a breakdown has its items, the rest and the total", "[api][history]") {
  UsageBreakdown breakdown;
  breakdown.from = WallTime{Milliseconds{1'000}};
  breakdown.to = WallTime{Milliseconds{2'000}};
  breakdown.items.push_back({"a", counted(7, 8), {sketch_of(20), {}, {}}});
  breakdown.total = counted(9, 9);
  std::string out;
  append_breakdown_json(out, breakdown);
  REQUIRE(
    out
    == R"("from":1000,"to":2000,"items":[{"key":"a","requests":7,"errors":2,"failovers":1,)"
       R"("tokens_in":30,"tokens_cached":4,"tokens_out":5,"cost_n":"8","list_cost_n":"9",)"
       R"("ttft_ms":{"p50":0.020,"p95":0.020,"p99":0.020},)"
       R"("latency_ms":{"p50":null,"p95":null,"p99":null}}],)"
       R"("other":{"requests":0,"errors":0,"failovers":0,"tokens_in":0,"tokens_cached":0,)"
       R"("tokens_out":0,"cost_n":"0","list_cost_n":"0"},)"
       R"("total":{"requests":9,"errors":2,"failovers":1,"tokens_in":30,"tokens_cached":4,)"
       R"("tokens_out":5,"cost_n":"9","list_cost_n":"10"})");
}

TEST_CASE("notes say what happened when", "[api][history]") {
  std::string out;
  const ChartNote notes[] = {
    {WallTime{Milliseconds{5}}, "config", "config v2", "2", {}},
    {WallTime{Milliseconds{6}}, "x", "y", "", WallTime{Milliseconds{7}}}};
  append_notes_json(out, notes);
  REQUIRE(
    out
    == R"("notes":[{"t":5,"kind":"config","text":"config v2","ref":"2","until":null},)"
       R"({"t":6,"kind":"x","text":"y","ref":null,"until":7}])");
}

} // namespace gateway
