#include "persistence/usage_series.hpp"

#include "kept_usage.hpp"
#include "made_history.hpp"
#include "persistence/usage_json.hpp"
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
constexpr std::chrono::hours one_hour{1};

struct Fixture : KeptUsage {
  void add(WallTime ended, const std::string& model, std::int64_t cost, std::int64_t requests = 1) {
    auto record = sample_record(1, ended);
    record.model = model;
    record.cost = NanoDollars{cost};
    record.latency_us = 0; // all of it is where it ended
    for (; requests > 0; --requests) state.totals.add(record, ended);
  }
};

UsageCounters sum_of(const UsageSeries& series) {
  UsageCounters sum;
  for (const auto& step : series.steps) sum += step;
  return sum;
}

/// The same said the slow way: the sums by value of what the days' files have of [from, to).
std::map<std::string, UsageCounters> sums_by_hand(
  const MadeHistory& made, WallTime from, WallTime to, std::optional<UsageDimension> by) {
  std::map<std::string, UsageCounters> sums;
  for (auto day = day_of(from); day < to; day += one_day) {
    const auto totals = made.day(day);
    for (const auto& [span, slice] : totals.slices())
      for (const auto& cell : slice->cells)
        if (span.start >= from && span.start < to)
          sums[by ? totals.name(cell.name)[static_cast<std::size_t>(*by)] : ""] += cell.counters;
  }
  return sums;
}

constexpr testing::Busyness small{4, 9, 4, 3, 2'000};

} // namespace

