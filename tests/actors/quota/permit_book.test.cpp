#include "actors/quota/permit_book.hpp"

#include "tests/actors/quota/book_room.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

namespace {

std::unique_ptr<PermitBook>
make_book(std::shared_ptr<PermitMemory> memory, const QuotaSpec& spec, const TestClock& clock) {
  auto made = PermitBook::make(std::move(memory), spec, clock.now());
  if (!made) FAIL(made.error().message);
  return *std::move(made);
}

void check_sums(const PermitBook& book) {
  CHECK(book.idle() + book.cooling() + book.in_flight() == book.hold() + book.owed());
  CHECK(book.idle() >= 0);
  CHECK(book.cooling() >= 0);
  CHECK(book.in_flight() >= 0);
  CHECK(book.owed() >= 0);
}

/// When `amount` is usable, looked for by sweeping in steps.
Nanoseconds
usable_after(PermitBook& book, std::int64_t amount, const TestClock& clock, Nanoseconds step) {
  for (auto after = Nanoseconds{0};; after += step) {
    book.sweep(clock.at + after);
    if (book.idle() >= amount) return after;
  }
}

} // namespace

TEST_CASE("permits go from idle over flight and cooling back to idle", "[quota][book]") {
  BookRoom room;
  TestClock clock;
  auto book = make_book(room.open(clock), per_minute(10), clock);
  CHECK(book->idle() == 10);
  CHECK(book->try_take(7));
  CHECK(book->in_flight() == 7);
  CHECK_FALSE(book->try_take(4));
  CHECK(book->try_take(3));
  CHECK_FALSE(book->try_take(1));
  book->put_back(2);
  CHECK(book->idle() == 2);
  CHECK(book->cool(5, clock.at));
  CHECK(book->cooling() == 5);
  CHECK(book->in_flight() == 3);
  check_sums(*book);
  clock.pass(60s);
  book->sweep(clock.at);
  CHECK(book->idle() == 2);
  clock.pass(500ms);
  book->sweep(clock.at);
  CHECK(book->idle() == 7);
  CHECK(book->cooling() == 0);
  check_sums(*book);
}

