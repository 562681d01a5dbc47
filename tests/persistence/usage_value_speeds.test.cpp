#include "persistence/usage_value_speeds.hpp"

#include "persistence/usage_json.hpp"
#include "store_support.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <random>

namespace gateway {
namespace {

using testing::at;
using testing::sample_record;

constexpr std::array all_groups{
  SpeedGroup::source, SpeedGroup::key, SpeedGroup::route, SpeedGroup::team};

/// What a group tells apart of a name, and the node.
std::string told_apart(const UsageName& name, SpeedGroup group) {
  if (group == SpeedGroup::source) return name[0] + '/' + name[1] + '/' + name[2] + '/' + name[6];
  return name[0] + '/' + name[static_cast<std::size_t>(dimension_of(group))];
}

using Sums = std::map<std::string, UsageSpeeds>;
Sums sums_of(const UsageTotals& totals, SpeedGroup group) {
  Sums sums;
  const auto add = [&](const std::vector<NamedSpeeds>& many) {
    for (const auto& speeds : many) sums[told_apart(totals.name(speeds.name), group)].merge(speeds);
  };
  if (group == SpeedGroup::source)
    for (const auto& entry : totals.slices()) add(entry.slice->speeds);
  else
    for (const auto& entry : totals.value_speeds().slices()) add(entry.slice->of(group));
  return sums;
}

bool none_overlap(const UsageValueSpeeds& speeds) {
  const auto slices = speeds.slices();
  return std::ranges::adjacent_find(
           slices,
           [](const auto& one, const auto& next) { return one.span.end() > next.span.start; })
    == slices.end();
}

std::uint64_t times_in(const UsageValueSpeeds& speeds) {
  std::uint64_t count = 0;
  for (const auto& entry : speeds.slices())
    for (const auto& one : entry.slice->of(SpeedGroup::key)) count += one.latency.count();
  return count;
}

std::vector<Milliseconds> lengths_of(const UsageValueSpeeds& speeds) {
  std::vector<Milliseconds> lengths;
  for (const auto& entry : speeds.slices()) lengths.push_back(entry.span.length);
  return lengths;
}

/// As large as a sketch may be: a time in each bucket.
UsageSpeeds largest_speeds() {
  std::vector<LatencySketch::Bucket> buckets;
  for (std::uint16_t index = 0; index < LatencySketch::buckets_max; ++index)
    buckets.push_back({index, 1});
  UsageSpeeds speeds;
  speeds.latency.assign(std::move(buckets));
  return speeds;
}

constexpr UsageValueSpeeds::Names names{0, 0, 0};

} // namespace

TEST_CASE(
  "every request's times are once in each group, however old and wherever kept",
  "[persistence][speeds]") {
  std::mt19937 random{5};
  std::map<SpeedGroup, Sums> expected;
  UsageState state;
  auto now = at(0);
  for (int i = 0; i < 2'000; ++i) {
    now += Milliseconds{random() % 30'000};
    const auto late = random() % 20 == 0 ? Milliseconds{random() % 20'000'000} : Milliseconds{0};
    auto record = sample_record(1, std::max(at(0), now - late));
    record.node = "gw-" + std::to_string(random() % 2);
    record.key = "key-" + std::to_string(random() % 5);
    record.route = random() % 3 == 0 ? "" : "route-" + std::to_string(random() % 2);
    record.team = record.key.substr(4); // the same text means another thing
    record.latency_us = static_cast<std::int64_t>(random() % 3'000'000);
    record.queued_us = static_cast<std::int64_t>(random() % 2 * 900);
    record.outcome = random() % 10 == 0 ? Outcome::failed : Outcome::first_try;
    if (has_times(record))
      for (const auto group : all_groups)
        expected[group][told_apart(usage_name(record), group)].add(record);
    state.totals.add(record, std::max(at(0), now - late));
    if (random() % 50 == 0) state.totals.fold(now);
    REQUIRE(none_overlap(state.totals.value_speeds()));
  }
  const auto require_all = [&](const UsageTotals& totals) {
    for (const auto group : all_groups) {
      CAPTURE(static_cast<int>(group));
      const bool same = sums_of(totals, group) == expected[group];
      REQUIRE(same);
    }
  };
  require_all(state.totals);
  require_all(*read_usage_day_text(render_usage_day(state.totals, day_of(at(0)))));
  const auto read = read_usage_state_text(render_usage_state(state, now));
  REQUIRE(read);
  require_all(read->totals);
  REQUIRE(lengths_of(read->totals.value_speeds()) == lengths_of(state.totals.value_speeds()));
}

TEST_CASE("speeds by value are minutes for two hours, then hours", "[persistence][speeds]") {
  UsageValueSpeeds speeds;
  for (const int minute : {0, 0, 1, 59, 60, 61})
    speeds.add(sample_record(1, at(0)), at(10) + minute * usage_minute, names);
  speeds.fold(at(12, 59), 1);
  REQUIRE(lengths_of(speeds) == std::vector(5, usage_minute));
  speeds.fold(at(13), 1);
  REQUIRE(lengths_of(speeds) == std::vector{usage_hour, usage_minute, usage_minute});
  // One that comes late is counted in the hour.
  speeds.add(sample_record(1, at(0)), at(10, 30), names);
  REQUIRE(speeds.slices().size() == 3);
  REQUIRE(times_in(speeds) == 7);
}

TEST_CASE("a copy of speeds stays as it was", "[persistence][speeds]") {
  UsageValueSpeeds speeds;
  speeds.add(sample_record(1, at(0)), at(10), names);
  const auto copy = speeds;
  auto other = copy;
  speeds.add(sample_record(1, at(0)), at(10), names);
  other.add(sample_record(1, at(0)), at(10), names);
  other.add(sample_record(1, at(0)), at(10), names);
  REQUIRE(times_in(copy) == 1);
  REQUIRE(times_in(speeds) == 2);
  REQUIRE(times_in(other) == 3);
}

TEST_CASE(
  "speeds that take too much are kept in longer stretches, the oldest first, and none is lost",
  "[persistence][speeds]") {
  UsageValueSpeeds speeds;
  const auto fill = [&](int slices, std::uint32_t values, Milliseconds length) {
    for (int i = 0; i < slices; ++i)
      for (std::uint32_t name = 0; name < values; ++name)
        speeds.add({at(0) + i * length, length}, SpeedGroup::key, name, largest_speeds());
    const auto before = times_in(speeds);
    REQUIRE(speeds.bytes() > usage_value_bytes_max);
    speeds.add(sample_record(1, at(0)), at(0) + (slices - 1) * length, names);
    REQUIRE(speeds.bytes() <= usage_value_bytes_max);
    REQUIRE(times_in(speeds) == before + 1);
    REQUIRE(none_overlap(speeds));
  };
  SECTION("minutes become hours") {
    fill(180, 10, usage_minute);
    REQUIRE(lengths_of(speeds).front() == usage_hour);
    REQUIRE(lengths_of(speeds).back() == usage_minute);
  }
  SECTION("of the hour that runs, too, and it goes on as one") {
    fill(30, 60, usage_minute);
    REQUIRE(lengths_of(speeds) == std::vector{usage_hour});
    speeds.add(sample_record(1, at(0)), at(0, 45), names);
    REQUIRE(lengths_of(speeds) == std::vector{usage_hour});
  }
  SECTION("hours become quarters of a day") {
    fill(18, 100, usage_hour);
    REQUIRE(lengths_of(speeds).front() == usage_quarter);
    REQUIRE(lengths_of(speeds).back() == usage_hour);
  }
  SECTION("quarters become days") {
    fill(8, 230, usage_quarter);
    REQUIRE(lengths_of(speeds).front() == usage_day_length);
  }
}

TEST_CASE("a slice that runs is told six times at most", "[persistence][speeds]") {
  UsageValueSpeeds speeds;
  const auto told = [&] { return speeds.slices()[0].told; };
  speeds.add(sample_record(1, at(0)), at(10), names);
  REQUIRE(told() == 0);
  speeds.fold(at(10, 0, 1), 1);
  REQUIRE(told() == 1);
  speeds.fold(at(10, 0, 20), 2); // nothing new
  REQUIRE(told() == 1);
  speeds.add(sample_record(1, at(0)), at(10), names);
  speeds.fold(at(10, 0, 21), 3);
  REQUIRE(told() == 3);
  speeds.add(sample_record(1, at(0)), at(10), names);
  speeds.fold(at(10, 0, 30), 4);
  REQUIRE(told() == 3);
  speeds.fold(at(10, 0, 31), 5);
  REQUIRE(told() == 5);
}

} // namespace gateway
