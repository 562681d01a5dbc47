#include "actors/cluster/farewell.hpp"

#include "actors/quota/permit_layout.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

namespace {

const std::vector<ContactTerms> contact{{5, {0, 1, 3}, Milliseconds{40'000}}};

BookTold told(std::uint32_t gone, Milliseconds silent = Milliseconds{0}) {
  BookTold told;
  told.about = {{gone, closed_for_good}};
  told.silent = {silent};
  return told;
}

/// Of node 0, which never heard them.
Farewell::Rules rules(const std::vector<ContactTerms>& terms = contact) {
  return {60s, 10s, terms, {{3, Instant{2s}}}, 0};
}

} // namespace

TEST_CASE("a member that left is gone when all others have told", "[cluster][farewell]") {
  Farewell farewell;
  farewell.set_members({1, 2, 3}, 4);
  CHECK(farewell.questions(Instant{10s}, 400ms).empty());
  farewell.add(3, Going::left, Instant{10s});
  CHECK(farewell.waits_for() == std::vector{1U, 2U});
  CHECK(farewell.questions(Instant{10s}, 400ms).size() == 2);
  auto first = told(3);
  first.counters = {{7, 3, 30, 4}};
  farewell.hear(1, first, Instant{11s});
  farewell.hear(2, told(3), Instant{12s});
  CHECK(farewell.over_at(rules()) == Instant{12s});
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
  farewell.add(3, Going::written_off, Instant{10s});
  farewell.set_members({1, 3}, 3);
  farewell.hear(1, told(3), Instant{11s});
  CHECK(farewell.over_at(rules()) == Instant{71s});
  farewell.heard_of_gone(3, Instant{40s});
  CHECK(farewell.over_at(rules()) == Instant{100s});
  farewell.add(1, Going::left, Instant{50s});
  CHECK(farewell.waits_for().empty());
  CHECK(farewell.entry({}, 0).is_written_off);
  farewell.set_members({1}, 3);
  CHECK_FALSE(farewell.has(3));
}

TEST_CASE("who tells without a book is the heir, the lowest of them", "[cluster][farewell]") {
  Farewell farewell;
  farewell.add(4, Going::written_off, Instant{10s});
  farewell.set_members({1, 2, 3, 4}, 5);
  auto lost = told(4);
  lost.is_lost = true;
  farewell.hear(3, lost, Instant{11s});
  farewell.hear(2, lost, Instant{11s});
  farewell.hear(1, told(4), Instant{11s});
  CHECK(farewell.entry({}, 0).heir == 2);
}

TEST_CASE(
  "one that goes in silence has stopped when most of the voters had not heard it for long enough",
  "[cluster][farewell]") {
  Farewell farewell;
  farewell.set_members({1, 2, 3}, 4);
  farewell.add(3, Going::silent, Instant{100s});
  // Who is no voter does not matter; of the voters it needs two, and is one itself.
  farewell.hear(2, told(3, Milliseconds{0}), Instant{101s});
  CHECK_FALSE(farewell.over_at(rules()));
  farewell.hear(1, told(3, Milliseconds{50'000}), Instant{101s});
  CHECK(farewell.over_at(rules()) == Instant{51s} + stretched(40s) + stretched(10s) + 60s);
  CHECK(farewell.entry({}, 0).is_written_off);
  // By terms of before it may go on.
  CHECK_FALSE(farewell.over_at(rules({ContactTerms{}, contact.front()})));
  const ContactTerms longer{4, {0, 1, 3}, Milliseconds{90'000}};
  CHECK(
    farewell.over_at(rules({longer, contact.front()}))
    == Instant{51s} + stretched(90s) + stretched(10s) + 60s);
  // A majority of those may hear it still: one of them is no member any more.
  CHECK_FALSE(farewell.over_at(rules({{4, {1, 3, 7}, Milliseconds{9'000}}, contact.front()})));
  // The operator knows more.
  farewell.add(3, Going::written_off, Instant{102s});
  CHECK(farewell.over_at(rules()) == Instant{162s});
}
