#include "persistence/usage_totals.hpp"

#include "persistence/usage_json.hpp"
#include "store_support.hpp"

#include <catch2/catch.hpp>

#include <limits>
#include <map>
#include <random>
#include <tuple>

namespace gateway {
namespace {

using testing::at;
using testing::sample_record;

UsageCounters sum_of(const UsageTotals& totals) {
  UsageCounters sum;
  for (const auto& entry : totals.slices())
    for (const auto& cell : entry.slice->cells) sum += cell.counters;
  return sum;
}

std::uint64_t latencies_in(const UsageTotals& totals) {
  std::uint64_t count = 0;
  for (const auto& entry : totals.slices())
    for (const auto& speed : entry.slice->speeds) count += speed.latency.count();
  return count;
}

/// One that took no time, so that all of it is where it ended.
RequestRecord instant_record(std::uint64_t number, WallTime ended) {
  auto record = sample_record(number, ended);
  record.latency_us = 0;
  return record;
}

/// All there is, whatever the names' order.
using Everything = std::map<std::pair<UsageSpan, UsageName>, std::pair<UsageCounters, UsageSpeeds>>;
Everything everything_in(const UsageTotals& totals) {
  Everything all;
  for (const auto& [span, slice] : totals.slices()) {
    for (const auto& cell : slice->cells) all[{span, totals.name(cell.name)}].first = cell.counters;
    for (const auto& speed : slice->speeds) {
      const auto& name = totals.name(speed.name);
      all[{span, {"", name[1], name[2], "", "", "", name[6]}}].second.merge(speed);
    }
  }
  return all;
}

std::size_t slices_of(const UsageTotals& totals, Milliseconds length) {
  std::size_t count = 0;
  for (const auto& entry : totals.slices()) count += entry.span.length == length ? 1 : 0;
  return count;
}

} // namespace

TEST_CASE("counters add up by outcome, and never turn over", "[persistence][totals]") {
  UsageCounters counters;
  auto record = sample_record(1, at(1));
  for (const auto outcome :
       {Outcome::first_try,
        Outcome::failover,
        Outcome::failed,
        Outcome::cancelled,
        Outcome::cut,
        Outcome::refused,
        Outcome::refused}) {
    record.outcome = outcome;
    counters.add(record);
  }
  REQUIRE(counters.requests == 7);
  REQUIRE(counters.failovers == 1);
  REQUIRE(counters.failed == 1);
  REQUIRE(counters.cancelled == 1);
  REQUIRE(counters.cut == 1);
  REQUIRE(counters.refused == 2);
  REQUIRE(counters.errors() == 4);
  REQUIRE(counters.tokens_in == 7 * 1'842);
  REQUIRE(counters.list_cost_n == 7 * 2'060'000);
  REQUIRE(counters.unpriced == 0);
  REQUIRE(from_row(as_row(counters)) == counters);

  record.cost.reset();
  record.tokens_in = std::numeric_limits<std::int64_t>::max();
  counters.add(record);
  counters.add(record);
  REQUIRE(counters.unpriced == 2);
  REQUIRE(counters.tokens_in == std::numeric_limits<std::int64_t>::max());
  record.provider.clear(); // none was tried: there is nothing to price
  counters.add(record);
  REQUIRE(counters.unpriced == 2);
}

TEST_CASE("a span is where its moment lies, before 1970 too", "[persistence][totals]") {
  REQUIRE(span_of(at(12, 34, 56), usage_hour).start == at(12));
  REQUIRE(span_of(at(12, 34, 56), usage_detail).start == at(12, 34, 50));
  REQUIRE(span_of(at(12), usage_minute).start == at(12));
  REQUIRE(span_of(WallTime{-1ms}, usage_minute).start == WallTime{-60'000ms});
}

TEST_CASE(
  "seconds become tens after six minutes, minutes after two hours and hours after 48",
  "[persistence][totals]") {
  UsageTotals totals;
  for (int minute = 0; minute < 60; ++minute)
    for (const int second : {0, 5, 10, 30})
      totals.add(instant_record(1, at(10)), at(10, minute, second));
  REQUIRE(slices_of(totals, usage_second) == 240);
  totals.fold(at(10, 30));
  REQUIRE(slices_of(totals, usage_detail) == 72);
  REQUIRE(slices_of(totals, usage_second) == 144);
  totals.fold_seconds();
  REQUIRE(slices_of(totals, usage_detail) == 180);
  const auto all = sum_of(totals);
  REQUIRE(all.requests == 240);

  totals.fold(at(12, 30));
  REQUIRE(slices_of(totals, usage_minute) == 30);
  REQUIRE(slices_of(totals, usage_detail) == 90);
  REQUIRE(sum_of(totals) == all);
  totals.fold(at(13));
  REQUIRE(slices_of(totals, usage_minute) == 60);
  REQUIRE(totals.slices().size() == 60);
  totals.fold(at(10, 59, 0, 25));
  REQUIRE(totals.slices().size() == 60);
  totals.fold(at(11, 0, 0, 25));
  REQUIRE(totals.slices().size() == 1);
  REQUIRE(totals.slices()[0].span == UsageSpan{at(10), usage_hour});
  REQUIRE(sum_of(totals) == all);
  REQUIRE(latencies_in(totals) == 240);
  REQUIRE(totals.cells() == 1);
}

TEST_CASE("a copy stays as it was while the original goes on", "[persistence][totals]") {
  UsageTotals totals;
  totals.add(instant_record(1, at(1)), at(1));
  const UsageTotals copy = totals;
  auto second = copy;
  totals.add(instant_record(2, at(1)), at(1));
  second.add(instant_record(3, at(1)), at(1));
  second.add(instant_record(4, at(1)), at(1));
  REQUIRE(sum_of(copy).requests == 1);
  REQUIRE(sum_of(totals).requests == 2);
  REQUIRE(sum_of(second).requests == 3);
  totals.fold(at(20));
  REQUIRE(slices_of(copy, usage_second) == 1);
  REQUIRE(latencies_in(copy) == 1);
}

TEST_CASE("copies shared at random never see each other's records", "[persistence][totals]") {
  std::mt19937 random{3};
  std::vector<UsageTotals> totals(4);
  std::vector<std::int64_t> expected(4, 0);
  for (int step = 0; step < 3'000; ++step) {
    const auto one = random() % 4;
    const auto other = random() % 4;
    const auto moment = at(static_cast<int>(random() % 6), static_cast<int>(random() % 60));
    if (random() % 10 == 0) {
      totals[one] = totals[other];
      expected[one] = expected[other];
    } else if (random() % 10 == 0) {
      totals[one].fold(moment);
    } else {
      auto record = sample_record(1, moment);
      record.model = "m" + std::to_string(random() % 5);
      totals[one].add(record, moment);
      ++expected[one];
    }
    REQUIRE(sum_of(totals[one]).requests == expected[one]);
    REQUIRE(sum_of(totals[other]).requests == expected[other]);
  }
}

TEST_CASE("records count where they are told apart", "[persistence][totals]") {
  UsageTotals totals;
  auto record = instant_record(1, at(1));
  totals.add(record, at(1));
  record.key = "batch";
  totals.add(record, at(1));
  record.model = "gpt-4o-mini";
  totals.add(record, at(1));
  REQUIRE(totals.names() == 3);
  REQUIRE(totals.cells() == 3);
  REQUIRE(
    totals.name(2)
    == UsageName{
      "gw-waw-1", "cerebras", "gpt-4o-mini", "batch", "chat-fast", "product", "failover"});
  // Speed is told apart by provider, model and status only.
  const auto& slice = *totals.slices()[0].slice;
  REQUIRE(slice.speeds.size() == 2);
  REQUIRE(slice.speeds[0].latency.count() == 2);
  REQUIRE(slice.speeds[1].latency.count() == 1);
}

TEST_CASE("only answered requests say how fast a provider is", "[persistence][totals]") {
  UsageTotals totals;
  auto record = instant_record(1, at(1));
  record.outcome = Outcome::failed;
  totals.add(record, at(1));
  record.outcome = Outcome::first_try;
  record.first_token_us.reset();
  totals.add(record, at(1));
  record.provider.clear();
  totals.add(record, at(1));
  REQUIRE(latencies_in(totals) == 1);
  REQUIRE(totals.slices()[0].slice->speeds[0].first_token.empty());
}

TEST_CASE("how long requests waited is told of those that had to", "[persistence][totals]") {
  UsageTotals totals;
  auto record = instant_record(1, at(1));
  totals.add(record, at(1));
  record.queued_us = 2'000;
  totals.add(record, at(1));
  record.outcome = Outcome::refused; // it waited in vain
  totals.add(record, at(1));
  std::uint64_t waited = 0;
  for (const auto& speed : totals.slices()[0].slice->speeds) waited += speed.queued.count();
  REQUIRE(waited == 2);
}

TEST_CASE(
  "names beyond the bound are one, and forgotten when nothing has them", "[persistence][totals]") {
  UsageTotals totals;
  auto record = instant_record(1, at(1));
  for (std::size_t i = 0; i < usage_names_max + 100; ++i) {
    record.key = "key-" + std::to_string(i);
    totals.add(record, at(1));
  }
  REQUIRE(totals.names() == usage_names_max + 1);
  REQUIRE(totals.name(usage_names_max)[3] == "(other)");
  const auto other = totals.slices()[0].slice->cells.back();
  REQUIRE(other.counters.requests == 100);
  record.key = "today";
  totals.add(record, at(1, 0, 0, 24));
  totals.drop_before(day_of(at(0, 0, 0, 24)));
  REQUIRE(totals.names() == 1);
  REQUIRE(totals.cells() == 1);
  REQUIRE(totals.name(0)[3] == "(other)");
  record.key = "again";
  totals.add(record, at(1, 0, 0, 24));
  REQUIRE(totals.name(1)[3] == "again");
}

TEST_CASE(
  "too many cells make the oldest detail coarser, and nothing is lost", "[persistence][totals]") {
  UsageTotals totals;
  auto record = instant_record(1, at(1));
  std::int64_t added = 0;
  for (int second = 0; second < 2'000; second += 10)
    for (int key = 0; key < 1'500; ++key) {
      record.key = "key-" + std::to_string(key);
      totals.add(record, at(1) + std::chrono::seconds{second});
      ++added;
    }
  REQUIRE(totals.cells() <= usage_cells_max);
  REQUIRE(sum_of(totals).requests == added);
  REQUIRE(slices_of(totals, usage_minute) > 0);
  // The newest stands in detail still.
  REQUIRE(totals.slices().back().span == UsageSpan{at(1, 33, 10), usage_second});
}

TEST_CASE("a day in hours has what the day had", "[persistence][totals]") {
  UsageTotals totals;
  for (int hour = 0; hour < 24; ++hour)
    for (const int minute : {0, 30, 59}) totals.add(instant_record(1, at(1)), at(hour, minute));
  totals.add(instant_record(1, at(1)), at(0, 0, 0, 24));
  const auto hours = totals.hours(at(0), at(0, 0, 0, 24));
  REQUIRE(hours.slices().size() == 24);
  REQUIRE(sum_of(hours).requests == 72);
  REQUIRE(latencies_in(hours) == 72);
  for (const auto& entry : hours.slices()) REQUIRE(entry.span.length == usage_hour);
}

TEST_CASE("totals survive their file", "[persistence][totals]") {
  std::mt19937 random{4};
  UsageState state;
  state.first_open_day = day_of(at(0));
  state.first_held_day = day_of(at(0, 0, 0, 21));
  state.coverage.add({{day_of(at(0)), 0}, 0, 100});
  state.coverage.add({{day_of(at(0)), 3}, 40, 50});
  for (int i = 0; i < 500; ++i) {
    // Not in the first hour: what began before midnight was busy on the day before, too.
    const auto hour = 1 + static_cast<int>(random() % 23);
    const auto moment = at(hour, static_cast<int>(random() % 60));
    auto record = sample_record(1, moment);
    record.model = "m\"" + std::to_string(random() % 7);
    record.latency_us = static_cast<std::int64_t>(random() % 10'000'000);
    record.queued_us = static_cast<std::int64_t>(random() % 3 * 1'000);
    state.totals.add(record, moment);
    state.all_time.add(record);
  }
  state.totals.fold(at(12));
  const auto text = render_usage_state(state, at(12));
  const auto read = read_usage_state_text(text);
  REQUIRE(read);
  state.totals.fold_seconds(); // which no file has
  REQUIRE(read->first_open_day == state.first_open_day);
  REQUIRE(read->first_held_day == state.first_held_day);
  REQUIRE(read->all_time == state.all_time);
  REQUIRE(read->coverage.files() == state.coverage.files());
  REQUIRE(sum_of(read->totals) == state.all_time);
  const bool nothing_lost = everything_in(read->totals) == everything_in(state.totals);
  REQUIRE(nothing_lost);

  const auto day = read_usage_day_text(render_usage_day(state.totals, day_of(at(0))));
  REQUIRE(day);
  REQUIRE(sum_of(*day) == state.all_time);
}

TEST_CASE("a usage file that is cut or changed is refused, not believed", "[persistence][totals]") {
  UsageState state;
  state.totals.add(instant_record(1, at(1)), at(1));
  state.coverage.add({{day_of(at(0)), 0}, 0, 100});
  const auto text = render_usage_state(state, at(12));
  REQUIRE(read_usage_state_text(text));
  for (std::size_t length = 0; length + 2 < text.size(); ++length)
    REQUIRE_FALSE(read_usage_state_text(text.substr(0, length)));

  struct Row {
    const char *from, *to;
  };
  const auto row = GENERATE(
    Row{"\"format\":1", "\"format\":2"},
    Row{"\"format\":1", "\"format\":\"1\""},
    Row{"\"1970-01-01\"", "\"1970-01-32\""},
    Row{"2026-11-23.jsonl", "2026-11-23.txt"},
    Row{"[[0,100]]", "[[0]]"},
    Row{"[[0,100]]", "[[-1,100]]"},
    Row{"[[0,100]]", "7"},
    Row{"\"requests\",", "\"answers\","},
    Row{"\"ms\":10000", "\"ms\":10001"},
    Row{"\"ms\":10000", "\"ms\":0"},
    Row{"\"cells\":[[0,", "\"cells\":[[1,"},
    Row{"\"cells\":[[0,", "\"cells\":[[-1,"},
    Row{"\"cells\":[[0,", "\"cells\":[[0,0,"},
    Row{"\"cells\":[[0,", "\"cells\":[[],[0,"},
    Row{"\"speeds\":[[0,", "\"speeds\":[[0,[1],"},
    Row{"\"speeds\":[[0,", "\"speeds\":[[0,[9999,1],"},
    Row{"\"speeds\":[[0,", "\"speeds\":[[7,"},
    Row{"\"key\":[[0,", "\"key\":[[7,"},
    Row{"\"route\":", "\"rout\":"},
    Row{"\"ms\":60000", "\"ms\":10000"},
    Row{"\"names\":[\n[", "\"names\":[\n[\"too many\","},
    Row{"\"all_time\":[", "\"all_time\":[1,"});
  CAPTURE(row.from, row.to);
  auto changed = text;
  const auto found = changed.find(row.from);
  REQUIRE(found != std::string::npos);
  changed.replace(found, std::string_view(row.from).size(), row.to);
  REQUIRE_FALSE(read_usage_state_text(changed));
}

TEST_CASE("a file of a version that counted less is read", "[persistence][totals]") {
  const std::string text = R"({"format":1,"day":"2026-11-23","counters":["requests"],
    "names":[["n","p","m","k","r","t"]],
    "slices":[{"t":1795392000000,"ms":3600000,"cells":[[0,5]],"speeds":[]}]})";
  const auto read = read_usage_day_text(text);
  REQUIRE(read);
  REQUIRE(sum_of(*read).requests == 5);
  REQUIRE(sum_of(*read).tokens_in == 0);
}

} // namespace gateway
