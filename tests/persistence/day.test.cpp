#include "persistence/day.hpp"

#include "store_support.hpp"

#include <catch2/catch.hpp>

namespace gateway {

TEST_CASE("a day is written as ten characters and read from nothing else", "[persistence][day]") {
  const auto day = day_of(testing::at(23, 59, 59));
  REQUIRE(day_text(day) == "2026-11-23");
  REQUIRE(read_day("2026-11-23") == day);
  REQUIRE(read_day("2024-02-29"));
  const auto odd = GENERATE(
    as<std::string>{},
    "",
    "2026-11-2",
    "2026-11-233",
    "2026-13-01",
    "2026-02-29",
    "2026-00-10",
    "2026/11/23",
    "+026-11-23",
    "2026-1a-23");
  CAPTURE(odd);
  REQUIRE_FALSE(read_day(odd));
}

TEST_CASE("a journal file is named after its day and part", "[persistence][day]") {
  const auto day = day_of(testing::at(0));
  REQUIRE(file_name({day, 0}) == "2026-11-23.jsonl");
  REQUIRE(file_name({day, 12}) == "2026-11-23.12.jsonl");
  REQUIRE(read_file_name("2026-11-23.jsonl") == JournalFile{day, 0});
  REQUIRE(read_file_name("2026-11-23.12.jsonl") == JournalFile{day, 12});
  const auto odd = GENERATE(
    as<std::string>{},
    "2026-11-23.traces.jsonl",
    "2026-11-23.jsonl.new",
    "2026-11-23.0.jsonl",
    "2026-11-23.01.jsonl",
    "2026-11-23..jsonl",
    "2026-11-23.-1.jsonl",
    "2026-11-23.10000.jsonl",
    "2026-11-23-1.jsonl",
    "today.jsonl",
    ".jsonl");
  CAPTURE(odd);
  REQUIRE_FALSE(read_file_name(odd));
}

TEST_CASE("a request counts on the day it ended", "[persistence][day]") {
  RequestRecord record;
  record.started = testing::at(23, 59, 59);
  record.latency_us = 1'000'000;
  REQUIRE(day_text(day_of(ended(record))) == "2026-11-24");
}

} // namespace gateway
