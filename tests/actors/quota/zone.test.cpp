#include "actors/quota/zone.hpp"

#include "actors/quota/calendar.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <iterator>

using namespace gateway;
using namespace std::chrono;

namespace {

std::shared_ptr<const Zone> zone_of(std::string_view name) {
  const auto zone = Zone::find(name);
  if (!zone) FAIL(zone.error().message);
  return *zone;
}

std::string zone_file(const std::string& name) {
  std::ifstream file{"/usr/share/zoneinfo/" + name, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

sys_seconds utc(int y, unsigned m, unsigned d, hours h = 0h, minutes min = 0min) {
  return sys_days{year{y} / month{m} / day{d}} + h + min;
}

} // namespace

TEST_CASE("a zone knows how far its local time is from UTC", "[quota][zone]") {
  struct Row {
    const char* zone;
    sys_seconds at;
    seconds offset;
  };
  const auto row = GENERATE(
    Row{"utc", utc(2026, 7, 1), 0s},
    Row{"Etc/UTC", utc(2026, 7, 1), 0s},
    Row{"America/Los_Angeles", utc(2026, 1, 15), -8h},
    Row{"America/Los_Angeles", utc(2026, 7, 15), -7h},
    Row{"America/Los_Angeles", utc(2026, 3, 8, 9h, 59min), -8h}, // 02:00 PST is 10:00 UTC
    Row{"America/Los_Angeles", utc(2026, 3, 8, 10h), -7h},
    Row{"America/Los_Angeles", utc(2026, 11, 1, 8h, 59min), -7h}, // 02:00 PDT is 09:00 UTC
    Row{"America/Los_Angeles", utc(2026, 11, 1, 9h), -8h},
    // Beyond the table of the file, by the rule at its end.
    Row{"America/Los_Angeles", utc(2061, 3, 13, 9h, 59min), -8h},
    Row{"America/Los_Angeles", utc(2061, 3, 13, 10h), -7h},
    Row{"America/Los_Angeles", utc(2061, 11, 6, 9h), -8h},
    Row{"Australia/Sydney", utc(2060, 1, 1), 11h}, // summer goes over the new year
    Row{"Australia/Sydney", utc(2060, 7, 1), 10h},
    Row{"Asia/Kolkata", utc(2026, 7, 1), 5h + 30min},
    Row{"Asia/Kathmandu", utc(2060, 7, 1), 5h + 45min},
    Row{"Europe/Dublin", utc(2060, 7, 1), 1h}, // its winter is the exception
    Row{"Europe/Dublin", utc(2060, 1, 1), 0h},
    Row{"America/New_York", utc(1900, 1, 1), -5h});
  CAPTURE(row.zone, row.at.time_since_epoch().count());
  CHECK(zone_of(row.zone)->offset_at(row.at) == row.offset);
}

TEST_CASE("what is no zone is refused", "[quota][zone]") {
  const auto name = GENERATE(
    "",
    "Nowhere/Land",
    "../zoneinfo/Europe/Berlin",
    "/etc/passwd",
    "Europe/Berlin\n",
    "Europe",
    "tzdata.zi",
    "zone.tab",
    "a name of more than sixty-four characters which no zone has had up to now");
  CAPTURE(name);
  const auto zone = Zone::find(name);
  REQUIRE_FALSE(zone);
  CHECK(zone.error().kind == ErrorKind::invalid_value);
}

TEST_CASE("a cut zone file is refused at every length", "[quota][zone]") {
  const auto bytes = zone_file("Asia/Tokyo");
  REQUIRE(bytes.size() > 100);
  REQUIRE(Zone::read(bytes));
  // The last byte is the line feed behind the rule, which may be missing.
  for (std::size_t length = 0; length + 1 < bytes.size(); ++length) {
    CAPTURE(length);
    const auto zone = Zone::read(std::string_view{bytes}.substr(0, length));
    const bool is_refused_or_whole_rule = !zone || length > bytes.size() - 8;
    CHECK(is_refused_or_whole_rule);
  }
}

TEST_CASE("a zone file with any byte changed is refused or read, never worse", "[quota][zone]") {
  const auto bytes = zone_file("Europe/Berlin");
  REQUIRE(Zone::read(bytes));
  std::size_t refused = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (const auto value : {'\0', '\x7f', '\xff', '9'}) {
      auto damaged = bytes;
      damaged[i] = value;
      const auto zone = Zone::read(damaged);
      if (!zone) {
        ++refused;
        continue;
      }
      const auto offset = (*zone)->offset_at(utc(2026, 7, 1));
      CHECK(abs(offset) <= 26h + 168h);
      const auto later = (*zone)->offset_at(utc(2070, 7, 1));
      CHECK(abs(later) <= 26h + 168h);
    }
  }
  CHECK(refused > 100);
}

TEST_CASE("periods begin and end at local midnights", "[quota][calendar]") {
  struct Row {
    const char* when;
    const char* zone;
    WindowKind kind;
    sys_seconds at, begins, ends;
  };
  const auto row = GENERATE(
    Row{
      "a day in UTC",
      "utc",
      WindowKind::day,
      utc(2026, 11, 23, 13h),
      utc(2026, 11, 23),
      utc(2026, 11, 24)},
    Row{
      "its first second",
      "utc",
      WindowKind::day,
      utc(2026, 11, 23),
      utc(2026, 11, 23),
      utc(2026, 11, 24)},
    Row{
      "a day at the Pacific",
      "America/Los_Angeles",
      WindowKind::day,
      utc(2026, 11, 23, 7h, 59min),
      utc(2026, 11, 22, 8h),
      utc(2026, 11, 23, 8h)},
    Row{
      "a day of 23 hours",
      "America/Los_Angeles",
      WindowKind::day,
      utc(2026, 3, 8, 15h),
      utc(2026, 3, 8, 8h),
      utc(2026, 3, 9, 7h)},
    Row{
      "a day of 25 hours",
      "America/Los_Angeles",
      WindowKind::day,
      utc(2026, 11, 1, 15h),
      utc(2026, 11, 1, 7h),
      utc(2026, 11, 2, 8h)},
    Row{
      "a midnight that is skipped",
      "America/Sao_Paulo",
      WindowKind::day,
      utc(2018, 11, 4, 12h),
      utc(2018, 11, 4, 3h),
      utc(2018, 11, 5, 2h)},
    Row{
      "a midnight that is there twice",
      "America/Havana",
      WindowKind::day,
      utc(2026, 11, 1, 12h),
      utc(2026, 11, 1, 4h),
      utc(2026, 11, 2, 5h)},
    Row{
      "an hour put back over midnight",
      "America/Sao_Paulo",
      WindowKind::day,
      utc(2019, 2, 17, 2h, 30min),
      utc(2019, 2, 16, 2h),
      utc(2019, 2, 17, 3h)},
    Row{
      "a week",
      "utc",
      WindowKind::week,
      utc(2026, 11, 26, 1h),
      utc(2026, 11, 23),
      utc(2026, 11, 30)},
    Row{
      "a week's last second",
      "utc",
      WindowKind::week,
      utc(2026, 11, 29, 23h),
      utc(2026, 11, 23),
      utc(2026, 11, 30)},
    Row{"a month", "utc", WindowKind::month, utc(2026, 11, 23), utc(2026, 11, 1), utc(2026, 12, 1)},
    Row{
      "December",
      "utc",
      WindowKind::month,
      utc(2026, 12, 31, 23h),
      utc(2026, 12, 1),
      utc(2027, 1, 1)},
    Row{
      "a leap February in Tokyo",
      "Asia/Tokyo",
      WindowKind::month,
      utc(2028, 2, 29, 14h),
      utc(2028, 1, 31, 15h),
      utc(2028, 2, 29, 15h)});
  CAPTURE(row.when);
  const auto period = period_at(*zone_of(row.zone), row.kind, row.at);
  CHECK(period.begins == row.begins);
  CHECK(period.ends == row.ends);
}

TEST_CASE("periods follow each other without a gap", "[quota][calendar]") {
  const auto name = GENERATE(
    "utc",
    "America/Los_Angeles",
    "America/Havana",
    "America/Sao_Paulo",
    "Africa/Cairo",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Asia/Beirut",
    "America/Scoresbysund");
  const auto kind = GENERATE(WindowKind::day, WindowKind::week, WindowKind::month);
  CAPTURE(name, static_cast<int>(kind));
  const auto held = zone_of(name);
  const auto& zone = *held;
  auto period = period_at(zone, kind, utc(2016, 1, 1));
  while (period.begins < utc(2031, 1, 1)) {
    const auto next = period_of(zone, kind, period.ordinal + 1);
    REQUIRE(period.begins <= period.ends);
    REQUIRE(next.begins == period.ends);
    if (period.begins < period.ends) {
      REQUIRE(period_at(zone, kind, period.begins).ordinal == period.ordinal);
      REQUIRE(period_at(zone, kind, period.ends - 1s).ordinal == period.ordinal);
    }
    period = next;
  }
}
