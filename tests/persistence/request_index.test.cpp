#include "persistence/request_index.hpp"

#include "asked_log.hpp"
#include "persistence/record_line.hpp"
#include "store_support.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cerrno>
#include <filesystem>

namespace gateway {
namespace {

using testing::all_ids;
using testing::at;
using testing::FaultyFiles;
using testing::FileCall;
using testing::sample_record;
using testing::TemporaryFolder;
using Ids = std::vector<std::string>;

std::string line(std::uint64_t number, int hour = 1, int day = 23) {
  std::string text;
  append_record_line(text, sample_record(number, at(hour, 0, 0, day)));
  return text;
}

std::string lines(std::uint64_t first, std::uint64_t behind) {
  std::string text;
  for (auto number = first; number < behind; ++number) text += line(number);
  return text;
}

/// Ids of the samples [first, behind), newest first.
Ids ids(std::uint64_t first, std::uint64_t behind) {
  Ids ids;
  for (auto number = behind; number-- > first;) ids.push_back(sample_record(number, at(1)).id);
  return ids;
}

struct Fixture {
  TemporaryFolder data;
  FaultyFiles files;

  std::string journal(const std::string& name = "2026-11-23") const {
    return data / ("requests/" + name + ".jsonl");
  }
  std::string index(const std::string& name = "2026-11-23") const {
    return data / ("requests/" + name + ".index");
  }
  void write(const std::string& text, const std::string& name = "2026-11-23") const {
    testing::write_text(journal(name), text);
  }
  void append(const std::string& text) const { write(testing::text_of(journal()) + text); }

