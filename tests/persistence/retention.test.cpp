#include "persistence/retention.hpp"

#include "store_support.hpp"

#include <catch2/catch.hpp>

#include <cerrno>

namespace gateway {
namespace {

using testing::at;
using testing::FaultyFiles;
using testing::FileCall;
using testing::TemporaryFolder;
using Names = std::vector<std::string>;

const Day today = day_of(at(0));

/// A hundred bytes a file; the 20th has a second part and traces, today is the 23rd.
struct Fixture {
  TemporaryFolder folder;
  FaultyFiles files;

  Fixture() {
    for (const auto* name :
         {"2026-11-19.jsonl",
          "2026-11-20.jsonl",
          "2026-11-20.1.jsonl",
          "2026-11-20.traces.jsonl",
          "2026-11-21.jsonl",
          "2026-11-22.jsonl",
          "2026-11-23.jsonl",
          "notes.txt"})
      testing::write_text(folder / name, std::string(100, 'x'));
  }
  RetentionReport apply(RetentionRule rule, Day first_open_day = today) {
    auto report = apply_retention(files, folder.path(), rule, first_open_day, at(12));
    REQUIRE(report);
    return *std::move(report);
  }
};

} // namespace

TEST_CASE("days older than the rule's are removed", "[persistence][retention]") {
  Fixture log;
  const auto report = log.apply({2, 1'000'000});
  REQUIRE(
    report.removed
    == Names{
      "2026-11-19.jsonl", "2026-11-20.1.jsonl", "2026-11-20.jsonl", "2026-11-20.traces.jsonl"});
  REQUIRE(report.bytes_left == 300);
  REQUIRE_FALSE(report.over);
  REQUIRE(
    testing::names_in(log.folder.path())
    == Names{"2026-11-21.jsonl", "2026-11-22.jsonl", "2026-11-23.jsonl", "notes.txt"});
  REQUIRE(log.apply({2, 1'000'000}).removed.empty());
}

TEST_CASE(
  "whole days are removed, the oldest first, until the rest fits", "[persistence][retention]") {
  Fixture log;
  // 700 bytes; without the 19th 600, and without one file of the 20th 500: but it goes whole.
  const auto report = log.apply({30, 500});
  REQUIRE(report.removed.size() == 4);
  REQUIRE(report.bytes_left == 300);
}

TEST_CASE(
  "a day that is not in the totals' files stays, whatever its size", "[persistence][retention]") {
  Fixture log;
  const auto report = log.apply({1, 0}, today - std::chrono::days{2});
  REQUIRE(report.removed.size() == 4);
  REQUIRE(report.bytes_left == 300);
  REQUIRE(report.over);
}

TEST_CASE("a rule of no days keeps a day", "[persistence][retention]") {
  Fixture log;
  REQUIRE(log.apply({-5, 1'000'000}).bytes_left == 200);
}

TEST_CASE(
  "a file that cannot be removed is an error, one that is gone is not",
  "[persistence][retention]") {
  Fixture log;
  log.files.fails = [](FileCall call, std::uint64_t) {
    return call == FileCall::remove ? std::optional{EACCES} : std::nullopt;
  };
  REQUIRE_FALSE(apply_retention(log.files, log.folder.path(), {1, 0}, today, at(12)));
  log.files.fails = [](FileCall call, std::uint64_t) {
    return call == FileCall::remove ? std::optional{ENOENT} : std::nullopt;
  };
  REQUIRE(apply_retention(log.files, log.folder.path(), {1, 0}, today, at(12)));
  REQUIRE_FALSE(apply_retention(log.files, log.folder / "nowhere", {1, 0}, today, at(12)));
}

TEST_CASE("an index counts, and goes with its day", "[persistence][retention]") {
  Fixture log;
  for (const auto* name : {"2026-11-20.index", "2026-11-20.1.index", "2026-11-22.index"})
    testing::write_text(log.folder / name, std::string(100, 'x'));
  const auto report = log.apply({2, 1'000'000});
  REQUIRE(report.removed.size() == 6);
  REQUIRE(report.bytes_left == 400);
  REQUIRE(
    testing::names_in(log.folder.path())
    == Names{
      "2026-11-21.jsonl", "2026-11-22.index", "2026-11-22.jsonl", "2026-11-23.jsonl", "notes.txt"});
}

} // namespace gateway
