#include "persistence/request_reader.hpp"

#include "persistence/json_file.hpp"
#include "persistence/record_line.hpp"
#include "store_support.hpp"

#include <catch2/catch.hpp>

namespace gateway {
namespace {

using testing::at;
using testing::sample_record;
using testing::TemporaryFolder;

constexpr Milliseconds hour{3'600'000};

RequestRecord record_at(std::uint64_t number, WallTime end) {
  auto record = sample_record(number, end);
  record.latency_us = 0;
  record.started = end;
  return record;
}

/// A record a second of the day of `at(…)`, from its beginning on.
void write_day(const TemporaryFolder& folder, const std::string& name, WallTime from, int count) {
  std::string text;
  for (int i = 0; i < count; ++i)
    append_record_line(
      text, record_at(static_cast<std::uint64_t>(i), from + Milliseconds{i * 1'000}));
  testing::write_text(folder / ("requests/" + name), text);
}

std::vector<WallTime> ends_in(RequestReader& reader) {
  std::vector<WallTime> ends;
  for (auto next = reader.next(); *next; next = reader.next()) ends.push_back((*next)->started);
  return ends;
}

std::vector<WallTime> ends_in(const TemporaryFolder& folder, WallTime from, WallTime to) {
  auto reader = RequestReader::open(folder.path(), from, to);
  REQUIRE(reader);
  return ends_in(*reader);
}

} // namespace

TEST_CASE("all records of a range are read, oldest first, and no others", "[persistence][log]") {
  TemporaryFolder folder;
  REQUIRE(make_folder(folder / "requests"));
  const auto first = at(0);
  write_day(folder, "2026-11-23.jsonl", first, 10'000);
  write_day(folder, "2026-11-24.jsonl", first + 24 * hour, 100);
  for (const int from : {0, 1, 777, 9'998}) {
    const auto begin = first + Milliseconds{from * 1'000};
    const auto ends = ends_in(folder, begin, begin + Milliseconds{30'000});
    REQUIRE(ends.size() == std::min<std::size_t>(30, 10'000 - static_cast<std::size_t>(from)));
    CHECK(ends.front() == begin);
    CHECK(std::ranges::is_sorted(ends));
  }
  CHECK(ends_in(folder, first + 2 * hour, first + 25 * hour).size() == 10'000 - 7'200 + 100);
  CHECK(ends_in(folder, first + 48 * hour, first + 49 * hour).empty());
  CHECK(ends_in(folder, first - 48 * hour, first).empty());
}

TEST_CASE("of more than is wanted the newest part is read", "[persistence][log]") {
  TemporaryFolder folder;
  REQUIRE(make_folder(folder / "requests"));
  write_day(folder, "2026-11-23.jsonl", at(0), 1'000);
  auto reader = RequestReader::open(folder.path(), at(0), at(12), 50'000);
  REQUIRE(reader);
  const auto ends = ends_in(*reader);
  CHECK(ends.size() > 50);
  CHECK(ends.size() < 200);
  CHECK(ends.back() == at(0) + Milliseconds{999'000});
  CHECK(reader->from() == ends.front());
  CHECK(reader->progress() == 1.0);
}

TEST_CASE("damaged lines are passed over", "[persistence][log]") {
  TemporaryFolder folder;
  REQUIRE(make_folder(folder / "requests"));
  std::string text = "{\"torn\n";
  append_record_line(text, record_at(1, at(1)));
  text += "\n\n";
  testing::write_text(folder / "requests/2026-11-23.jsonl", text);
  CHECK(ends_in(folder, at(0), at(2)) == std::vector{at(1)});
}

} // namespace gateway
