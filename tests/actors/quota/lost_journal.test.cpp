#include "actors/quota/permits_journal.hpp"
#include "tests/actors/quota/shared_book.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

/// What a member's journal says of a long window whose book was lost.
namespace {

QuotaSpec hourly(std::uint64_t cools_in = 0) {
  auto spec = shared(100, 60);
  spec.name = "rph";
  spec.window = 1h;
  spec.share->version = 3;
  spec.share->cools_in = cools_in;
  return spec;
}

/// A member that used 10 half an hour ago and may have used 5 more until its machine went down.
struct Lost {
  explicit Lost(const QuotaSpec& quota = hourly()) : spec(quota) {
    room.identity.known = true;
    room.identity.epoch = 1;
  }

  JournalEntry entry(std::int64_t used, std::int64_t upto, Nanoseconds ago) const {
    const auto at = clock.wall - std::chrono::round<Milliseconds>(ago);
    return {key_of(spec), "p rph", 1, 7, used, upto, 1h, at, 3};
  }
  void open() {
    book.reset();
    memory.reset();
    JournalReading journal;
    journal.machine = written_at;
    journal.entries = {entry(0, 10, 40min), entry(10, 15, 30min)};
    if (!room.past.journal) room.past.journal = compacted_journal(journal, clock.wall, {});
    auto opened =
      PermitMemory::open({room.folder.path(), 16}, room.identity, room.past, clock.now());
    REQUIRE(opened);
    memory = *opened;
    memory->set_shared();
    if (memory->beginning() != BookBeginning::restarted) ++room.identity.epoch;
    room.past.journal = memory->journal_beginning(clock.wall);
    memory->begin_epoch(room.identity.epoch);
    book = make(memory, spec, clock);
  }
  /// The machine goes down and comes up.
  void lose() {
    book.reset();
    memory.reset();
    room.identity.boot.back() = static_cast<char>(room.identity.boot.back() ^ 1);
  }
  /// The others have told; returns what may be used at once.
  std::int64_t recover(bool is_in_journal = true) {
    const std::vector<PairCounters> pairs{{1, 25, 5, {}}, {2, 0, 10, {}}};
    REQUIRE(book->recover_share({pairs, clock.at, is_in_journal}, clock.now()));
    CHECK(book->idle() == 0);
    memory->found();
    book->sweep(clock.at);
    CHECK(book->hold() == 50);
    CHECK(book->cooling() + book->idle() == 50);
    return book->idle();
  }
  std::int64_t idle_after(Nanoseconds time) {
    clock.pass(time);
    book->sweep(clock.at);
    return book->idle();
  }

  QuotaSpec spec;
  BookRoom room;
  TestClock clock;
  std::string written_at = room.identity.machine;
  std::shared_ptr<PermitMemory> memory;
  std::unique_ptr<PermitBook> book;
};

} // namespace

TEST_CASE("of a lost book that cools which its journal says was used", "[quota][share][journal]") {
  Lost lost;
  lost.open();
  CHECK(lost.recover() == 35);
  CHECK(lost.idle_after(29min) == 35);
  CHECK(lost.idle_after(3min) == 45); // what was used half an hour before
  CHECK(lost.idle_after(27min) == 45);
  CHECK(lost.idle_after(4min) == 50);
}

TEST_CASE("right after a boot a lost book begins as at any other time", "[quota][share][journal]") {
  Lost lost;
  lost.clock.at = Instant{20s};
  lost.open();
  REQUIRE(lost.book->recover_share(
    {{{1, 25, 5, {}}, {2, 0, 10, {}}}, lost.clock.at, true}, lost.clock.now()));
  // Killed before all was told, the book is whole.
  lost.open();
  REQUIRE(lost.memory->is_lost());
  CHECK(lost.recover() == 35);
}

TEST_CASE(
  "a lost book cools whole where its journal is not all there was", "[quota][share][journal]") {
  Lost lost;
  SECTION("others lost theirs, or their clocks say otherwise") {
    lost.open();
    CHECK(lost.recover(false) == 0);
  }
  SECTION("it was written on another machine, or nobody knows where") {
    lost.written_at = GENERATE(std::string(32, 'c'), std::string{});
    lost.open();
    CHECK(lost.recover() == 0);
  }
  SECTION("it is gone") {
    lost.written_at = {};
    lost.room.past.journal = std::string{};
    lost.open();
    CHECK(lost.recover() == 0);
  }
  SECTION("what was inherited since cools for nobody knows how long") {
    lost.spec = hourly(4);
    lost.open();
    CHECK(lost.recover() == 0);
  }
  CHECK(lost.idle_after(58min) == 0);
  CHECK(lost.idle_after(4min) == 50);
}

TEST_CASE("what was inherited before the journal's last line is in it", "[quota][share][journal]") {
  Lost lost{hourly(3)};
  lost.open();
  CHECK(lost.recover() == 35);
}

TEST_CASE(
  "a kill before the others have told takes nothing from the journal", "[quota][share][journal]") {
  Lost lost;
  lost.open();
  lost.open();
  REQUIRE(lost.memory->beginning() == BookBeginning::restarted);
  CHECK(lost.recover() == 35);
}

TEST_CASE("a kill before its epoch began makes a lost book wait", "[quota][share][journal]") {
  Lost lost;
  auto opened =
    PermitMemory::open({lost.room.folder.path(), 16}, lost.room.identity, {}, lost.clock.now());
  REQUIRE(opened);
  opened->reset();
  // What it had found out of its journal went with it.
  lost.open();
  REQUIRE(lost.memory->beginning() == BookBeginning::lost);
  CHECK(lost.recover() == 0);
}

