#include "persistence/usage_day.hpp"

#include "made_history.hpp"
#include "persistence/usage_day_file.hpp"
#include "persistence/usage_history.hpp"
#include "store_support.hpp"

#include <catch2/catch.hpp>

#include <filesystem>

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

TEST_CASE("a start takes the newest days in first, each once", "[persistence][usage]") {
  TemporaryFolder data;
  const MadeHistory made{5, {2, 3, 2, 1, 500}};
  testing::write_usage_days(made, data.path(), monday, 120);
  UsageHistory history{data.path()};
  int loaded = 0;
  for (auto more = history.load_next(monday); more && *more; more = history.load_next(monday))
    ++loaded;
  REQUIRE(loaded == 120);
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
