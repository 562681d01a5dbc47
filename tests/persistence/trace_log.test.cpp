#include "persistence/trace_log.hpp"

#include "store_support.hpp"

#include <catch2/catch.hpp>

#include <cerrno>

namespace gateway {
namespace {

using testing::at;
using testing::FaultyFiles;
using testing::FileCall;
using testing::TemporaryFolder;

const Day day = day_of(at(0));

/// A TraceEntry that keeps its texts.
struct Traced {
  std::string id;
  WallTime ended;
  bool remarkable;
  std::string trace;
};

TraceLines lines_of(const std::vector<Traced>& all) {
  TraceLines lines;
  for (const auto& one : all) lines.add({one.id, one.ended, one.remarkable, one.trace});
  return lines;
}

struct Fixture {
  TemporaryFolder folder;
  FaultyFiles files;
  TraceLog traces{files, folder.path()};

  std::optional<std::string> find(std::string_view id, WallTime ended = at(10)) {
    const auto found = traces.find(id, ended);
    REQUIRE(found);
    return *found;
  }
  void append(const std::vector<Traced>& all) { REQUIRE(traces.append(lines_of(all))); }
};

Traced entry(const std::string& id, bool remarkable = false, WallTime ended = at(10)) {
  return {id, ended, remarkable, R"({"of":")" + id + R"("})"};
}

} // namespace

TEST_CASE("a trace is found by its record's id on its day", "[persistence][trace]") {
  Fixture log;
  log.append({entry("a"), entry("b"), entry("c", false, at(1, 0, 0, 24)), entry("d")});
  REQUIRE(log.find("a") == R"({"of":"a"})");
  REQUIRE(log.find("d") == R"({"of":"d"})");
  REQUIRE(log.find("c") == std::nullopt);
  REQUIRE(log.find("c", at(1, 0, 0, 24)) == R"({"of":"c"})");
  REQUIRE(log.find("a", at(10, 0, 0, 22)) == std::nullopt);
  REQUIRE(
    testing::names_in(log.folder.path())
    == std::vector<std::string>{"2026-11-23.traces.jsonl", "2026-11-24.traces.jsonl"});
}

TEST_CASE("among many, a trace is found around its time, however late", "[persistence][trace]") {
  Fixture log;
  constexpr int minutes = 600;
  std::vector<Traced> entries;
  for (int minute = 0; minute < minutes; ++minute) {
    const auto ended = at(minute / 60, minute % 60);
    auto one = entry("at-" + std::to_string(minute), false, ended);
    one.trace = "\"" + std::string(4'000, 'x') + "\""; // so that not all is read anyway
    entries.push_back(one);
    // Written behind one that ended half a minute after it.
    if (minute > 0)
      entries.push_back(
        entry("late-" + std::to_string(minute), false, ended - Milliseconds{30'000}));
  }
  log.append(entries);
  for (int minute = 1; minute < minutes; minute += 7) {
    const auto ended = at(minute / 60, minute % 60);
    const auto number = std::to_string(minute);
    REQUIRE(log.find("at-" + number, ended));
    REQUIRE(log.find("late-" + number, ended - Milliseconds{30'000}));
    REQUIRE(log.find("nobody", ended) == std::nullopt);
  }
  REQUIRE(log.find("at-500", at(1)) == std::nullopt); // it ended hours later
}

TEST_CASE("lines that were gathered apart stand in the order of both", "[persistence][trace]") {
  Fixture log;
  TraceLines all;
  all.add(lines_of({entry("a"), entry("b", false, at(1, 0, 0, 24))}));
  all.add(lines_of({}));
  all.add(lines_of({entry("c", false, at(2, 0, 0, 24)), entry("d")}));
  REQUIRE(all.days().size() == 3);
  REQUIRE(all.bytes() == lines_of({entry("a"), entry("b"), entry("c"), entry("d")}).bytes());
  REQUIRE(log.traces.append(all));
  REQUIRE(log.find("a"));
  REQUIRE(log.find("d"));
  REQUIRE(log.find("b", at(1, 0, 0, 24)));
  REQUIRE(log.find("c", at(2, 0, 0, 24)));
}

TEST_CASE("a trace is not taken for another's because it speaks of it", "[persistence][trace]") {
  Fixture log;
  auto odd = entry("x");
  odd.trace = R"({"id":"y","trace":{"keep":true},"text":"\"id\":\"y\","})";
  log.append({odd});
  REQUIRE(log.find("y") == std::nullopt);
  REQUIRE(log.find("x") == odd.trace);
}

TEST_CASE("a trace that is no line or too long is left out", "[persistence][trace]") {
  Fixture log;
  auto broken = entry("broken");
  broken.trace = "{\n}";
  auto empty = entry("empty");
  empty.trace.clear();
  auto long_one = entry("long");
  long_one.trace = "\"" + std::string(trace_bytes_max, 'x') + "\"";
  auto longest = entry("longest");
  longest.trace = "\"" + std::string(trace_bytes_max - 2, 'x') + "\"";
  log.append({broken, empty, long_one, longest, entry("fine")});
  REQUIRE(log.find("broken") == std::nullopt);
  REQUIRE(log.find("empty") == std::nullopt);
  REQUIRE(log.find("long") == std::nullopt);
  REQUIRE(log.find("longest") == longest.trace);
  REQUIRE(log.find("fine"));
}

TEST_CASE("a failed write loses its traces and no others", "[persistence][trace]") {
  Fixture log;
  log.append({entry("before")});
  log.files.short_write = 40;
  const auto torn = log.traces.append(lines_of({entry("torn")}));
  REQUIRE_FALSE(torn);
  REQUIRE(torn.error().kind == ErrorKind::storage_unavailable);
  log.append({entry("after")});
  REQUIRE(log.find("before"));
  REQUIRE(log.find("torn") == std::nullopt);
  REQUIRE(log.find("after"));
  log.files.fails = [](FileCall call, std::uint64_t) {
    return call == FileCall::open ? std::optional{EMFILE} : std::nullopt;
  };
  REQUIRE_FALSE(log.traces.append(lines_of({entry("x", false, at(1, 0, 0, 25))})));
}

TEST_CASE("after a day the remarkable ones stay, and one in ten", "[persistence][trace]") {
  Fixture log;
  std::vector<Traced> entries;
  for (int i = 0; i < 1'000; ++i) entries.push_back(entry("usual-" + std::to_string(i)));
  for (int i = 0; i < 20; ++i) entries.push_back(entry("failed-" + std::to_string(i), true));
  log.append(entries);
  REQUIRE(log.traces.thin(day));
  int usual = 0;
  for (int i = 0; i < 1'000; ++i)
    if (log.find("usual-" + std::to_string(i))) ++usual;
  REQUIRE(usual > 60);
  REQUIRE(usual < 140);
  for (int i = 0; i < 20; ++i) REQUIRE(log.find("failed-" + std::to_string(i)));

  // Again, the same stay; what comes later is appended behind them.
  log.append({entry("late", true)});
  REQUIRE(log.traces.thin(day));
  int again = 0;
  for (int i = 0; i < 1'000; ++i)
    if (log.find("usual-" + std::to_string(i))) ++again;
  REQUIRE(again == usual);
  REQUIRE(log.find("late"));
  REQUIRE(log.traces.thin(day + std::chrono::days{5})); // there is none
  REQUIRE(testing::names_in(log.folder.path()).size() == 1);
}

TEST_CASE("a thinning that fails leaves the day as it was", "[persistence][trace]") {
  for (std::uint64_t failing = 1; failing <= 6; ++failing) {
    Fixture log;
    std::vector<Traced> entries{entry("kept", true)};
    for (int i = 0; i < 50; ++i) entries.push_back(entry("usual-" + std::to_string(i)));
    log.append(entries);
    const auto before = log.files.calls;
    log.files.fails = [&](FileCall call, std::uint64_t number) {
      const bool fails = number == before + failing && call != FileCall::remove;
      return fails ? std::optional{EIO} : std::nullopt;
    };
    (void)log.traces.thin(day);
    log.files.fails = nullptr;
    CAPTURE(failing);
    REQUIRE(log.find("kept"));
    REQUIRE(testing::names_in(log.folder.path()).size() == 1);
  }
}

} // namespace gateway