TEST_CASE("a chart has steps that fit its range and its detail", "[persistence][usage]") {
  struct Row {
    const char* when;
    Milliseconds range, step;
  };
  const auto row = GENERATE(
    Row{"five minutes", 5 * usage_minute, usage_second},
    Row{"six minutes", 6 * usage_minute, usage_detail},
    Row{"fifty minutes", 50 * usage_minute, usage_detail},
    Row{"an hour", usage_hour, 3 * usage_detail},
    Row{"six hours", 6 * usage_hour, 5 * usage_minute},
    Row{"a day", 24 * usage_hour, 5 * usage_minute},
    Row{"7 days", 7 * 24 * usage_hour, usage_hour},
    Row{"30 days", 30 * 24 * usage_hour, 6 * usage_hour},
    Row{"300 days", 300 * 24 * usage_hour, 24 * usage_hour},
    Row{"a year", 365 * 24 * usage_hour, 7 * 24 * usage_hour},
    Row{"ten years", 3'660 * 24 * usage_hour, 14 * 24 * usage_hour});
  CAPTURE(row.when);
  Fixture store;
  store.state.first_held_day = {};
  const auto to = at(0, 0, 0, 24);
  REQUIRE(store.chart({to - row.range, to}, to).grid.step == row.step);
}

TEST_CASE("steps begin at whole multiples, weeks on Mondays", "[persistence][usage]") {
  struct Row {
    const char* when;
    WallTime from, to;
    Milliseconds step;
    WallTime first;
    std::size_t steps;
  };
  const auto row = GENERATE(
    Row{"exactly", at(10), at(11), usage_minute, at(10), 60},
    Row{"within both ends", at(10, 0, 1), at(10, 2, 1), usage_minute, at(10), 3},
    Row{"within one", at(10, 0, 1), at(10, 0, 2), usage_minute, at(10), 1},
    Row{"a Wednesday", at(1, 0, 0, 25), at(1, 0, 0, 30), 7 * usage_day_length, at(0), 2});
  CAPTURE(row.when);
  const auto grid = grid_over(row.from, row.to, row.step);
  const bool same = grid == UsageGrid{row.first, row.step, row.steps};
  REQUIRE(same);
}

TEST_CASE("a chart puts every request into its step, once", "[persistence][usage]") {
  Fixture store;
  for (int minute = 0; minute < 60; ++minute) {
    store.add(at(10, minute), "busy", 1, 3);
    store.add(at(10, minute, 30), "calm", 1);
  }
  for (const auto* model : {"x", "y", "z"}) store.add(at(10, 20), model, 1);
  UsageSeriesQuery query{at(10), at(11), UsageDimension::model, 2};
  query.speeds = true;
  for (const auto folded : {at(10), at(20)}) {
    store.state.totals.fold(folded);
    const auto chart = store.chart(query, at(11));
    REQUIRE(chart.grid.from == at(10));
    REQUIRE(chart.series.size() == 3);
    REQUIRE(chart.series[0].key == "busy");
    REQUIRE(chart.series[1].key == "calm");
    REQUIRE(chart.series[2].other);
    REQUIRE(sum_of(chart.series[0]).requests == 180);
    std::uint64_t latencies = 0;
    for (const auto& step : chart.series[0].speeds) latencies += step.latency.count();
    REQUIRE(latencies == 180);
    const auto at_twenty = chart.grid.index_of(at(10, 20));
    REQUIRE(chart.series[2].steps[at_twenty].requests == 3);
    REQUIRE(chart.series[0].steps[at_twenty].requests == 3);
    REQUIRE(chart.series[2].speeds[at_twenty].latency.count() == 3);
  }
  // Two hours later there are minutes only, so the chart's steps are minutes.
  REQUIRE(store.chart(query, at(11)).grid.step == usage_minute);
}

TEST_CASE("the values told apart are those with most of the metric", "[persistence][usage]") {
  Fixture store;
  store.add(at(10), "dear", 1'000);
  store.add(at(10), "cheap", 1, 5);
  store.add(at(10), "free", 0, 3);
  UsageSeriesQuery query{at(10), at(11), UsageDimension::model, 1};
  REQUIRE(store.chart(query, at(11)).series[0].key == "cheap");
  query.ranked_by = UsageMetric::cost_n;
  const auto chart = store.chart(query, at(11));
  REQUIRE(chart.series[0].key == "dear");
  REQUIRE(sum_of(chart.series[1]).requests == 8);
}

TEST_CASE(
  "a chart of the last minutes has seconds, as long as they are kept", "[persistence][usage]") {
  Fixture store;
  for (int second = 0; second < 60; ++second) store.add(at(10, 0, second), "a", 1);
  const UsageSeriesQuery query{at(10), at(10, 1)};
  const auto chart = store.chart(query, at(10, 1));
  REQUIRE(chart.grid.step == usage_second);
  REQUIRE(chart.series[0].steps[59].requests == 1);
  store.state.totals.fold(at(10, 20));
  REQUIRE(store.chart(query, at(10, 20)).grid.step == usage_detail);
}

TEST_CASE(
  "requests in flight are a mean of each step, of a closed day's too", "[persistence][usage]") {
  Fixture store;
  // Two at a time, for a minute.
  UsageTotals sunday;
  auto record = sample_record(1, at(10, 1));
  record.latency_us = 60'000'000;
  for (int i = 0; i < 2; ++i) {
    store.state.totals.add(record, at(10, 1));
    sunday.add(record, at(10, 1) - one_day);
  }
  sunday.fold(at(0));
  testing::write_text(
    usage_day_path(store.data.path(), monday - one_day),
    render_usage_day(sunday, monday - one_day));
  const auto chart = store.chart({at(10), at(10, 2)}, at(10, 2));
  REQUIRE(chart.grid.step == usage_second);
  REQUIRE(mean_in_flight(chart, chart.series[0], 0) == 2.0);
  REQUIRE(mean_in_flight(chart, chart.series[0], 59) == 2.0);
  REQUIRE(mean_in_flight(chart, chart.series[0], 60) == 0.0);
  const auto hours = store.chart({monday - one_day, at(0)}, at(0));
  REQUIRE(hours.grid.step == usage_hour);
  REQUIRE(mean_in_flight(hours, hours.series[0], 10) == 2.0 / 60);
}

TEST_CASE("how requests ended is told apart, and all that they used", "[persistence][usage]") {
  Fixture store;
  auto record = sample_record(1, at(10));
  record.latency_us = 0;
  for (const auto& [outcome, requests] :
       {std::pair{Outcome::first_try, 4},
        std::pair{Outcome::failover, 3},
        std::pair{Outcome::refused, 5},
        std::pair{Outcome::cut, 2},
        std::pair{Outcome::cancelled, 1}}) {
    record.outcome = outcome;
    for (int i = 0; i < requests; ++i) store.state.totals.add(record, at(10));
  }
  const auto told = [&](std::size_t top) {
    const UsageSeriesQuery query{at(10), at(10, 5), UsageDimension::status, top};
    const auto chart = store.chart(query, at(11));
    std::vector<std::pair<std::string, std::int64_t>> sums;
    for (const auto& series : chart.series)
      sums.emplace_back(series.other ? "rest" : series.key, sum_of(series).requests);
    return sums;
  };
  using Sums = std::vector<std::pair<std::string, std::int64_t>>;
  REQUIRE(
    told(8)
    == Sums{{"refused", 5}, {"first_try", 4}, {"failover", 3}, {"cut", 2}, {"cancelled", 1}});
  REQUIRE(told(2) == Sums{{"refused", 5}, {"first_try", 4}, {"rest", 6}});
  UsageSeriesQuery query{at(10), at(10, 5), UsageDimension::status, 8};
  query.speeds = true;
  for (const auto& series : store.chart(query, at(11)).series) {
    CAPTURE(series.key);
    REQUIRE(sum_of(series).tokens_in == sum_of(series).requests * record.tokens_in);
    const bool answered = series.key == "first_try" || series.key == "failover";
    const auto timed = series.speeds[0].latency.count();
    REQUIRE(timed == (answered ? static_cast<std::uint64_t>(sum_of(series).requests) : 0));
  }
}

TEST_CASE("nothing is known before the store began, nor of the future", "[persistence][usage]") {
  Fixture store;
  store.add(at(10, 20), "a", 1);
  store.state.totals.fold(at(10, 40));
  const auto chart = store.chart({at(10), at(11)}, at(10, 40, 5));
  REQUIRE(chart.grid.step == 3 * usage_detail);
  REQUIRE(chart.first_known == 40);
  REQUIRE(chart.behind_known == 81); // the step that runs is known
  REQUIRE(chart.series.size() == 1);
  REQUIRE(chart.series[0].steps[40].requests == 1);

  SECTION("a closed day is when it began, if there is one") {
    const MadeHistory made{1, small};
    testing::write_usage_days(made, store.data.path(), monday, 2);
    UsageHistory fresh{store.data.path()};
    const auto week =
      answer_usage_series({{store.state, fresh}}, {monday - 7 * one_day, at(11)}, at(10, 40, 5));
    REQUIRE(week);
    REQUIRE(week->grid.step == usage_hour);
    REQUIRE(week->first_known == 5 * 24);
    REQUIRE(week->behind_known == 7 * 24 + 11);
  }
  SECTION("where there is nothing at all, nothing is known") {
    Fixture empty;
    const auto none = empty.chart({at(10), at(11)}, at(10, 30));
    REQUIRE(none.first_known == none.behind_known);
    REQUIRE(none.series.size() == 1);
  }
}

TEST_CASE("a chart of no time, backwards or of all time is refused", "[persistence][usage]") {
  Fixture store;
  for (const auto from : {at(10), at(11), at(10) - std::chrono::days{3'661}}) {
    const auto chart = answer_usage_series({{store.state, store.history}}, {from, at(10)}, at(10));
    REQUIRE_FALSE(chart);
    REQUIRE(chart.error().kind == ErrorKind::invalid_value);
    REQUIRE(chart.error().param == "from");
  }
}

TEST_CASE(
  "charts and breakdowns of closed days say what the days' files say", "[persistence][usage]") {
  Fixture store;
  const MadeHistory made{7, small};
  testing::write_usage_days(made, store.data.path(), monday, 90);
  struct Row {
    int days;
    Milliseconds step;
  };
  const auto to = monday - one_day; // days behind the range are there too
  for (const auto& row : {Row{3, usage_hour}, Row{40, usage_quarter}, Row{80, usage_day_length}}) {
    for (const auto by :
         {std::optional<UsageDimension>{},
          std::optional{UsageDimension::key},
          std::optional{UsageDimension::provider}}) {
      CAPTURE(row.days, by.has_value());
      const auto expected = sums_by_hand(made, to - row.days * one_day, to, by);
      UsageSeriesQuery query{to - row.days * one_day, to, by, 50};
      const auto chart = store.chart(query, at(0));
      REQUIRE(chart.grid.step == row.step);
      REQUIRE(chart.series.size() == expected.size());
      for (const auto& series : chart.series)
        REQUIRE(as_row(sum_of(series)) == as_row(expected.at(series.key)));

      query.top = 2;
      const auto breakdown = answer_usage_breakdown({{store.state, store.history}}, query);
      REQUIRE(breakdown);
      REQUIRE(breakdown->from == chart.grid.from);
      UsageCounters total;
      for (const auto& [key, counters] : expected) total += counters;
      REQUIRE(as_row(breakdown->total) == as_row(total));
      for (const auto& item : breakdown->items) {
        REQUIRE(as_row(item.counters) == as_row(expected.at(item.key)));
        total.requests -= item.counters.requests;
      }
      REQUIRE(breakdown->other.requests == total.requests);
    }
  }
}

TEST_CASE("a chart of some nodes has what these counted", "[persistence][usage]") {
  Fixture store;
  // The day before in its file, and today's in memory: three requests of a, two of b, one of c.
  UsageTotals sunday;
  for (const auto& [node, requests] : {std::pair{"a", 3}, std::pair{"b", 2}, std::pair{"c", 1}}) {
    auto record = sample_record(1, at(0));
    record.latency_us = 0;
    record.node = node;
    for (int i = 0; i < requests; ++i) {
      sunday.add(record, monday - one_hour);
      store.state.totals.add(record, at(1));
    }
  }
  testing::write_text(
    usage_day_path(store.data.path(), monday - one_day),
    render_usage_day(sunday, monday - one_day));
  UsageSeriesQuery query{monday - one_day, at(2), std::nullopt, 8};
  query.speeds = true;
  query.nodes = {"a", "c", "nobody"};
  const auto chart = store.chart(query, at(2));
  REQUIRE(sum_of(chart.series[0]).requests == 8);
  REQUIRE(chart.series[0].steps[23].requests == 4);
  REQUIRE(chart.series[0].speeds[23].latency.count() == 4);
  REQUIRE(chart.series[0].speeds[25].latency.count() == 4);
  query.by = UsageDimension::node;
  const auto apart = store.chart(query, at(2)).series;
  REQUIRE(apart.size() == 2);
  REQUIRE(apart[0].key == "a");
  for (const std::size_t step : {23, 25}) { // of the file, and in memory
    REQUIRE(apart[0].speeds[step].latency.count() == 3);
    REQUIRE(apart[1].speeds[step].first_token.count() == 1);
  }
  query.nodes = {"nobody"};
  REQUIRE(store.chart(query, at(2)).series.empty());
}

TEST_CASE("a range over closed days and today is whole", "[persistence][usage]") {
  Fixture store;
  const MadeHistory made{3, small};
  testing::write_usage_days(made, store.data.path(), monday, 8);
  for (int hour = 0; hour < 10; ++hour) store.add(at(hour), "today", 1);
  const auto week = store.chart({at(10) - 7 * one_day, at(10)}, at(10));
  const auto before = sums_by_hand(made, at(10) - 7 * one_day, monday, std::nullopt);
  REQUIRE(sum_of(week.series[0]).requests == before.at("").requests + 10);
  REQUIRE(week.series[0].steps.back().requests == 1);
}

TEST_CASE("a chart by weeks has every day in the week that it is of", "[persistence][usage]") {
  Fixture store;
  const MadeHistory made{3, {2, 3, 2, 1, 50}};
  testing::write_usage_days(made, store.data.path(), monday, 16); // not whole weeks
  store.add(at(3), "today", 1);
  UsageSeriesQuery query{monday - 301 * one_day, at(10)};
  query.by = UsageDimension::model;
  const auto year = store.chart(query, at(10));
  REQUIRE(year.grid.step == usage_week);
  for (int weeks_ago = 1; weeks_ago <= 2; ++weeks_ago) {
    const auto from = monday - weeks_ago * usage_week;
    const auto sums = sums_by_hand(made, from, from + usage_week, UsageDimension::model);
    const auto step = year.grid.index_of(from);
    for (const auto& series : year.series) {
      CAPTURE(series.key, weeks_ago);
      const auto its = sums.find(series.key);
      CHECK(series.steps[step].requests == (its == sums.end() ? 0 : its->second.requests));
    }
  }
  // The two days before them are of a week that has no others.
  const auto rest =
    sums_by_hand(made, monday - 16 * one_day, monday - 2 * usage_week, std::nullopt);
  std::int64_t charted = 0;
  for (const auto& series : year.series)
    charted += series.steps[year.grid.index_of(monday - 15 * one_day)].requests;
  CHECK(charted == rest.at("").requests);
}

} // namespace gateway
