#include "actors/cluster/farewell.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

namespace {

BookTold told(std::uint32_t gone) {
  BookTold told;
  told.about = {{gone, closed_for_good}};
  return told;
}

} // namespace

TEST_CASE("a member that left is gone when all others have told", "[cluster][farewell]") {
  Farewell farewell;
  farewell.set_members({1, 2, 3}, 4);
  CHECK(farewell.questions(Instant{10s}, 400ms).empty());
  farewell.add(3, false, Instant{10s});
  CHECK(farewell.waits_for() == std::vector{1U, 2U});
  CHECK(farewell.questions(Instant{10s}, 400ms).size() == 2);
  auto first = told(3);
  first.counters = {{7, 3, 30, 4}};
  farewell.hear(1, first, Instant{11s});
  farewell.hear(2, told(3), Instant{12s});
  CHECK(farewell.over_at(60s) == Instant{12s});
  const auto entry = farewell.entry({{7, 0, 3, 1, 2}}, 0);
  CHECK(entry.members == std::vector{3U});
  CHECK(entry.told == std::vector<MembersGone::Told>{{7, 0, 3, 1, 2}, {7, 1, 3, 30, 4}});
  CHECK(entry.known == 4);
  CHECK_FALSE(entry.is_written_off);
  // Another one that joined meanwhile has to tell as well.
  farewell.set_members({1, 2, 3, 4}, 5);
  CHECK(farewell.waits_for() == std::vector{4U});
}

TEST_CASE("what one that is written off used last is waited for", "[cluster][farewell]") {
  Farewell farewell;
  farewell.add(3, true, Instant{10s});
  farewell.set_members({1, 3}, 3);
  farewell.hear(1, told(3), Instant{11s});
  CHECK(farewell.over_at(60s) == Instant{71s});
  farewell.heard_of_gone(3, Instant{40s});
  CHECK(farewell.over_at(60s) == Instant{100s});
  farewell.add(1, false, Instant{50s});
  CHECK(farewell.waits_for().empty());
  CHECK(farewell.entry({}, 0).is_written_off);
  farewell.set_members({1}, 3);
  CHECK_FALSE(farewell.has(3));
}

TEST_CASE("who tells without a book is the heir, the lowest of them", "[cluster][farewell]") {
  Farewell farewell;
  farewell.add(4, true, Instant{10s});
  farewell.set_members({1, 2, 3, 4}, 5);
  auto lost = told(4);
  lost.is_lost = true;
  farewell.hear(3, lost, Instant{11s});
  farewell.hear(2, lost, Instant{11s});
  farewell.hear(1, told(4), Instant{11s});
  CHECK(farewell.entry({}, 0).heir == 2);
}
