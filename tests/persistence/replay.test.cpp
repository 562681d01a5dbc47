#include "persistence/replay.hpp"

#include "store_support.hpp"

#include <catch2/catch.hpp>

#include <cerrno>

namespace gateway {
namespace {

using testing::at;
using testing::FaultyFiles;
using testing::FileCall;
using testing::sample_record;
using testing::TemporaryFolder;
using Ids = std::vector<std::string>;

const Day day = day_of(at(0));
const JournalFile today{day, 0};

std::string id_of(std::uint64_t number) {
  return sample_record(number, at(1)).id;
}

/// A short one: many tests take it byte by byte.
std::string line(std::uint64_t number) {
  RequestRecord record;
  record.id = id_of(number);
  record.started = at(1);
  record.node = "n";
  std::string text;
  append_record_line(text, record);
  return text;
}

/// What a start does with the journal's files, and what it finds.
struct Start {
  Ids ids;
  Damage damage;
};

Result<Start> start(const std::string& data, const Coverage& covered, Files& files) {
  Start found;
  GATEWAY_TRY(auto stored, journal_files(data + "/requests", Day::min()));
  for (auto& file : stored) {
    if (auto cut = cut_torn_end(file, files, found.damage); !cut) return fail(cut.error());
    const auto replayed = replay_file(
      file,
      covered,
      {&files, data + "/damaged"},
      found.damage,
      [&](RequestRecord&& record, const Extent&) { found.ids.push_back(record.id); });
    if (!replayed) return fail(replayed.error());
  }
  return found;
}

Result<Start> start(const std::string& data, const Coverage& covered = {}) {
  FaultyFiles files; // whose syncs cost nothing
  return start(data, covered, files);
}

} // namespace

TEST_CASE(
  "a file cut at any byte gives its whole lines, and then takes new ones",
  "[persistence][replay]") {
  const auto lines = std::vector{line(1), line(2), line(3)};
  const auto text = lines[0] + lines[1] + lines[2];
  TemporaryFolder data;
  for (std::size_t length = 0; length <= text.size(); ++length) {
    const auto path = data / "requests/2026-11-23.jsonl";
    testing::write_text(path, text.substr(0, length));
    Ids expected;
    std::size_t whole = 0;
    for (std::uint64_t number = 1; number <= 3; ++number) {
      if (whole + lines[number - 1].size() > length) break;
      whole += lines[number - 1].size();
      expected.push_back(id_of(number));
    }
    const auto found = start(data.path());
    CAPTURE(length);
    REQUIRE(found);
    REQUIRE(found->ids == expected);
    REQUIRE(found->damage.torn_lines == (length > whole ? 1 : 0));
    REQUIRE(found->damage.torn_bytes == length - whole);
    REQUIRE(found->damage.damaged_lines == 0);
    REQUIRE(testing::text_of(path) == text.substr(0, whole));
    // What is appended next stands on a line of its own.
    testing::write_text(path, testing::text_of(path) + line(9));
    expected.push_back(id_of(9));
    REQUIRE(start(data.path())->ids == expected);
  }
}

TEST_CASE(
  "a damaged byte costs its own line only, and the line is set aside", "[persistence][replay]") {
  const auto first = line(1);
  const auto second = line(2);
  const auto third = line(3);
  for (std::size_t i = 0; i + 1 < second.size(); i += 3) {
    TemporaryFolder data;
    auto damaged = second;
    damaged[i] = static_cast<char>(damaged[i] ^ 4);
    testing::write_text(data / "requests/2026-11-23.jsonl", first + damaged + third);
    const auto found = start(data.path());
    CAPTURE(i);
    REQUIRE(found);
    REQUIRE(found->ids == Ids{id_of(1), id_of(3)});
    REQUIRE(found->damage.damaged_lines == 1);
    REQUIRE(found->damage.torn_lines == 0);
    const auto name = "2026-11-23.jsonl@" + std::to_string(first.size());
    REQUIRE(testing::names_in(data / "damaged") == Ids{name});
    REQUIRE(testing::text_of(data / ("damaged/" + name)) + "\n" == damaged);
    // A second look finds the same, and sets it aside under the same name.
    REQUIRE(start(data.path())->ids == Ids{id_of(1), id_of(3)});
    REQUIRE(testing::names_in(data / "damaged").size() == 1);
  }
}

TEST_CASE(
  "a torn write with another thread's line behind it costs only itself", "[persistence][replay]") {
  const auto torn = line(1);
  for (std::size_t cut = 1; cut + 1 < torn.size(); cut += 7) {
    TemporaryFolder data;
    testing::write_text(
      data / "requests/2026-11-23.jsonl", torn.substr(0, cut) + line(2) + line(3));
    const auto found = start(data.path());
    CAPTURE(cut);
    REQUIRE(found);
    REQUIRE(found->ids == Ids{id_of(2), id_of(3)});
    REQUIRE(found->damage.damaged_lines == 1);
    REQUIRE(found->damage.damaged_bytes == cut);
  }
}

TEST_CASE("anything may stand in a file", "[persistence][replay]") {
  struct Row {
    const char* when;
    std::string text;
    std::uint64_t torn, damaged;
  };
  const auto row = GENERATE_COPY(
    Row{"nothing", "", 0, 0},
    Row{"zeros, as a crash leaves them", line(1) + std::string(3'000'000, '\0'), 1, 0},
    Row{"zeros in the middle", line(1) + std::string(5'000, '\0') + "\n" + line(2), 0, 1},
    Row{"empty lines", "\n\n" + line(1) + "\n" + line(2) + "\n", 0, 0},
    Row{"JSON of somebody else", "{\"id\":\"x\"}\n" + line(1), 0, 1},
    Row{"a piece longer than any line", std::string(2'500'000, 'x') + "\n" + line(1), 0, 3});
  CAPTURE(row.when);
  TemporaryFolder data;
  testing::write_text(data / "requests/2026-11-23.jsonl", row.text);
  const auto found = start(data.path());
  REQUIRE(found);
  REQUIRE(found->damage.torn_lines == row.torn);
  REQUIRE(found->damage.damaged_lines == row.damaged);
  const bool has_second = row.text.find(id_of(2)) != std::string::npos;
  const bool has_first = row.text.find(id_of(1)) != std::string::npos;
  REQUIRE(found->ids.size() == (has_first ? 1U : 0U) + (has_second ? 1U : 0U));
}

TEST_CASE("covered lines are not read again", "[persistence][replay]") {
  TemporaryFolder data;
  std::string text;
  std::vector<std::uint64_t> ends{0};
  for (std::uint64_t number = 1; number <= 4; ++number) {
    text += line(number);
    ends.push_back(text.size());
  }
  testing::write_text(data / "requests/2026-11-23.jsonl", text);
  Coverage covered;
  covered.add({today, ends[1], ends[2]});
  covered.add({today, ends[3], ends[4]});
  REQUIRE(start(data.path(), covered)->ids == Ids{id_of(1), id_of(3)});
  covered.add({today, 0, ends[3]});
  REQUIRE(start(data.path(), covered)->ids.empty());
}

TEST_CASE("a replay tells where each line stands", "[persistence][replay]") {
  TemporaryFolder data;
  const auto text = "torn" + line(1) + line(2);
  testing::write_text(data / "requests/2026-11-23.jsonl", text);
  const auto stored = journal_files(data / "requests", day);
  REQUIRE(stored);
  std::vector<Extent> extents;
  Damage damage;
  REQUIRE(replay_file(stored->front(), {}, {}, damage, [&](RequestRecord&&, const Extent& extent) {
    extents.push_back(extent);
  }));
  const auto middle = 4 + line(1).size();
  REQUIRE(extents == std::vector<Extent>{{today, 4, middle}, {today, middle, text.size()}});
  // It only looked.
  REQUIRE(testing::names_in(data.path()) == Ids{"requests"});
}

TEST_CASE("lines that were copied to a later part count there only", "[persistence][replay]") {
  TemporaryFolder data;
  const auto kept = line(1);
  testing::write_text(data / "requests/2026-11-23.jsonl", kept + line(2) + line(3));
  std::string part;
  append_continuation_line(part, {today, kept.size()});
  testing::write_text(data / "requests/2026-11-23.1.jsonl", part + line(2) + line(3) + line(4));
  REQUIRE(start(data.path())->ids == Ids{id_of(1), id_of(2), id_of(3), id_of(4)});
  REQUIRE(testing::text_of(data / "requests/2026-11-23.jsonl") == kept);
  REQUIRE(start(data.path())->ids == Ids{id_of(1), id_of(2), id_of(3), id_of(4)});

  SECTION("and coverage follows them") {
    Coverage covered;
    covered.add({today, 0, kept.size() + line(2).size()});
    follow_moves(covered, *journal_files(data / "requests", day));
    REQUIRE(start(data.path(), covered)->ids == Ids{id_of(3), id_of(4)});
  }
}

TEST_CASE("a part that was itself copied whole hands everything on", "[persistence][replay]") {
  TemporaryFolder data;
  testing::write_text(data / "requests/2026-11-23.jsonl", line(1) + line(2));
  std::string first;
  append_continuation_line(first, {today, line(1).size()});
  first += line(2);
  testing::write_text(data / "requests/2026-11-23.1.jsonl", first);
  std::string second;
  append_continuation_line(second, {{day, 1}, 0});
  second += first + line(3);
  testing::write_text(data / "requests/2026-11-23.2.jsonl", second);
  for (int again = 0; again < 2; ++again) {
    const auto found = start(data.path());
    REQUIRE(found->ids == Ids{id_of(1), id_of(2), id_of(3)});
    REQUIRE(found->damage.damaged_lines == 0);
  }
  Coverage covered;
  covered.add({today, 0, line(1).size() + line(2).size()});
  follow_moves(covered, *journal_files(data / "requests", day));
  REQUIRE(start(data.path(), covered)->ids == Ids{id_of(3)});
}

TEST_CASE("files come by day and part, and others are not the journal's", "[persistence][replay]") {
  TemporaryFolder data;
  for (const auto* name :
       {"2026-11-24.jsonl",
        "2026-11-23.10.jsonl",
        "2026-11-23.2.jsonl",
        "2026-11-22.jsonl",
        "2026-11-23.jsonl",
        "2026-11-23.traces.jsonl",
        "2026-11-23.3.jsonl.new",
        "notes.txt"})
    testing::write_text(data / ("requests/" + std::string(name)), "");
  Ids names;
  const auto stored = journal_files(data / "requests", day);
  REQUIRE(stored);
  for (const auto& file : *stored) names.push_back(file_name(file.name));
  REQUIRE(
    names
    == Ids{"2026-11-23.jsonl", "2026-11-23.2.jsonl", "2026-11-23.10.jsonl", "2026-11-24.jsonl"});
  REQUIRE(journal_files(data / "nowhere", day)->empty());
}

TEST_CASE("a start that cannot repair a file says so and leaves it", "[persistence][replay]") {
  const auto call = GENERATE(FileCall::open, FileCall::truncate, FileCall::sync);
  TemporaryFolder data;
  const auto path = data / "requests/2026-11-23.jsonl";
  testing::write_text(path, line(1) + "torn");
  FaultyFiles files;
  files.fails = [&](FileCall made, std::uint64_t) {
    return made == call ? std::optional{EIO} : std::nullopt;
  };
  const auto found = start(data.path(), {}, files);
  REQUIRE_FALSE(found);
  REQUIRE(found.error().kind == ErrorKind::storage_unavailable);
  files.fails = nullptr;
  REQUIRE(start(data.path(), {}, files)->ids == Ids{id_of(1)});
}

} // namespace gateway
