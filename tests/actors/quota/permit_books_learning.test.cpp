#include "actors/quota/permit_books.hpp"
#include "tests/actors/quota/taking.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

TEST_CASE("what headers say only ever lowers", "[quota][books]") {
  const auto report = [](
                        std::optional<std::int64_t> limit,
                        std::optional<std::int64_t> remaining,
                        std::optional<Milliseconds> reset = {}) {
    LimitReport made;
    made.window = LimitReport::Window::minute;
    made.limit = limit;
    made.remaining = remaining;
    made.reset = reset;
    return made;
  };
  BookRoom room;
  TestClock clock;
  auto books = make_books(room.open(clock), {per_minute(100)}, clock);
  const auto tighten = [&](const LimitReport& said) {
    books.tighten(first, said, clock.at, clock.at);
  };
  const auto left = [&] { return books.left(0, clock.at); };

  SECTION("a lower limit holds while it is said") {
    tighten(report(60, {}));
    CHECK(left() == 60);
    CHECK(books.states(clock.at)[0].limit == 60);
    CHECK(books.states(clock.at)[0].said_limit == 60);
    tighten(report(500, {}));
    CHECK(left() == 100);
    CHECK(books.states(clock.at)[0].said_limit == 500); // for people: the document may follow
  }
  SECTION("a limit of nothing is not believed") {
    tighten(report(0, {}));
    tighten(report(-5, {}));
    CHECK(left() == 100);
  }
  SECTION("less remains than we left: once may be chance, twice is somebody else") {
    tighten(report({}, 70));
    CHECK(left() == 100);
    clock.pass(3s);
    tighten(report({}, 70));
    CHECK(left() == 70);
    CHECK(books.states(clock.at)[0].external == 30);
    clock.pass(60s);
    CHECK(left() == 70);
    clock.pass(1s);
    CHECK(left() == 100);
    CHECK(books.states(clock.at)[0].external == 0);
  }
  SECTION("twice, but not within 5 s") {
    tighten(report({}, 70));
    clock.pass(6s);
    tighten(report({}, 70));
    CHECK(left() == 100);
  }
  SECTION("a difference of 2 % is the network's") {
    tighten(report({}, 98));
    tighten(report({}, 98));
    CHECK(left() == 100);
  }
  SECTION("nothing remains: at once, until the reset") {
    tighten(report({}, 0, 10s));
    CHECK(left() == 0);
    clock.pass(9'900ms);
    CHECK(left() == 0);
    clock.pass(500ms);
    CHECK(left() == 100);
  }
  SECTION("more remains than we think: nothing changes") {
    auto permits = take(books, first, {}, clock.at);
    tighten(report({}, 100));
    tighten(report({}, 100));
    CHECK(left() == 99);
    books.settle(std::move(permits), answered(clock.at, clock.at, clock.at), clock.at);
  }
  SECTION("what was heard long ago says nothing") {
    books.tighten(first, report({}, 0), clock.at - 2s, clock.at);
    CHECK(left() == 100);
  }
  SECTION("another window's header is not ours") {
    auto daily = report(5, 0);
    daily.window = LimitReport::Window::day;
    tighten(daily);
    CHECK(left() == 100);
  }
}

TEST_CASE("a 429 raises D by half and sets a hundredth aside for an hour", "[quota][books]") {
  BookRoom room;
  TestClock clock;
  auto books = make_books(room.open(clock), {per_minute(1'000), places(8)}, clock);
  const auto delay = [&] { return books.states(clock.at)[0].count_delay; };
  CHECK(delay() == 1'002ms);
  const Milliseconds delays[] = {1'503ms, 2'255ms, 3'382ms, 5'010ms, 5'010ms};
  for (const auto expected : delays) {
    books.refused_by_provider(both, clock.at);
    CHECK(delay() == expected);
  }
  CHECK(books.states(clock.at)[0].learned_delay == 5'000ms);
  CHECK(books.states(clock.at)[0].is_set_aside);
  CHECK(books.left(0, clock.at) == 990);
  CHECK(books.left(1, clock.at) == 8);
  clock.pass(59min);
  books.tick(clock.now());
  CHECK(books.left(0, clock.at) == 990);
  clock.pass(1min);
  books.tick(clock.now());
  CHECK(books.left(0, clock.at) == 1'000);
  CHECK_FALSE(books.states(clock.at)[0].is_set_aside);
}

TEST_CASE("a long window is used no further than its journal", "[quota][books]") {
  BookRoom room;
  TestClock clock;
  auto spec = named(per_minute(1'000), "rpd");
  spec.window = 24h;
  auto books = make_books(room.open(clock), {spec, per_minute(500)}, clock);
  const auto refused = refusal(books, both, {}, clock.at);
  CHECK(refused.waiting_for_journal);
  CHECK(refused.retry_after == 10ms);
  CHECK(books.left(1, clock.at) == 500); // all or none
  CHECK(books.states(clock.at)[0].waiting_for_journal);

  const auto request = books.journal_wanted(clock.now());
  REQUIRE(request);
  CHECK(request->lines.find("\"upto\":10,") != std::string::npos);
  CHECK_FALSE(books.journal_wanted(clock.now())); // one at a time
  CHECK(std::holds_alternative<Refused>(books.admit(both, {}, clock.at)));
  books.journal_synced(request->ticket + 1);
  CHECK(std::holds_alternative<Refused>(books.admit(both, {}, clock.at)));
  books.journal_synced(request->ticket);
  auto permits = take(books, both, {}, clock.at);

  // The next block is asked for while there is one left.
  const auto next = books.journal_wanted(clock.now());
  REQUIRE(next);
  books.journal_failed();
  CHECK(std::holds_alternative<Refused>(books.admit(both, {}, clock.at)));
  CHECK(std::holds_alternative<Permits>(books.admit(std::vector<std::uint32_t>{1}, {}, clock.at)));
  clock.pass(1s);
  const auto again = books.journal_wanted(clock.now());
  REQUIRE(again);
  books.journal_synced(again->ticket);
  CHECK(std::holds_alternative<Permits>(books.admit(both, {}, clock.at)));
  books.settle(std::move(permits), answered(clock.at, clock.at, clock.at), clock.at);
}