TEST_CASE("a second loss knows of a first one that never ended", "[quota][share][journal]") {
  Lost lost;
  lost.open();
  lost.lose();
  lost.open();
  CHECK(lost.recover() == 0);
}

TEST_CASE("what cooled whole cools after a second loss as well", "[quota][share][journal]") {
  Lost lost;
  lost.open();
  lost.book.reset();
  auto books = make_books(lost.memory, {lost.spec}, lost.clock);
  // Another one lost its book too: no journal says what cools here, before this one does.
  const ToldShare told{{{1, 25, 5, {}}, {2, 0, 10, {}}}, lost.clock.at, false};
  const std::vector<BookTale> tales{{key_of(lost.spec), told}};
  CHECK_FALSE(books.journal_wanted(lost.clock.now())); // what is left of it is not known yet
  REQUIRE(books.recover(tales, lost.clock.now()));
  lost.memory->found();
  const auto wanted = books.journal_wanted(lost.clock.now());
  REQUIRE(wanted);
  *lost.room.past.journal += wanted->lines;
  lost.clock.pass(30min);
  { const auto gone = std::move(books); }
  lost.lose();
  lost.open();
  CHECK(lost.recover() == 0);
  CHECK(lost.idle_after(28min) == 0);
  CHECK(lost.idle_after(4min) >= 45); // but for the block that was announced
}

TEST_CASE(
  "what others used is received when the journal says that it cools", "[quota][share][journal]") {
  BookRoom room;
  TestClock clock;
  auto spec = hourly();
  auto books = make_books(room.open(clock), {spec}, clock);
  auto order = receive(1, 20);
  order.wait = 40min;
  const std::vector<BookOrders> orders{{key_of(spec), {order}}};
  books.carry_out(orders, clock.at);
  CHECK(books.said(clock.at).front().state.hold == 60);
  const auto wanted = books.journal_wanted(clock.now());
  REQUIRE(wanted);
  books.carry_out(orders, clock.at);
  CHECK(books.said(clock.at).front().state.hold == 60);
  books.journal_synced(wanted->ticket);
  books.carry_out(orders, clock.at);
  CHECK(books.said(clock.at).front().state.hold == 80);
  CHECK(books.said(clock.at).front().state.cooling == 20);
  // What is usable at once is not used, and waits for nothing.
  order.amount = 25;
  order.wait = {};
  books.carry_out(std::vector<BookOrders>{{key_of(spec), {order}}}, clock.at);
  CHECK(books.said(clock.at).front().state.hold == 85);
}

TEST_CASE("what was given and cools is known where no book has it any more", "[quota][share]") {
  BookRoom room;
  TestClock clock;
  const auto memory = room.open(clock);
  auto book = make(memory, hourly(), clock);
  REQUIRE(book->try_take(10));
  book->settle(10, clock.at, clock.at);
  ShareOrder order;
  order.kind = ShareOrder::Kind::give_cooling;
  order.member = 1;
  REQUIRE(book->carry_out(order, clock.at) == 10);
  const auto given = book->share().pairs;
  book.reset();
  REQUIRE(given.front().given_until > clock.at + 59min);
  CHECK(memory->pairs_of(key_of(hourly())) == given);
}

TEST_CASE("a line is due when something was inherited", "[quota][share][journal]") {
  BookRoom room;
  TestClock clock;
  auto spec = hourly();
  auto books = make_books(room.open(clock), {spec}, clock);
  auto wanted = books.journal_wanted(clock.now());
  REQUIRE(wanted);
  books.journal_synced(wanted->ticket);
  clock.pass(10s);
  CHECK_FALSE(books.journal_wanted(clock.now()));
  spec.share->version = spec.share->cools_in = 5;
  spec.share->init += 10;
  REQUIRE(books.reconfigure({spec}, clock.now()));
  wanted = books.journal_wanted(clock.now());
  REQUIRE(wanted);
  const auto reading = read_journal(wanted->lines, clock.wall);
  REQUIRE(reading.entries.size() == 1);
  CHECK(reading.entries[0].version == 5);
  CHECK(reading.entries[0].used == 10);
}

TEST_CASE("what was written before a clock was put forward is not known", "[quota][journal]") {
  BookRoom room;
  TestClock clock;
  auto books = make_books(room.open(clock), {hourly()}, clock);
  books.tick(clock.now());
  const auto first = books.journal_wanted(clock.now());
  REQUIRE(first);
  books.journal_synced(first->ticket);
  const auto unknown_before = [&] {
    books.tick(clock.now());
    const auto wanted = books.journal_wanted(clock.now());
    if (!wanted) return std::optional<WallTime>{};
    books.journal_synced(wanted->ticket);
    return read_journal(wanted->lines, clock.wall).unknown_before;
  };
  clock.pass(1h);
  CHECK_FALSE(unknown_before());
  clock.wall += 2s;
  CHECK(unknown_before() == clock.wall);
  clock.wall -= 1h; // what seems younger than it is harms nobody
  CHECK_FALSE(unknown_before());

  // A disk that fails does not make it known.
  clock.wall += 2s;
  books.tick(clock.now());
  REQUIRE(books.journal_wanted(clock.now()));
  CHECK_FALSE(books.journal_wanted(clock.now()));
  books.journal_failed();
  CHECK(unknown_before() == clock.wall);
}
