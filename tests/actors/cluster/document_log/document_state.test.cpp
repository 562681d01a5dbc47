#include "actors/cluster/document_state.hpp"

#include <catch2/catch.hpp>

#include <random>

namespace gateway {
namespace {

using Verdict = EntryOutcome::Verdict;

DocumentEntry edit(const DocumentState& state, const std::string& text, std::uint64_t proposal) {
  DocumentEntry entry;
  entry.proposal = proposal;
  auto& edit = entry.edit.emplace();
  edit.base = state.version();
  edit.note = {1'764'000'000'000, "ops", "ui", "because", {"changed /a", "added /b"}};
  edit.splice = splice_of(state.text(), text);
  return entry;
}

DocumentEntry of_record(std::vector<ClusterEntry> entries, std::uint64_t proposal) {
  DocumentEntry entry;
  entry.proposal = proposal;
  entry.record = std::move(entries);
  return entry;
}

MemberJoined joined(const std::string& name) {
  return {name, std::string(32, name.back()), name + ":7400"};
}

QuotasSet one_quota(std::int64_t limit) {
  QuotaSpec spec;
  spec.owner = "provider/groq";
  spec.name = "rpm";
  spec.limit = limit;
  spec.window = 60s;
  QuotasSet set;
  set.quotas.push_back({spec, {}});
  return set;
}

DocumentState some_state() {
  DocumentState state;
  CHECK(state.apply(of_record({joined("gw-1"), joined("gw-2")}, 100)).record == 2);
  for (std::uint64_t i = 1; i <= 3; ++i)
    CHECK(state.apply(edit(state, R"({"a": )" + std::to_string(i) + "}", i)).version == i);
  return state;
}

} // namespace

TEST_CASE("an edit says only what differs", "[document log]") {
  struct Row {
    const char* before;
    const char* after;
    TextSplice splice;
  };
  const auto row = GENERATE(
    Row{"", "abc", {0, 0, "abc"}},
    Row{"abc", "abc", {3, 0, ""}},
    Row{"abc", "", {0, 0, ""}},
    Row{"abcdef", "abXdef", {2, 3, "X"}},
    Row{"aaaa", "aaaaa", {4, 0, "a"}},
    Row{"aaaaa", "aaaa", {4, 0, ""}},
    Row{"{x}", "{y}", {1, 1, "y"}});
  const auto splice = splice_of(row.before, row.after);
  CHECK(splice == row.splice);
  CHECK(*spliced(row.before, splice) == row.after);
  CHECK_FALSE(spliced("a", {1, 1, ""}));
  CHECK_FALSE(spliced("a", {2, 0, ""}));
  CHECK_FALSE(spliced("", {0, 0, std::string(document_bytes_max + 1, 'x')}));
}

TEST_CASE("an edit of an old version changes nothing and says what came since", "[document log]") {
  auto state = some_state();
  const auto before = state;
  auto stale = edit(state, "mine", 9);
  stale.edit->base = 1;
  const auto outcome = state.apply(stale);
  CHECK(outcome.verdict == Verdict::stale);
  CHECK(outcome.version == 3);
  CHECK(state == before);
  const auto since = state.since(1);
  REQUIRE(since.size() == 2);
  CHECK(since[0].version == 2);
  CHECK(since[1].note.by == "ops");
  CHECK(state.since(3).empty());
  // Of a version that is still to come as well.
  stale.edit->base = 4;
  CHECK(state.apply(stale).verdict == Verdict::stale);
}

TEST_CASE("a proposal that comes twice counts once", "[document log]") {
  DocumentState state;
  const auto first = edit(state, "one", 5);
  CHECK(state.apply(first).version == 1);
  CHECK(state.apply(edit(state, "two", 6)).version == 2);
  const auto again = state.apply(first);
  CHECK(again.verdict == Verdict::taken);
  CHECK(again.version == 1);
  CHECK(state.text() == "two");
  CHECK(state.version() == 2);
}

TEST_CASE("what an edit means for the quotas counts with it, or neither does", "[document log]") {
  auto state = some_state();
  auto raised = edit(state, R"({"rpm": 60})", 9);
  raised.record = {one_quota(60)};
  const auto before = state;
  SECTION("both") {
    const auto outcome = state.apply(raised);
    CHECK(outcome.verdict == Verdict::taken);
    CHECK(outcome.version == 4);
    CHECK(outcome.record == 3);
    CHECK(state.record().quotas().at(1).spec.limit == 60);
  }
  SECTION("a stale edit") {
    raised.edit->base = 2;
    CHECK(state.apply(raised).verdict == Verdict::stale);
    CHECK(state == before);
  }
  SECTION("an edit that does not fit its base") {
    raised.edit->splice = {1'000, 0, ""};
    CHECK(state.apply(raised).verdict == Verdict::refused);
    CHECK(state == before);
  }
  SECTION("a record that does not take it") {
    raised.record.push_back(MembersGone{{7}, {}, 0, false, 2});
    const auto outcome = state.apply(raised);
    CHECK(outcome.verdict == Verdict::refused);
    CHECK_FALSE(outcome.problem.empty());
    CHECK(state == before);
  }
}

TEST_CASE("a document goes on counting where it was before its cluster", "[document log]") {
  DocumentState state;
  auto first = edit(state, "x", 9);
  first.edit->least = 41;
  CHECK(state.apply(first).version == 41);
  CHECK(state.apply(edit(state, "y", 10)).version == 42);
}

TEST_CASE("members come and go in the same order, and once", "[document log]") {
  auto state = some_state();
  CHECK(state.record().members().size() == 2);
  const auto first = state.record().members().begin()->first;
  const auto gone = of_record({MembersGone{{first}, {}, 1, true, 2}}, 55);
  const auto outcome = state.apply(gone);
  CHECK(outcome.verdict == Verdict::taken);
  CHECK(state.record().is_gone(first));
  // The same proposal again, and another one of the same.
  CHECK(state.apply(gone) == outcome);
  CHECK(state.apply(of_record(gone.record, 56)).verdict == Verdict::refused);
  // Nothing of this is a version of the document.
  CHECK(state.version() == 3);
}

TEST_CASE("notes are remembered as far as there is room", "[document log]") {
  DocumentState state;
  for (std::uint64_t i = 1; i <= document_versions_max + 5; ++i)
    state.apply(edit(state, std::to_string(i), i));
  CHECK(state.since(0).size() == document_versions_max);
  CHECK(state.since(0).front().version == 6);
  for (std::uint64_t i = 1; i <= 300; ++i) {
    auto one = edit(state, std::to_string(i), 10'000 + i);
    one.edit->note.summary.assign(1, std::string(4'096, 'x'));
    state.apply(one);
  }
  CHECK(state.since(0).size() < 300);
  CHECK(state.snapshot().size() < 2 * document_notes_bytes_max);
}

TEST_CASE("a snapshot is the whole state", "[document log]") {
  const auto state = some_state();
  const auto bytes = state.snapshot();
  const auto read = DocumentState::read(bytes);
  REQUIRE(read);
  CHECK(*read == state);
  CHECK(*DocumentState::read(DocumentState{}.snapshot()) == DocumentState{});
  for (std::size_t length = 0; length < bytes.size(); ++length)
    CHECK_FALSE(DocumentState::read(std::string_view{bytes}.substr(0, length)));
  CHECK_FALSE(DocumentState::read(bytes + "x"));
  std::mt19937_64 random{9};
  for (int i = 0; i < 5'000; ++i) {
    auto other = bytes;
    other[random() % other.size()] = static_cast<char>(random());
    static_cast<void>(DocumentState::read(other));
  }
}

TEST_CASE("an entry is read as it was written", "[document log][wire]") {
  auto state = some_state();
  auto entry = edit(state, R"({"a": 3, "b": 4})", 77);
  entry.record = {one_quota(30)};
  const MembersGone lost{{0}, {{1, 1, 0, 5, 6}}, 1, true, 2};
  const auto gone = of_record({lost, QuotaForgotten{3}}, 78);
  std::mt19937_64 random{9};
  for (const auto& one : {entry, gone}) {
    const auto bytes = encode(one);
    const auto read = decode_document_entry(bytes);
    REQUIRE(read);
    CHECK(*read == one);
    for (std::size_t length = 0; length < bytes.size(); ++length)
      CHECK_FALSE(decode_document_entry(std::string_view{bytes}.substr(0, length)));
    CHECK_FALSE(decode_document_entry(bytes + "x"));
    for (int i = 0; i < 5'000; ++i) {
      auto other = bytes;
      other[random() % other.size()] = static_cast<char>(random());
      static_cast<void>(decode_document_entry(other));
    }
  }
  CHECK_FALSE(decode_document_entry(encode(DocumentEntry{})));
}

} // namespace gateway
