#include "actors/cluster/lost_book.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

namespace {

BookTold told(std::uint64_t asker, std::vector<BookLost::About> about) {
  BookTold told;
  told.lives = {1, asker};
  told.about = std::move(about);
  return told;
}

} // namespace

TEST_CASE("a lost book is what all the others gave less what they received", "[cluster][lost]") {
  LostBook lost{1, 5, Instant{100s}};
  lost.set_members({0, 1, 2});
  CHECK(lost.questions(Instant{100s}, 400ms).size() == 2);
  CHECK(lost.questions(Instant{100'300ms}, 400ms).empty());
  CHECK(lost.questions(Instant{100'400ms}, 400ms).size() == 2);
  auto first = told(5, {{1, 5}});
  first.counters = {{7, 1, 30, 4}, {8, 1, 1, 0}};
  lost.hear(0, first, Instant{101s});
  CHECK(lost.waits_for() == std::vector<std::uint32_t>{2});
  auto of_older_life = told(4, {{1, 4}});
  lost.hear(2, of_older_life, Instant{101s});
  CHECK_FALSE(lost.is_complete());
  auto second = told(5, {{1, 5}});
  second.counters = {{7, 1, 0, 9}};
  lost.hear(2, second, Instant{102s});
  REQUIRE(lost.is_complete());
  const std::vector<PairCounters> expected{{0, 4, 30, {}}, {2, 9, 0, {}}};
  CHECK(lost.counters(7, {}) == expected);
  CHECK(lost.used_by() == Instant{100s});
}

TEST_CASE("what is told in pages counts when the last has come", "[cluster][lost]") {
  LostBook lost{1, 5, Instant{100s}};
  lost.set_members({0, 1});
  auto page = told(5, {{1, 5}});
  page.pages = 2;
  page.counters = {{7, 1, 30, 0}};
  lost.questions(Instant{100s}, 400ms);
  lost.hear(0, page, Instant{100s});
  lost.hear(0, page, Instant{100s}); // twice
  CHECK_FALSE(lost.is_complete());
  const auto questions = lost.questions(Instant{100s}, 400ms); // without waiting
  REQUIRE(questions.size() == 1);
  CHECK(questions.front().second.page == 1);
  page.page = 1;
  page.counters = {{8, 1, 3, 0}};
  lost.hear(0, page, Instant{100s});
  REQUIRE(lost.is_complete());
  CHECK(lost.counters(7, {}).front().received == 30);
  CHECK(lost.counters(8, {}).front().received == 3);
}

TEST_CASE("of several that lost their books the lowest takes what all held", "[cluster][lost]") {
  LostBook lost{1, 5, Instant{100s}};
  lost.set_members({0, 1, 2});
  BookTold also_lost;
  also_lost.is_lost = true;
  also_lost.lives = {9, 5};
  lost.hear(2, also_lost, Instant{120s});
  auto only_mine = told(5, {{1, 5}});
  lost.hear(0, only_mine, Instant{121s});
  CHECK_FALSE(lost.is_complete()); // of the other's newest life it has not told
  auto of_both = told(5, {{1, 5}, {2, 9}});
  of_both.counters = {{7, 1, 10, 2}, {7, 2, 6, 1}};
  lost.hear(0, of_both, Instant{122s});
  REQUIRE(lost.is_complete());
  const std::vector<PairCounters> expected{{0, 2, 10, {}}, {2, 0, 20 + 5, {}}};
  CHECK(lost.counters(7, {{0, 0}, {1, 0}, {2, 20}}) == expected);
  CHECK(lost.used_by() == Instant{120s}); // when the last of them had surely stopped
}

TEST_CASE("who lost its book and is not the lowest waits for it", "[cluster][lost]") {
  LostBook lost{2, 5, Instant{100s}};
  lost.set_members({1, 2});
  BookTold also_lost;
  also_lost.is_lost = true;
  also_lost.lives = {9, 5};
  lost.hear(1, also_lost, Instant{100s});
  CHECK_FALSE(lost.is_complete());
  auto found = told(5, {{2, 5}});
  found.counters = {{7, 2, 0, 25}};
  lost.hear(1, found, Instant{130s});
  REQUIRE(lost.is_complete());
  // With what it began with it holds nothing: all of it is the other's.
  CHECK(lost.counters(7, {}).front() == PairCounters{1, 25, 0, {}});
}

TEST_CASE(
  "what cools of a lost book is in its journal, if nothing says otherwise", "[cluster][lost]") {
  constexpr WallTime noon{Milliseconds{1'795'435'200'000}};
  LostBook lost{1, 5, Instant{100s}};
  CHECK(lost.is_in_journal(7, noon, Instant{100s})); // alone
  lost.set_members({0, 1, 2});
  auto of_one = told(5, {{1, 5}});
  auto of_other = of_one;
  of_one.wall = of_other.wall = noon;
  of_one.counters = {{7, 1, 30, 4}, {8, 1, 30, 4, 20min}};
  lost.hear(0, of_one, Instant{101s});
  lost.hear(2, of_other, Instant{102s});
  CHECK(lost.is_in_journal(7, noon + 10s, Instant{111s}));
  // What cools was given to it last, and may never have arrived.
  CHECK_FALSE(lost.is_in_journal(8, noon + 10s, Instant{111s}));
  SECTION("this clock is not what most say") {
    CHECK_FALSE(lost.is_in_journal(7, noon + 12s, Instant{111s}));
    CHECK_FALSE(lost.is_in_journal(7, noon + 7s, Instant{111s}));
  }
  SECTION("one clock of three is wrong") {
    of_other.wall = noon + 1h;
    lost.forget(2);
    lost.hear(2, of_other, Instant{102s});
    CHECK(lost.is_in_journal(7, noon + 10s, Instant{111s}));
  }
  SECTION("nobody says what time it is") {
    of_one.wall = of_other.wall = {};
    for (const auto member : {0U, 2U}) lost.forget(member);
    lost.hear(0, of_one, Instant{101s});
    lost.hear(2, of_other, Instant{102s});
    CHECK_FALSE(lost.is_in_journal(7, noon + 10s, Instant{111s}));
  }
  SECTION("another one lost its book too") {
    of_other.is_lost = true;
    lost.hear(2, of_other, Instant{103s});
    CHECK_FALSE(lost.is_in_journal(7, noon + 10s, Instant{111s}));
  }
}
