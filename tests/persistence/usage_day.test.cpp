#include "persistence/usage_day.hpp"

#include "made_history.hpp"
#include "persistence/usage_day_file.hpp"
#include "persistence/usage_history.hpp"
#include "store_support.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <filesystem>
#include <map>
#include <string>
#include <utility>

namespace gateway {
namespace {

using testing::MadeHistory;
using testing::TemporaryFolder;

constexpr std::chrono::days one_day{1};
const Day monday = day_of(testing::at(0));
constexpr testing::Busyness small{4, 9, 4, 3, 2'000};

/// The day's requests, by the totals that its file is made of.
std::int64_t requests_of(const MadeHistory& made, Day day) {
  std::int64_t sum = 0;
  const auto totals = made.day(day);
  for (const auto& [span, slice] : totals.slices())
    for (const auto& cell : slice->cells) sum += cell.counters.requests;
  return sum;
}

} // namespace

TEST_CASE(
  "a packed day is taken from its file, if that is of the day's own", "[persistence][usage]") {
  TemporaryFolder data;
  const MadeHistory made{5, small};
  const auto sunday = monday - one_day;
  testing::write_usage_days(made, data.path(), monday, 1);
  const auto requests = [&] {
    UsageHistory history{data.path()};
    const auto packed = history.packed(sunday, usage_hour);
    REQUIRE(packed);
    std::int64_t sum = 0;
    for (const auto length : {usage_hour, usage_quarter, usage_day_length}) {
      std::int64_t counted = 0;
      (*packed)->visit(length, UsageDimension::team, true, [&](const auto& row) {
        counted += row.counters.requests;
      });
      REQUIRE((sum == 0 || sum == counted));
      sum = counted;
    }
    return sum;
  };
  const auto first = requests();
  REQUIRE(first == requests_of(made, sunday));
  const auto charts = usage_charts_path(data.path(), sunday);
  const auto text = testing::text_of(charts);
  REQUIRE(load_usage_day(data.path(), sunday, true));
  REQUIRE(load_usage_day(data.path(), sunday, false)->finest() == usage_quarter);
  REQUIRE(requests() == first);

  SECTION("a damaged one is made again") {
    for (const std::size_t place : {std::size_t{0}, std::size_t{60}, text.size() - 1}) {
      auto damaged = text;
      damaged[place] = static_cast<char>(damaged[place] ^ 1);
      testing::write_text(charts, damaged);
      REQUIRE_FALSE(load_usage_day(data.path(), sunday, true));
      REQUIRE(requests() == first);
      REQUIRE(testing::text_of(charts) == text);
    }
  }
  SECTION("a torn one is made again") {
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{10}, std::size_t{56}, text.size() / 2}) {
      testing::write_text(charts, std::string_view(text).substr(0, size));
      REQUIRE_FALSE(load_usage_day(data.path(), sunday, true));
      REQUIRE(requests() == first);
    }
  }
  SECTION("one of another day's totals is made again") {
    const MadeHistory other{6, small};
    testing::write_usage_days(other, data.path(), monday, 1);
    REQUIRE_FALSE(load_usage_day(data.path(), sunday, true));
    REQUIRE(requests() == requests_of(other, sunday));
  }
}

TEST_CASE("a week is the sum of its days, by whatever is told apart", "[persistence][usage]") {
  TemporaryFolder data;
  const MadeHistory made{7, small};
  testing::write_usage_days(made, data.path(), monday, 7);
  UsageHistory history{data.path()};
  REQUIRE(history.first_day(monday));
  const auto first = monday - usage_week;
  using Sum = std::pair<UsageCounters, std::array<LatencySketch, 3>>;
  const auto add = [](const UsageDay& packed, std::optional<UsageDimension> by, auto& sums) {
    packed.visit(usage_week, by, true, [&](const UsageDay::Row& row) {
      auto& [counters, speeds] =
        sums[{packed.text(by, row.value), packed.text(UsageDimension::node, row.node)}];
      counters += row.counters;
      const SketchBuckets its[]{row.speeds.first_token, row.speeds.latency, row.speeds.queued};
      for (std::size_t i = 0; i < speeds.size(); ++i) {
        SketchSum sum;
        sum.add(speeds[i].buckets());
        sum.add(its[i]);
        speeds[i] = sum.take();
      }
    });
  };
  const auto week = history.week(first);
  REQUIRE(week);
  REQUIRE(*week);
  CHECK((*week)->finest() == usage_week);
  for (std::size_t group = 0; group <= usage_dimension_count; ++group) {
    const auto by = group == usage_dimension_count
      ? std::nullopt
      : std::optional{static_cast<UsageDimension>(group)};
    std::map<std::pair<std::string, std::string>, Sum> whole;
    std::map<std::pair<std::string, std::string>, Sum> days;
    add(**week, by, whole);
    for (auto day = first; day < monday; day += one_day)
      add(**history.packed(day, usage_day_length), by, days);
    CAPTURE(group);
    CHECK(whole.size() > 0);
    CHECK((whole == days));
  }
  // It is kept, and each of its days was there.
  CHECK(*history.week(first) == *week);
  CHECK(history.bytes() > (*week)->bytes());
}

TEST_CASE("without room for a week its days are read", "[persistence][usage]") {
  TemporaryFolder data;
  testing::write_usage_days(MadeHistory{7, small}, data.path(), monday, 7);
  UsageHistory history{data.path(), {0, 0}};
  REQUIRE(history.first_day(monday));
  const auto week = history.week(monday - usage_week);
  REQUIRE(week);
  CHECK(*week == nullptr);
  CHECK(history.bytes() == 0);
  CHECK(*history.week(monday - 2 * usage_week) == nullptr);
}

TEST_CASE("a start takes the newest days in first, each once", "[persistence][usage]") {
  TemporaryFolder data;
  const MadeHistory made{5, {2, 3, 2, 1, 500}};
  testing::write_usage_days(made, data.path(), monday, 120);
  UsageHistory history{data.path()};
  int loaded = 0;
  for (auto more = history.load_next(monday); more && *more; more = history.load_next(monday))
    ++loaded;
  REQUIRE(loaded == 120 + 17); // and the whole weeks of them
  // In memory a day has what charts of its age need; the files may go.
  for (const auto& entry : std::filesystem::directory_iterator(data / "usage"))
    std::filesystem::remove(entry.path());
  const auto finest = [&](int days_ago) {
    return (*history.packed(monday - days_ago * one_day, usage_day_length))->finest();
  };
  REQUIRE(finest(14) == usage_hour);
  REQUIRE(finest(15) == usage_quarter);
  REQUIRE(finest(92) == usage_quarter);
  REQUIRE(finest(93) == usage_day_length);

  SECTION("and they grow old with the days that are closed") {
    REQUIRE(*history.load_next(monday + one_day) == false);
    REQUIRE(finest(14) == usage_quarter);
  }
}

} // namespace gateway