TEST_CASE("a permit is held for the window and hardly longer", "[quota][book]") {
  struct Row {
    const char* when;
    Nanoseconds window;
    Nanoseconds least, most;
  };
  const auto row = GENERATE(
    Row{"a second", 1s, 1s, 1'030ms},
    Row{"ten seconds", 10s, 10s, 10'090ms},
    Row{"a minute", 60s, 60s, 60'400ms},
    Row{"an hour", 1h, 3'600s, 3'623s},
    Row{"a day that rolls", 24h, 86'400s, 86'934s});
  CAPTURE(row.when);
  BookRoom room;
  TestClock clock;
  clock.pass(Milliseconds{GENERATE(0, 1, 77, 4'999)});
  auto spec = per_minute(3);
  spec.window = row.window;
  auto book = make_book(room.open(clock), spec, clock);
  REQUIRE(book->try_take(3));
  book->settle(3, clock.at, clock.at);
  const auto after = usable_after(*book, 3, clock, row.window / 4'000);
  CHECK(after >= row.least);
  CHECK(after <= row.most);
}

TEST_CASE("what was counted a window ago is usable at once", "[quota][book]") {
  BookRoom room;
  TestClock clock;
  auto book = make_book(room.open(clock), per_minute(5), clock);
  REQUIRE(book->try_take(5));
  const auto written = clock.at;
  clock.pass(62s);
  book->sweep(clock.at);
  book->settle(5, written, clock.at);
  CHECK(book->idle() == 5);
  check_sums(*book);
}

TEST_CASE("after a pause of any length nothing is swept too early", "[quota][book]") {
  const Nanoseconds pause = GENERATE(0s, 59s, 66s, 70s, 140s, 3'600s, 100'000s);
  CAPTURE(pause.count());
  BookRoom room;
  TestClock clock;
  auto book = make_book(room.open(clock), per_minute(5), clock);
  REQUIRE(book->try_take(5));
  clock.pass(pause);
  // An io thread wakes up and adds, before the owner has swept.
  const bool added = book->cool(5, clock.at);
  CHECK(added == (pause < 6s));
  if (!added) {
    CHECK(book->in_flight() == 5);
    book->sweep(clock.at);
    CHECK(book->cool(5, clock.at));
  }
  const auto counted = clock.at;
  for (auto after = Nanoseconds{0}; after < 60s; after += 250ms) {
    book->sweep(counted + after);
    REQUIRE(book->idle() == 0);
  }
  book->sweep(counted + 61s);
  CHECK(book->idle() == 5);
}

TEST_CASE("an add that comes later than its due time only lengthens the hold", "[quota][book]") {
  BookRoom room;
  TestClock clock;
  auto book = make_book(room.open(clock), per_minute(5), clock);
  REQUIRE(book->try_take(5));
  const auto counted = clock.at;
  clock.pass(70s);
  book->sweep(clock.at);
  CHECK(book->cool(5, counted));
  book->sweep(clock.at);
  CHECK(book->idle() == 0);
  clock.pass(1s);
  book->sweep(clock.at);
  CHECK(book->idle() == 5);
}

TEST_CASE("what is due beyond the ring waits in flight", "[quota][book]") {
  BookRoom room;
  TestClock clock;
  auto book = make_book(room.open(clock), per_minute(100), clock);
  REQUIRE(book->try_take(100));
  for (int i = 0; i < 100; ++i) book->settle_until(1, clock.at + 100s + 1s * i, clock.at);
  CHECK(book->in_flight() == 100);
  for (int second = 1; second <= 200; ++second) {
    clock.pass(1s);
    book->sweep(clock.at);
    check_sums(*book);
    REQUIRE(book->idle() <= std::max(0, second - 99));
  }
  clock.pass(1s);
  book->sweep(clock.at);
  CHECK(book->idle() == 100);
}

TEST_CASE("an over-run is paid before anything is usable", "[quota][book]") {
  BookRoom room;
  TestClock clock;
  auto book = make_book(room.open(clock), per_minute(100, QuotaUnit::tokens), clock);
  REQUIRE(book->try_take(60));
  book->settle(60, clock.at, clock.at);
  book->overrun(25, clock.at, clock.at);
  CHECK(book->owed() == 0);
  CHECK(book->idle() == 15);
  book->overrun(30, clock.at, clock.at);
  CHECK(book->idle() == 0);
  CHECK(book->owed() == 15);
  CHECK(book->cooling() == 115);
  check_sums(*book);
  clock.pass(61s);
  book->sweep(clock.at);
  CHECK(book->owed() == 0);
  CHECK(book->idle() == 100);
  check_sums(*book);
}

TEST_CASE("a limit changes while its permits are out", "[quota][book]") {
  BookRoom room;
  TestClock clock;
  auto book = make_book(room.open(clock), per_minute(10), clock);
  REQUIRE(book->try_take(8));
  SECTION("raised, the difference is usable at once") {
    book->set_limit(15);
    CHECK(book->idle() == 7);
    CHECK(book->in_flight() == 8);
  }
  SECTION("lowered by less than is idle, it holds at once") {
    book->set_limit(9);
    CHECK(book->idle() == 1);
    CHECK(book->owed() == 0);
  }
  SECTION("lowered below what is out, the rest is owed until it comes back") {
    book->set_limit(5);
    CHECK(book->idle() == 0);
    CHECK(book->owed() == 3);
    book->settle(8, clock.at, clock.at);
    clock.pass(61s);
    book->sweep(clock.at);
    CHECK(book->owed() == 0);
    CHECK(book->idle() == 5);
  }
  SECTION("to nothing, and back") {
    book->set_limit(0);
    CHECK(book->owed() == 8);
    book->set_limit(10);
    CHECK(book->owed() == 0);
    CHECK(book->idle() == 2);
    CHECK(book->in_flight() == 8);
  }
  check_sums(*book);
}

TEST_CASE("the first moment at which enough is back is told", "[quota][book]") {
  BookRoom room;
  TestClock clock;
  auto book = make_book(room.open(clock), per_minute(10), clock);
  CHECK_FALSE(book->earliest_maturity(11));
  REQUIRE(book->try_take(9));
  book->settle(2, clock.at, clock.at);
  book->settle(3, clock.at + 4s, clock.at);
  const auto in = [&](std::int64_t amount) {
    return std::chrono::duration<double>(book->earliest_maturity(amount).value() - clock.at)
      .count();
  };
  CHECK(in(3) == Approx(60.2).margin(0.25));
  CHECK(in(4) == Approx(64.2).margin(0.25));
  CHECK(in(6) == Approx(64.2).margin(0.25));
  CHECK_FALSE(book->earliest_maturity(7)); // with calls
  const auto due = book->earliest_maturity(6).value();
  book->sweep(due - 1ms);
  CHECK(book->idle() == 3);
  book->sweep(due);
  CHECK(book->idle() == 6);
}

TEST_CASE("a restart of the process goes on with the exact book", "[quota][book]") {
  BookRoom room;
  TestClock clock;
  const auto spec = per_minute(20);
  {
    auto book = make_book(room.open(clock), spec, clock);
    REQUIRE(book->try_take(12));
    book->settle(4, clock.at, clock.at);
    clock.pass(30s);
    book->settle(3, clock.at, clock.at);
    CHECK(book->in_flight() == 5);
  }
  clock.pass(10s); // dead
  auto book = make_book(room.open(clock), spec, clock);
  CHECK(book->idle() == 8);
  CHECK(book->cooling() == 12);
  CHECK(book->in_flight() == 0);
  clock.pass(20'500ms);
  book->sweep(clock.at);
  CHECK(book->idle() == 12); // the four
  clock.pass(30s);
  book->sweep(clock.at);
  CHECK(book->idle() == 15); // the three
  clock.pass(10s);
  book->sweep(clock.at);
  CHECK(book->idle() == 15); // the five: D and a window after the restart
  clock.pass(1'500ms);
  book->sweep(clock.at);
  CHECK(book->idle() == 20);
}

TEST_CASE(
  "places that a dead process had are back when its calls are surely over", "[quota][book]") {
  BookRoom room;
  TestClock clock;
  auto spec = per_minute(4, QuotaUnit::concurrency);
  spec.window = 0s;
  spec.longest_call = 30s;
  {
    auto book = make_book(room.open(clock), spec, clock);
    REQUIRE(book->try_take(3));
  }
  auto book = make_book(room.open(clock), spec, clock);
  CHECK(book->idle() == 1);
  book->sweep(clock.at + 29s);
  CHECK(book->idle() == 1);
  book->sweep(clock.at + 31s);
  CHECK(book->idle() == 4);
}

TEST_CASE(
  "a calendar quota is full again at its midnight, and 2 s either side are charged twice",
  "[quota][book]") {
  BookRoom room;
  TestClock clock; // 13:00 UTC
  auto spec = per_minute(100);
  spec.name = "rpd";
  spec.kind = WindowKind::day;
  spec.day = "America/Los_Angeles"; // next midnight: 08:00 UTC, in 19 hours
  auto book = make_book(room.open(clock), spec, clock);
  const auto midnight = clock.at + 19h;
  REQUIRE(book->try_take(50));
  book->settle(10, clock.at, clock.at);
  const auto settle_at = [&](std::int64_t amount, Instant counted) {
    book->sweep(counted);
    book->settle(amount, counted, counted);
  };
  settle_at(5, midnight - 3s);
  settle_at(7, midnight - 1s);
  book->sweep(midnight + 1s);
  CHECK(book->idle() == 50);
  settle_at(11, midnight + 1s);
  book->sweep(midnight + 3s);
  CHECK(book->idle() == 65);
  settle_at(17, midnight + 3s);
  book->sweep(midnight + 23h);
  CHECK(book->idle() == 65);
  CHECK(book->earliest_maturity(66) == midnight + 24h + 2s);
  book->sweep(midnight + 24h + 3s);
  CHECK(book->idle() == 100);
  check_sums(*book);
}

TEST_CASE("a wall clock that is put back or forward makes no day come twice", "[quota][book]") {
  BookRoom room;
  TestClock clock;
  auto spec = per_minute(100);
  spec.kind = WindowKind::day;
  spec.day = "utc";
  auto book = make_book(room.open(clock), spec, clock);
  REQUIRE(book->try_take(40));
  book->settle(40, clock.at, clock.at);
  SECTION("an hour back after midnight") {
    clock.pass(12h);
    book->follow(clock.now());
    book->sweep(clock.at);
    REQUIRE(book->idle() == 100);
    REQUIRE(book->try_take(30));
    book->settle(30, clock.at, clock.at);
    clock.wall -= 2h;
    book->follow(clock.now());
    clock.pass(3h);
    book->follow(clock.now());
    book->sweep(clock.at);
    CHECK(book->idle() == 70);
  }
  SECTION("a step makes the guard a minute") {
    clock.wall += 10s;
    book->follow(clock.now());
    clock.pass(11h - 10s + 59s);
    book->follow(clock.now());
    book->sweep(clock.at);
    CHECK(book->idle() == 60);
    clock.pass(2s);
    book->sweep(clock.at);
    CHECK(book->idle() == 100);
  }
}

TEST_CASE(
  "D is learned for this life, and the next one waits for what was learned", "[quota][book]") {
  BookRoom room;
  TestClock clock;
  {
    auto book = make_book(room.open(clock), per_minute(10), clock);
    CHECK(book->delay() == 1'002ms);
    book->set_delay(4s);
    CHECK(book->delay() == 4'008ms);
    auto same = per_minute(12);
    book->set_terms(same);
    CHECK(book->delay() == 4'008ms);
    same.count_delay = 2s;
    book->set_terms(same);
    CHECK(book->delay() == 2'004ms);
    book->set_delay(4s);
    REQUIRE(book->try_take(10));
  }
  auto book = make_book(room.open(clock), per_minute(10), clock);
  CHECK(book->delay() == 1'002ms);
  book->sweep(clock.at + 63'900ms);
  CHECK(book->idle() == 0);
  book->sweep(clock.at + 64'700ms);
  CHECK(book->idle() == 10);
}

TEST_CASE("a quota that can't be is refused", "[quota][book]") {
  BookRoom room;
  const TestClock clock;
  auto memory = room.open(clock);
  CHECK(
    PermitBook::make(memory, per_minute(-1), clock.now()).error().kind == ErrorKind::invalid_value);
  auto nowhere = per_minute(1);
  nowhere.kind = WindowKind::day;
  nowhere.day = "Nowhere/Land";
  CHECK(PermitBook::make(memory, nowhere, clock.now()).error().kind == ErrorKind::invalid_value);
  auto endless = make_book(memory, per_minute(std::numeric_limits<std::int64_t>::max()), clock);
  CHECK(endless->try_take(1'000'000'000));
  check_sums(*endless);
}
