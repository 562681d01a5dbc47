#include "actors/quota/permits_journal.hpp"

#include "tests/actors/quota/book_room.hpp"

using namespace gateway;

namespace {

constexpr WallTime noon{Milliseconds{1'795'435'200'000}};

QuotaSpec daily() {
  QuotaSpec spec;
  spec.owner = "provider/p";
  spec.name = "rpd";
  spec.window = 24h;
  return spec;
}

JournalEntry entry_of(std::int64_t series, std::int64_t used, std::int64_t upto, WallTime at) {
  return {key_of(daily()), "provider/p rpd", 3, series, used, upto, 24h, at};
}

std::string text_of(const std::vector<JournalEntry>& entries) {
  std::string text;
  for (const auto& entry : entries) text += journal_line(entry);
  return text;
}

std::vector<std::pair<std::int64_t, Milliseconds>>
uses_in(const std::string& text, WallTime ended) {
  std::vector<std::pair<std::int64_t, Milliseconds>> uses;
  for (const auto& use : journal_use(read_journal(text, ended), key_of(daily()), ended))
    uses.emplace_back(use.amount, use.by - noon);
  return uses;
}

using Uses = std::vector<std::pair<std::int64_t, Milliseconds>>;

} // namespace

TEST_CASE("a journal line is JSON and reads back", "[quota][journal]") {
  const auto line = journal_line(entry_of(17, 5, 30, noon));
  CHECK(line.starts_with(
    "{\"quota\":\"" + to_text(key_of(daily()))
    + "\",\"name\":\"provider/p rpd\",\"epoch\":3,"
      "\"series\":17,\"used\":5,\"upto\":30,\"window_ms\":86400000,\"at\":1795435200000,\"sum\":"
      "\""));
  CHECK(line.ends_with("\"}\n"));
  const auto reading = read_journal(line, noon);
  REQUIRE(reading.entries.size() == 1);
  CHECK_FALSE(reading.unknown_before);
  const auto& entry = reading.entries.front();
  CHECK(entry.quota == key_of(daily()));
  CHECK(entry.name == "provider/p rpd");
  CHECK(entry.epoch == 3);
  CHECK(entry.series == 17);
  CHECK(entry.used == 5);
  CHECK(entry.upto == 30);
  CHECK(entry.window == 24h);
  CHECK(entry.at == noon);
}

TEST_CASE("the journal knows what was used by when", "[quota][journal]") {
  struct Row {
    const char* when;
    std::vector<JournalEntry> entries;
    Uses uses;
  };
  const auto ended = noon + 10h;
  const auto row = GENERATE_COPY(
    Row{"nothing", {}, {}},
    Row{"a block that may have been used until the end", {entry_of(1, 0, 10, noon)}, {{10, 10h}}},
    Row{
      "one block after another",
      {entry_of(1, 0, 10, noon), entry_of(1, 8, 20, noon + 1h), entry_of(1, 19, 30, noon + 2h)},
      {{8, 1h}, {11, 2h}, {11, 10h}}},
    Row{
      "one that began with what others had used, and said again what it said after a kill",
      {entry_of(1, 5, 15, noon), entry_of(1, 9, 14, noon + 1h)},
      {{5, 0h}, {4, 1h}, {5, 10h}}},
    Row{
      "two lives of the slot",
      {entry_of(1, 0, 10, noon), entry_of(1, 10, 10, noon + 1h), entry_of(2, 0, 7, noon + 2h)},
      {{10, 1h}, {7, 10h}}});
  CAPTURE(row.when);
  CHECK(uses_in(text_of(row.entries), ended) == row.uses);
  // Another quota's lines are none of it.
  auto other = daily();
  other.owner = "provider/q";
  const auto reading = read_journal(text_of(row.entries), ended);
  CHECK(journal_use(reading, key_of(other), ended).empty());
}

TEST_CASE("a journal cut anywhere knows all of its whole lines", "[quota][journal]") {
  const auto first = journal_line(entry_of(1, 0, 10, noon));
  const auto text = first + journal_line(entry_of(1, 8, 20, noon + 1h));
  for (std::size_t length = 0; length <= text.size(); ++length) {
    const auto reading = read_journal(text.substr(0, length), noon);
    CAPTURE(length);
    CHECK(reading.entries.size() == (length < first.size() ? 0U : length < text.size() ? 1U : 2U));
    CHECK_FALSE(reading.unknown_before);
  }
}

