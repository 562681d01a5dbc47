#include "persistence/raft_store.hpp"

#include "persistence/json_file.hpp"
#include "persistence/raft_frame.hpp"
#include "store_support.hpp"

#include <catch2/catch.hpp>

#include <cerrno>
#include <filesystem>
#include <functional>

namespace gateway {
namespace {

using testing::FaultyFiles;
using testing::FileCall;
using testing::TemporaryFolder;

RaftEntry entry(std::uint64_t term, const std::string& text) {
  return {term, 1, text};
}

RaftSnapshot snapshot_of(std::uint64_t index, std::uint64_t term) {
  return {index, term, 1, "servers", "the document as of " + std::to_string(index)};
}

/// A data folder, and the store of one life in it.
struct Node {
  TemporaryFolder data;
  FaultyFiles files;
  std::unique_ptr<RaftStore> store;

  std::string folder() const { return data / "document.log"; }

  Result<RaftState> start() {
    auto opened = RaftStore::open(files, folder());
    if (!opened) return fail(opened.error());
    store = *std::move(opened);
    return store->load();
  }
  /// What a start finds, without any fault.
  Result<RaftState> look() {
    FaultyFiles sound;
    auto opened = RaftStore::open(sound, folder());
    if (!opened) return fail(opened.error());
    return (*opened)->load();
  }
  std::string text(const char* name) { return testing::text_of(folder() + "/" + name); }
  void write(const char* name, std::string_view text) {
    testing::write_text(folder() + "/" + name, text);
  }
};

void append(RaftStore& store, const std::vector<RaftEntry>& entries) {
  REQUIRE(store.append(entries));
}

/// Five entries of two terms, and a vote.
void live(Node& node) {
  REQUIRE(node.start());
  REQUIRE(node.store->set_term(3));
  REQUIRE(node.store->set_vote(17));
  append(*node.store, {entry(1, "one"), entry(1, std::string(3'000, 'x'))});
  append(*node.store, {entry(3, ""), entry(3, "four")});
  append(*node.store, {entry(3, std::string("\0five\n", 6))});
}

} // namespace

TEST_CASE("a new folder holds an empty log", "[persistence][raft]") {
  Node node;
  const auto state = node.start();
  REQUIRE(state);
  CHECK(*state == RaftState{});
  CHECK(state->is_empty());
  CHECK(state->last() == 0);
}

TEST_CASE("term, vote and entries come back as they were", "[persistence][raft]") {
  Node node;
  live(node);
  const auto state = node.start();
  REQUIRE(state);
  CHECK(state->term == 3);
  CHECK(state->vote == 17);
  CHECK(state->first == 1);
  REQUIRE(state->entries.size() == 5);
  CHECK(state->entries[1] == entry(1, std::string(3'000, 'x')));
  CHECK(state->entries[2] == entry(3, ""));
  CHECK(state->entries[4].bytes == std::string("\0five\n", 6));
  // A later term forgets the vote.
  REQUIRE(node.store->set_term(4));
  CHECK(node.start()->vote == 0);
}

TEST_CASE("the log can be cut anywhere and goes on there", "[persistence][raft]") {
  const std::uint64_t from = GENERATE(1U, 2U, 3U, 4U, 5U, 6U);
  Node node;
  live(node);
  const auto before = node.start()->entries;
  REQUIRE(node.store->truncate(from));
  append(*node.store, {entry(9, "other")});
  append(*node.store, {entry(9, "more")});
  REQUIRE(node.store->set_term(9));
  const auto state = node.start();
  REQUIRE(state);
  auto expected = before;
  expected.resize(from - 1);
  expected.push_back(entry(9, "other"));
  expected.push_back(entry(9, "more"));
  CHECK(state->entries == expected);
}

TEST_CASE("a snapshot takes the place of entries, but for the newest", "[persistence][raft]") {
  Node node;
  live(node);
  REQUIRE(node.store->put_snapshot(snapshot_of(4, 3), 3));
  CHECK(*node.store->snapshot() == snapshot_of(4, 3));
  append(*node.store, {entry(3, "six")});
  const auto state = node.start();
  REQUIRE(state);
  CHECK(state->snapshot == snapshot_of(4, 3));
  CHECK(state->first == 3);
  REQUIRE(state->entries.size() == 4);
  CHECK(state->entries[1] == entry(3, "four"));
  CHECK(state->entries[3] == entry(3, "six"));
  // It can still be cut, and the next snapshot replaces this one.
  REQUIRE(node.store->truncate(6));
  REQUIRE(node.store->put_snapshot(snapshot_of(5, 3), 5));
  const auto later = node.start();
  REQUIRE(later);
  CHECK(later->snapshot == snapshot_of(5, 3));
  CHECK(later->first == 5);
  CHECK(later->entries.size() == 1);
}

TEST_CASE("a snapshot of another server replaces all entries", "[persistence][raft]") {
  Node node;
  live(node);
  REQUIRE(node.store->set_term(8));
  REQUIRE(node.store->put_snapshot(snapshot_of(1'000, 7), 1'001));
  append(*node.store, {entry(8, "next")});
  const auto state = node.start();
  REQUIRE(state);
  CHECK(state->first == 1'001);
  CHECK(state->entries == std::vector{entry(8, "next")});
  CHECK(state->last() == 1'001);
}

namespace {

struct Step {
  const char* what;
  std::function<Result<void>(RaftStore&)> take;
  bool may_lie_between = false;
};

const std::vector<RaftEntry> two_more{entry(3, "six"), entry(3, std::string(1'500, 'y'))};

const std::vector<Step> steps{
  {"a term", [](RaftStore& store) { return store.set_term(5); }},
  {"a vote", [](RaftStore& store) { return store.set_vote(99); }},
  // The first entry of a write may be whole where the second isn't; nobody was told of either.
  {"entries", [](RaftStore& store) { return store.append(two_more); }, true},
  {"a cut within a write", [](RaftStore& store) { return store.truncate(2); }},
  {"a cut of all", [](RaftStore& store) { return store.truncate(1); }},
  // Entries that the snapshot has as well may be there still.
  {"a snapshot", [](RaftStore& store) { return store.put_snapshot(snapshot_of(4, 3), 4); }, true},
  {"another's snapshot",
   [](RaftStore& store) { return store.put_snapshot(snapshot_of(40, 3), 41); },
   true},
};

/// What holds wherever the process dies: nothing of what was, or of what is to be, is missing.
void check_between(const RaftState& found, const RaftState& before, const RaftState& after) {
  CHECK((found.snapshot == before.snapshot || found.snapshot == after.snapshot));
  CHECK(found.term == before.term);
  CHECK(found.vote == before.vote);
  CHECK(found.last() >= std::min(before.last(), after.last()));
  CHECK(found.last() <= std::max(before.last(), after.last()));
  for (auto index = found.first; index <= found.last(); ++index) {
    const auto& state = index <= before.last() ? before : after;
    if (index < state.first) continue;
    CHECK(found.entries[index - found.first] == state.entries[index - state.first]);
  }
}

} // namespace

TEST_CASE("a kill at any write leaves what was or what is to be", "[persistence][raft]") {
  for (const auto& step : steps) {
    CAPTURE(step.what);
    Node whole;
    live(whole);
    const auto before = *whole.start();
    REQUIRE(step.take(*whole.store));
    const auto after = *whole.start();
    bool is_done = false;
    for (std::uint64_t write = 1; !is_done; ++write) {
      for (const std::size_t reached : {0U, 1U, 43U, 44U, 60U, 1'000U}) {
        for (const bool loses_power : {false, true}) {
          CAPTURE(write, reached, loses_power);
          Node node;
          live(node);
          REQUIRE(node.start());
          const auto begin = node.files.calls;
          node.files.short_write = reached;
          node.files.fails = [&](FileCall, std::uint64_t number) {
            return number > begin + write ? std::optional{EIO} : std::nullopt;
          };
          const auto taken = step.take(*node.store);
          is_done = static_cast<bool>(taken);
          if (!taken) CHECK(taken.error().kind == ErrorKind::storage_unavailable);
          // Nothing more is taken before a start.
          if (!taken) CHECK_FALSE(node.store->set_term(77));
          node.files.fails = nullptr;
          if (loses_power) node.files.lose_power();
          const auto found = node.look();
          REQUIRE(found);
          if (is_done)
            CHECK(*found == after);
          else if (step.may_lie_between)
            check_between(*found, before, after);
          else
            CHECK((*found == before || *found == after));
        }
      }
    }
  }
}

TEST_CASE("a kill at any write of a first start is no damage", "[persistence][raft]") {
  bool is_done = false;
  for (std::uint64_t write = 0; !is_done; ++write) {
    Node node;
    node.files.fails = [&](FileCall, std::uint64_t number) {
      return number > write ? std::optional{EIO} : std::nullopt;
    };
    is_done = static_cast<bool>(node.start());
    const auto found = node.look();
    REQUIRE(found);
    CHECK(found->is_empty());
  }
}

TEST_CASE("a write that broke off is cut, wherever it did", "[persistence][raft]") {
  Node node;
  live(node);
  const auto acknowledged = node.text("entries");
  append(*node.store, two_more);
  const auto whole = node.text("entries");
  for (auto size = acknowledged.size(); size < whole.size(); size += 7) {
    CAPTURE(size);
    node.write("entries", whole.substr(0, size));
    const auto state = node.start();
    REQUIRE(state);
    CHECK(state->entries.size() >= 5);
    CHECK(state->entries.size() <= 6);
    // What comes next is read again.
    append(*node.store, {entry(3, "again")});
    CHECK(node.start()->entries.back() == entry(3, "again"));
  }
}

TEST_CASE("holes that a loss of power leaves are cut with their write", "[persistence][raft]") {
  Node node;
  live(node);
  const auto acknowledged = node.text("entries").size();
  std::vector<RaftEntry> many;
  for (int i = 0; i < 6; ++i)
    many.push_back(entry(3, std::string(700, static_cast<char>('a' + i))));
  append(*node.store, many);
  const auto whole = node.text("entries");
  for (auto sector = acknowledged / 512 + 1; (sector + 1) * 512 < whole.size(); ++sector) {
    CAPTURE(sector);
    auto holed = whole;
    holed.replace(sector * 512, 512, 512, '\0');
    node.write("entries", holed);
    const auto state = node.look();
    REQUIRE(state);
    CHECK(state->entries.size() >= 5);
    CHECK(state->entries.size() < 11);
  }
  SECTION("but not where a later write had waited for it") {
    node.write("entries", whole);
    REQUIRE(node.start());
    append(*node.store, {entry(3, "later")});
    auto holed = node.text("entries");
    const auto sector = acknowledged / 512 + 2;
    holed.replace(sector * 512, 512, 512, '\0');
    node.write("entries", holed);
    CHECK_FALSE(node.look());
  }
}

TEST_CASE("damage is refused, for it may hide what was agreed on", "[persistence][raft]") {
  Node node;
  live(node);
  REQUIRE(node.store->put_snapshot(snapshot_of(4, 3), 2));
  for (const char* name : {"entries", "snapshot", "vote.json"}) {
    CAPTURE(name);
    const auto whole = node.text(name);
    for (std::size_t at = 0; at < whole.size(); at += 1 + whole.size() / 200) {
      CAPTURE(at);
      auto damaged = whole;
      damaged[at] = static_cast<char>(damaged[at] ^ 0x20);
      node.write(name, damaged);
      const auto state = node.look();
      REQUIRE_FALSE(state);
      CHECK(state.error().message.find(name) != std::string::npos);
    }
    std::filesystem::remove(node.folder() + "/" + name);
    CHECK_FALSE(node.look());
    node.write(name, whole);
    REQUIRE(node.look());
  }
}

TEST_CASE("what lies in the folder is for nobody else to read", "[persistence][raft]") {
  Node node;
  live(node);
  REQUIRE(node.store->put_snapshot(snapshot_of(4, 3), 2));
  CHECK(
    testing::names_in(node.folder())
    == std::vector<std::string>{"entries", "snapshot", "vote.json"});
  for (const auto& file : std::filesystem::directory_iterator(node.folder())) {
    using std::filesystem::perms;
    CHECK((file.status().permissions() & (perms::group_all | perms::others_all)) == perms::none);
  }
}

} // namespace gateway
