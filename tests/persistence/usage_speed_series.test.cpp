#include "kept_usage.hpp"
#include "made_history.hpp"
#include "persistence/usage_json.hpp"
#include "persistence/usage_series.hpp"
#include "store_support.hpp"

#include <catch2/catch.hpp>

#include <map>

namespace gateway {
namespace {

using testing::at;
using testing::KeptUsage;
using testing::MadeHistory;
using testing::monday;
using testing::sample_record;

constexpr std::chrono::days one_day{1};
std::uint64_t requests_of(const UsageCounters& counters) {
  return static_cast<std::uint64_t>(counters.requests);
}

} // namespace

TEST_CASE(
  "speeds by key, route and team come in the steps that they are kept in", "[persistence][usage]") {
  KeptUsage store;
  const auto by = GENERATE(UsageDimension::key, UsageDimension::route, UsageDimension::team);
  auto record = sample_record(1, at(10));
  for (int minute = 0; minute < 120; ++minute)
    for (const auto* value : {"busy", "calm", "busy"}) {
      record.key = record.route = record.team = value;
      store.state.totals.add(record, at(10) + minute * usage_minute);
    }
  const auto require_speeds = [&](WallTime from, WallTime to, WallTime now, Milliseconds step) {
    UsageSeriesQuery query{from, to, by, 1};
    query.speeds = true;
    const auto chart = store.chart(query, now);
    REQUIRE(chart.grid.step == step);
    REQUIRE(chart.series.size() == 2);
    REQUIRE(chart.series[0].key == "busy");
    for (const auto& series : chart.series)
      for (std::size_t i = 0; i < chart.grid.steps; ++i)
        REQUIRE(series.speeds[i].latency.count() == requests_of(series.steps[i]));
    // Counters alone are told in shorter steps.
    query.speeds = false;
    REQUIRE(store.chart(query, now).grid.step < step);
    query.speeds = true;
    const auto busy = store.breakdown(query).items.at(0);
    REQUIRE(busy.key == "busy");
    REQUIRE(busy.speeds.latency.count() == requests_of(busy.counters));
  };
  store.state.totals.fold(at(12));
  require_speeds(at(11, 45), at(12), at(12), usage_minute);
  store.state.totals.fold(at(14));
  require_speeds(at(10), at(14), at(14), usage_hour);
}

TEST_CASE(
  "of a closed day of many keys speeds are told in what its file has, or not at all",
  "[persistence][usage]") {
  KeptUsage store;
  UsageTotals sunday;
  const auto quarter = span_of(at(7) - one_day, usage_quarter);
  const auto name = usage_name(sample_record(1, at(7)));
  UsageSpeeds speeds;
  speeds.latency.add(1'000);
  UsageCounters one;
  one.requests = 1;
  for (int hour = 0; hour < 24; ++hour)
    sunday.add({monday - one_day + hour * usage_hour, usage_hour}, name, one);
  const auto write = [&] {
    testing::write_text(
      usage_day_path(store.data.path(), monday - one_day),
      render_usage_day(sunday, monday - one_day));
  };
  UsageSeriesQuery query{monday - one_day, at(0), UsageDimension::key, 8};
  query.speeds = true;
  SECTION("in quarters") {
    sunday.add_speeds(quarter, SpeedGroup::key, name, speeds);
    write();
    const auto chart = store.chart(query, at(1));
    REQUIRE(chart.grid.step == usage_quarter);
    REQUIRE(chart.series[0].speeds[0].latency.empty());
    REQUIRE(chart.series[0].speeds[1].latency.count() == 1);
    // A breakdown keeps its range, and has them all the same.
    const auto item = store.breakdown(query).items.at(0);
    REQUIRE(item.counters.requests == 24);
    REQUIRE(item.speeds.latency.count() == 1);
  }
  SECTION("not at all where an earlier version wrote it") {
    write();
    const auto chart = store.chart(query, at(1));
    REQUIRE(chart.grid.step == usage_hour);
    for (const auto& step : chart.series[0].speeds) REQUIRE(step.empty());
  }
}

TEST_CASE("speeds of a range are those of all its hours", "[persistence][usage]") {
  KeptUsage store;
  const MadeHistory made{7, {4, 9, 4, 3, 2'000}};
  testing::write_usage_days(made, store.data.path(), monday, 20);
  const auto days = GENERATE(2, 20);
  const auto by = GENERATE(UsageDimension::model, UsageDimension::key);
  UsageSeriesQuery query{monday - days * one_day, monday, by, 50};
  query.speeds = true;
  const auto chart = store.chart(query, at(0));
  std::map<std::string, LatencySketch> expected;
  for (auto day = monday - days * one_day; day < monday; day += one_day) {
    const auto totals = made.day(day);
    const auto add = [&](const std::vector<NamedSpeeds>& many) {
      for (const auto& speeds : many)
        expected[totals.name(speeds.name)[static_cast<std::size_t>(by)]].merge(speeds.latency);
    };
    if (by == UsageDimension::model)
      for (const auto& entry : totals.slices()) add(entry.slice->speeds);
    else
      for (const auto& entry : totals.value_speeds().slices())
        add(entry.slice->of(SpeedGroup::key));
  }
  REQUIRE(chart.series.size() == expected.size());
  for (const auto& series : chart.series) {
    LatencySketch whole;
    for (const auto& step : series.speeds) whole.merge(step.latency);
    CAPTURE(series.key);
    const bool same = whole == expected.at(series.key);
    REQUIRE(same);
  }
  for (const auto& item : store.breakdown(query).items)
    REQUIRE_FALSE(item.speeds.first_token.empty());
}

} // namespace gateway