TEST_CASE("a missing or damaged journal means that nothing is known", "[quota][journal]") {
  CHECK(read_journal(std::nullopt, noon).unknown_before == noon);
  const auto text = text_of({entry_of(1, 0, 10, noon), entry_of(1, 8, 20, noon + 1h)});
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto damaged = text;
    damaged[i] = damaged[i] == 'x' ? 'y' : 'x';
    const auto reading = read_journal(damaged, noon + 2h);
    CAPTURE(i);
    // Only the last line feed may be missing: then the line is one that was never synced.
    const bool is_last = i + 1 == text.size();
    CHECK(reading.unknown_before.has_value() != is_last);
    if (!is_last) CHECK(reading.unknown_before == noon + 2h);
  }
}

TEST_CASE(
  "a fresh journal keeps its machine, its losses and what came behind them", "[quota][journal]") {
  auto journal =
    read_journal(text_of({entry_of(1, 0, 10, noon), entry_of(2, 3, 10, noon + 2h)}), noon + 3h);
  journal.machine = std::string(32, 'a');
  journal.losses = {{1, noon + 1h}, {2, noon + 2h}};
  CHECK_FALSE(is_known_since(journal, key_of(daily()), 2));
  CHECK(is_known_since(journal, key_of(daily()), 1));
  for (const auto ended : {std::optional<WallTime>{}, std::optional{noon + 3h}}) {
    const auto fresh = read_journal(compacted_journal(journal, noon + 3h, ended), noon + 4h);
    CHECK(fresh.damaged == 0);
    CHECK(fresh.machine == journal.machine);
    REQUIRE(fresh.losses.size() == 2);
    CHECK(fresh.losses[1].at == noon + 2h);
    CHECK_FALSE(is_known_since(fresh, key_of(daily()), 2));
    CHECK(is_known_since(fresh, key_of(daily()), 1));
  }
  const auto much_later = compacted_journal(journal, noon + 40 * 24h, noon + 40 * 24h);
  CHECK(read_journal(much_later, noon).losses.empty());
}

TEST_CASE("a line says by which version of a cluster's record it was written", "[quota][journal]") {
  auto entry = entry_of(1, 0, 10, noon);
  entry.version = 7;
  const auto reading = read_journal(journal_line(entry), noon);
  REQUIRE(reading.entries.size() == 1);
  CHECK(journaled_version(reading, key_of(daily())) == 7);
  CHECK(journaled_version(reading, QuotaKey{}) == 0);
}

TEST_CASE("a fresh journal says what the old one said", "[quota][journal]") {
  const auto ended = noon + 10h;
  const auto text = text_of(
    {entry_of(1, 0, 10, noon - 60h),
     entry_of(1, 10, 20, noon - 50h),
     entry_of(1, 18, 30, noon),
     entry_of(1, 29, 40, noon + 2h),
     entry_of(2, 0, 5, noon - 90h)});
  const auto fresh = compacted_journal(read_journal(text, ended), ended, std::nullopt);
  // The lines that no window reaches are gone but for the ones that later lines count from.
  CHECK(uses_in(fresh, ended) == Uses{{10, -50h}, {8, 0h}, {11, 2h}, {11, 10h}, {5, 10h}});
  CHECK(read_journal(fresh, ended).entries.size() == 4);
  CHECK(compacted_journal(read_journal(fresh, ended), ended, std::nullopt).size() == fresh.size());
}

TEST_CASE("after a lost book no open block is charged again", "[quota][journal]") {
  const auto text = text_of({entry_of(1, 0, 10, noon), entry_of(1, 8, 20, noon + 1h)});
  const auto fresh = compacted_journal(read_journal(text, noon + 3h), noon + 3h, noon + 3h);
  CHECK(uses_in(fresh, noon + 20h) == Uses{{8, 1h}, {12, 3h}});
}

TEST_CASE("that nothing is known is remembered for as long as it matters", "[quota][journal]") {
  const auto fresh = compacted_journal(read_journal(std::nullopt, noon), noon, noon);
  CHECK(read_journal(fresh, noon + 5h).unknown_before == noon);
  const auto later = compacted_journal(read_journal(fresh, noon + 5h), noon + 5h, std::nullopt);
  CHECK(read_journal(later, noon + 6h).unknown_before == noon);
  const auto much_later =
    compacted_journal(read_journal(fresh, noon), noon + 40 * 24h, std::nullopt);
  CHECK(much_later.empty());
}