  static RequestPaging::Wanted everything() {
    RequestPaging::Wanted wanted;
    wanted.query = {at(0, 0, 0, 1), at(0, 0, 0, 30)};
    wanted.limit = request_page_max;
    return wanted;
  }
  /// What a life that begins now lists.
  Ids listed() {
    RequestIndex fresh{files, data.path()};
    return all_ids(fresh, everything());
  }
};

} // namespace

TEST_CASE("names of index files are those of their journal's", "[persistence][log]") {
  REQUIRE(index_file_name({day_of(at(1)), 0}) == "2026-11-23.index");
  REQUIRE(index_file_name({day_of(at(1)), 2}) == "2026-11-23.2.index");
  REQUIRE(read_index_file_name("2026-11-23.2.index") == JournalFile{day_of(at(1)), 2});
  for (const auto* other : {"2026-11-23.jsonl", ".index", "2026-11-23.index.new", "x.index"})
    REQUIRE_FALSE(read_index_file_name(other));
}

TEST_CASE("an index has what its journal has, and grows with it", "[persistence][log]") {
  Fixture log;
  log.write(lines(0, 3));
  RequestIndex index{log.files, log.data.path()};
  REQUIRE(all_ids(index, Fixture::everything()) == ids(0, 3));
  log.append(lines(3, 5));
  REQUIRE(all_ids(index, Fixture::everything()) == ids(0, 5));
  // Blocks that are full are read from the file, the rest from memory.
  log.append(lines(5, 2 * index_rows_max + 7));
  REQUIRE(all_ids(index, Fixture::everything()) == ids(0, 2 * index_rows_max + 7));
  REQUIRE(std::filesystem::exists(log.index()));
}

TEST_CASE("a later life takes up the index, or makes it again", "[persistence][log]") {
  Fixture log;
  const auto count = 2 * index_rows_max + 7;
  log.write(lines(0, count));
  REQUIRE(log.listed() == ids(0, count));
  const auto stored = testing::text_of(log.index());
  const auto block = stored.size() / 2;

  SECTION("as it is") {
    log.files.fails = [](FileCall call, std::uint64_t) {
      return call == FileCall::write ? std::optional{ENOSPC} : std::nullopt;
    };
    REQUIRE(log.listed() == ids(0, count));
  }
  SECTION("where it is gone") {
    std::filesystem::remove(log.index());
    REQUIRE(log.listed() == ids(0, count));
    REQUIRE(testing::text_of(log.index()) == stored);
  }
  SECTION("where it is torn, from the torn block on") {
    for (const auto size :
         {std::size_t{0}, std::size_t{50}, block - 1, block + 200, stored.size() - 1}) {
      CAPTURE(size);
      testing::write_text(log.index(), stored.substr(0, size));
      REQUIRE(log.listed() == ids(0, count));
      REQUIRE(testing::text_of(log.index()) == stored);
    }
  }
  SECTION("where a head is damaged, at once") {
    auto damaged = stored;
    damaged[block + 9] ^= 1;
    testing::write_text(log.index(), damaged);
    REQUIRE(log.listed() == ids(0, count));
    REQUIRE(testing::text_of(log.index()) == stored);
  }
  SECTION("where a block's inside is damaged, for who asks next") {
    for (const auto place : {std::size_t{150}, stored.size() - 10}) {
      auto damaged = stored;
      damaged[place] ^= 1;
      testing::write_text(log.index(), damaged);
      RequestIndex index{log.files, log.data.path()};
      REQUIRE(all_ids(index, Fixture::everything()).size() < count);
      REQUIRE(all_ids(index, Fixture::everything()) == ids(0, count));
      REQUIRE(testing::text_of(log.index()) == stored);
    }
  }
  SECTION("where a loss of power took the journal's end") {
    const auto text = testing::text_of(log.journal());
    const auto left = lines(0, index_rows_max + 5);
    log.write(left);
    REQUIRE(log.listed() == ids(0, index_rows_max + 5));
    log.write(text);
    REQUIRE(log.listed() == ids(0, count));
  }
  SECTION("where other lines took the place of those that were lost") {
    log.write(lines(0, 10) + lines(count, 3 * count));
    REQUIRE(log.listed().size() == 10 + 2 * count);
    REQUIRE(log.listed().front() == sample_record(3 * count - 1, at(1)).id);
  }
}

TEST_CASE("what is damaged, torn or being written is passed over", "[persistence][log]") {
  Fixture log;
  const auto half = line(9).substr(0, 100);
  log.write(line(0) + "damaged\n" + line(1) + half + line(2) + "\n" + half);
  RequestIndex index{log.files, log.data.path()};
  REQUIRE(all_ids(index, Fixture::everything()) == ids(0, 3));
  // The last one is finished.
  log.append(line(9).substr(100));
  REQUIRE(all_ids(index, Fixture::everything()).front() == sample_record(9, at(1)).id);
}

TEST_CASE("lines that moved to a later part are there once", "[persistence][log]") {
  Fixture log;
  const auto first = lines(0, 3);
  const auto moved = lines(3, 6);
  log.write(first + moved);
  RequestIndex index{log.files, log.data.path()};
  auto wanted = Fixture::everything();
  wanted.limit = 2;
  auto page = testing::page_of(index, wanted);
  REQUIRE(page.items.back().id == sample_record(4, at(1)).id);

  std::string part;
  append_continuation_line(part, {{day_of(at(0)), 0}, first.size()});
  log.write(part + moved + line(6), "2026-11-23.1");
  REQUIRE(all_ids(index, Fixture::everything()) == ids(0, 7));
  // A page that ended within what was moved goes on where that stands now.
  wanted.behind = page.next;
  REQUIRE(all_ids(index, wanted) == ids(0, 4));
  REQUIRE(log.listed() == ids(0, 7));
}

TEST_CASE("an index that cannot be written costs nothing but time", "[persistence][log]") {
  Fixture log;
  const auto count = index_rows_max + 7;
  log.write(lines(0, count));
  log.files.fails = [](FileCall call, std::uint64_t) {
    return call == FileCall::write ? std::optional{ENOSPC} : std::nullopt;
  };
  RequestIndex index{log.files, log.data.path()};
  // What fits into memory is known meanwhile.
  REQUIRE(all_ids(index, Fixture::everything()) == ids(0, index_rows_max));
  log.files.fails = nullptr;
  REQUIRE(all_ids(index, Fixture::everything()) == ids(0, count));

  SECTION("nor one of which a part was written") {
    log.append(lines(count, count + index_rows_max));
    log.files.short_write = 1'000;
    log.files.fails = [wrote = false](FileCall call, std::uint64_t) mutable {
      if (call != FileCall::write || !std::exchange(wrote, true)) return std::optional<int>{};
      return std::optional{ENOSPC};
    };
    all_ids(index, Fixture::everything());
    log.files.fails = nullptr;
    REQUIRE(all_ids(index, Fixture::everything()) == ids(0, count + index_rows_max));
    REQUIRE(log.listed() == ids(0, count + index_rows_max));
  }
}

TEST_CASE("days that are over are wholly in their index", "[persistence][log]") {
  Fixture log;
  log.write(line(1, 1, 20), "2026-11-20");
  log.write(line(2, 1, 22), "2026-11-22");
  log.write(line(3, 1, 23));
  REQUIRE(log.listed() == ids(1, 4));
  REQUIRE(std::filesystem::exists(log.index("2026-11-20")));
  REQUIRE_FALSE(std::filesystem::exists(log.index("2026-11-22"))); // may still be written to
  REQUIRE_FALSE(std::filesystem::exists(log.index()));
  // A day that is removed is gone from the log.
  RequestIndex index{log.files, log.data.path()};
  REQUIRE(all_ids(index, Fixture::everything()).size() == 3);
  std::filesystem::remove(log.journal("2026-11-20"));
  REQUIRE(all_ids(index, Fixture::everything()) == ids(2, 4));
}

TEST_CASE("hashes of texts stay what they are", "[persistence][log]") {
  REQUIRE(text_hash("") == 0xcbf29ce484222325);
  REQUIRE(text_hash("a") == 0xaf63dc4c8601ec8c); // FNV-1a's own example
}

} // namespace gateway