TEST_CASE("what was used after a gap in the journal cools for a whole window", "[quota][journal]") {
  BookRoom room;
  TestClock clock;
  auto spec = daily();
  spec.limit = 100;
  room.open(clock);
  room.identity.boot = "cccccccc-bbbb-4bbb-8bbb-bbbbbbbbbbbb";
  const auto gap = compacted_journal(read_journal(std::nullopt, clock.wall), clock.wall, {});
  auto used = entry_of(1, 0, 0, clock.wall);
  const auto before = journal_line(used);
  clock.pass(10h);
  used.used = used.upto = 30;
  used.at = clock.wall;
  room.past.journal = gap + before + journal_line(used);
  clock.pass(1h);

  auto book = *PermitBook::make(room.open(clock), spec, clock.now());
  CHECK(book->idle() == 0);
  clock.pass(13h + 10min); // what nobody knows of is over
  book->sweep(clock.at);
  CHECK(book->idle() == 70);
  clock.pass(10h);
  book->sweep(clock.at);
  CHECK(book->idle() == 100);
}

TEST_CASE("a mark asks for the next block while one is left", "[quota][journal]") {
  JournalMark mark{10'000, 500};
  Instant now{1h};
  CHECK_FALSE(mark.allows(1));
  CHECK(mark.wanted(now) == 600);
  CHECK_FALSE(mark.wanted(now));
  CHECK_FALSE(mark.allows(1));
  mark.synced();
  CHECK(mark.allows(100));
  CHECK_FALSE(mark.allows(101));
  CHECK(mark.is_waiting());

  JournalMark quiet{10'000, 500};
  REQUIRE(quiet.wanted(now) == 600);
  quiet.synced();
  CHECK_FALSE(quiet.wanted(now + 10s)); // nothing was used
  quiet.take(1);
  CHECK(quiet.wanted(now + 10s) == 700);
  quiet.synced();
  quiet.take(99);
  CHECK_FALSE(quiet.wanted(now + 20s));
  quiet.take(1);
  CHECK(quiet.wanted(now + 20s) == 800);
}

TEST_CASE("blocks grow under demand and shrink after it", "[quota][journal]") {
  JournalMark mark{100'000, 0};
  Instant now{1h};
  std::int64_t upto = *mark.wanted(now);
  CHECK(upto == 1'000);
  mark.synced();
  const auto block_after = [&](Nanoseconds pause, std::int64_t used) {
    now += pause;
    mark.take(used);
    const auto next = mark.wanted(now);
    REQUIRE(next);
    mark.synced();
    return *next - std::exchange(upto, *next);
  };
  CHECK(block_after(1s, 1'000) == 2'000);
  CHECK(block_after(1s, 2'000) == 4'000);
  CHECK(block_after(1s, 4'000) == 8'000);
  CHECK(block_after(1s, 8'000) == 10'000); // a tenth of the limit
  CHECK(block_after(1s, 10'000) == 10'000);
  CHECK(block_after(6s, 10'000) == 5'000);
  CHECK(block_after(6s, 5'000) == 2'500);
  CHECK(block_after(60s, 2'500) == 1'250);
  CHECK(block_after(60s, 1'250) == 1'000);
}

TEST_CASE("a small limit has room for some calls at once", "[quota][journal]") {
  JournalMark mark{20, 0};
  REQUIRE(mark.wanted(Instant{1h}) == 4);
  mark.synced();
  CHECK(mark.allows(4));
}

TEST_CASE("a failing disk stops the quota until a line is synced", "[quota][journal]") {
  JournalMark mark{10'000, 0};
  REQUIRE(mark.wanted(Instant{1h}));
  mark.synced();
  REQUIRE(mark.allows(10));
  mark.take(10);
  mark.failed();
  CHECK_FALSE(mark.allows(1));
  const auto next = mark.wanted(Instant{2h});
  REQUIRE(next);
  CHECK_FALSE(mark.allows(1));
  mark.synced();
  CHECK(mark.allows(1));
}
