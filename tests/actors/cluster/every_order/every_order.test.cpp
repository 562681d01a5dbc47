#include "tests/actors/cluster/every_order/exploration.hpp"
#include "tests/sanitized.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <string_view>
#include <vector>

using namespace gateway;

/// A model checker over the real code (cluster-quota.md, section 19).
///
/// *A moment* is what every member's mapping holds, byte for byte (`BookValue`), the calls that its
/// process is with, all messages that were ever said and may still be heard, what the provider has
/// counted within its window, and what was written and not counted yet by processes that are gone.
/// Time goes in ticks and is part of all of these, as what is left of it, so it never ends.
///
/// *Moves* (`World`), in every order, each a step of the real PermitBook, PermitMemory and
/// QuotaSharing (`RealMember`): a call is admitted, put back, written, counted at any time until D,
/// settled at any time after; permits are given, those that cool too, moved between own part and
/// pool; any message ever said is heard, again too; a process is killed after any single store of
/// any of these and of its next start; a machine goes with its memory, its next life asks the
/// others, is told, and is killed on that way; a tick passes; a call of another thread begins or
/// ends after any store of a move. Messages are those of the mapping after each store.
///
/// *What must hold in every moment* (`World::wrong_in`): I1 for each pair, and all that is held and
/// on its way is the limit; I2, and what is in flight is what calls are with; the provider counts
/// no more than the limit in any window; nobody takes a book for another one than it is.
///
/// A step depends on nothing but the mapping, the order and the message: the real code is asked
/// once for each, and two members' stores need no other order than that of their messages. What
/// QuotaSharing remembers it may always hear again, so each step has a new one. Words that nobody
/// will make anything of are left out, after the real code was asked.
///
/// Not here: limits that change, members that come and go, calendars, budgets, clocks that differ,
/// who decides what is given (any amount may be given at any time to whoever's book is not lost).

namespace {

constexpr std::size_t no_end = 12'000'000;

/// `GATEWAY_ORDERS=all` tries every last moment of the larger worlds too: minutes, gigabytes.
bool is_whole_run() {
  const char* const orders = std::getenv("GATEWAY_ORDERS");
  return orders != nullptr && std::string_view{orders} == "all";
}

struct Row {
  const char* when;
  Size size;
  std::size_t all;   // moments there are
  std::size_t quick; // are tried where not all are
};

Size two(std::int64_t limit, int given_most) {
  Size size;
  size.inits = {limit, 0};
  size.given_most = given_most;
  return size;
}

Size three(std::int64_t limit, int given_most) {
  auto size = two(limit, given_most);
  size.inits.push_back(0);
  size.have_met = true;
  return size;
}

Size with(Size size, const std::function<void(Size&)>& change) {
  change(size);
  return size;
}

} // namespace

TEST_CASE("no order of single stores, kills and old messages makes a permit", "[orders]") {
  const std::vector<Row> worlds{
    {"two nodes, two permits, pool and what cools",
     with(two(2, 2), [](Size& size) { size.has_pool = size.gives_cooling = true; }),
     10'000,
     no_end},
    {"two nodes, two permits, calls in threads, a machine goes",
     with(two(2, 2), [](Size& size) { size.has_threads = true, size.crashes = 1; }),
     52'000,
     no_end},
    {"two nodes, one permit, D, processes stay down, a machine goes",
     with(two(1, 1), [](Size& size) { size.stays_down = true, size.delay = size.crashes = 1; }),
     229'000,
     no_end},
    {"two nodes, two permits, a window of two ticks, D, a machine goes",
     with(two(2, 1), [](Size& size) { size.window = 2, size.delay = size.crashes = 1; }),
     471'000,
     no_end},
    {"three nodes, two permits", three(2, 1), 5'700, no_end},
    {"three nodes, one permit, a machine goes",
     with(three(1, 1), [](Size& size) { size.crashes = 1; }),
     1'100'000,
     200'000},
    {"two nodes, one permit, two machines go, at once too",
     with(two(1, 1), [](Size& size) { size.crashes = 2; }),
     1'240'000,
     200'000},
    {"two nodes, two permits, pool and what cools, a machine goes",
     with(
       two(2, 2), [](Size& size) { size.has_pool = size.gives_cooling = true, size.crashes = 1; }),
     600'000,
     150'000}};
  for (const auto& [when, size, all, quick] : worlds) {
    CAPTURE(when);
    const auto most = is_whole_run() ? no_end : testing::sanitized ? 5'000 : quick;
    const auto explored = explore(size, Removed::none, most);
    std::cout << when << ": " << explored.moments << " moments" << (explored.is_all ? "" : " first")
              << ", " << explored.moves << " moves, " << explored.books << " books, "
              << explored.steps << " steps of the real code\n";
    CHECK(explored.wrong == "");
    CHECK(explored.moments >= std::min(all, most));
    CHECK(explored.is_all == (most == no_end));
  }
}

TEST_CASE("every rule that is removed is found out", "[orders]") {
  struct Rule {
    const char* rule;
    Removed removed;
    Size size;
    const char* found;
  };
  const auto machine = with(two(2, 2), [](Size& size) { size.crashes = 1; });
  const auto count = "the provider counts more than the limit";
  const auto pairs = "I1: more was received than given";
  const auto row = GENERATE_COPY(
    // Usable at once is usable at the next tick: it is not swept before it is found.
    Rule{
      "a lost book waits for D and a window",
      Removed::lost_waits,
      with(machine, [](Size& size) { size.window = 2; }),
      count},
    Rule{"what was with calls cools after a kill", Removed::restart_cools, two(2, 2), count},
    Rule{"the larger number counts, not a difference", Removed::larger_counts, two(2, 2), pairs},
    Rule{"older lives are not heard", Removed::older_lives_are_closed, machine, pairs},
    Rule{"a life is closed before it is told of", Removed::closed_before_told, machine, pairs},
    Rule{
      "what cools has arrived before anything usable is given",
      Removed::cooling_arrives_first,
      with(two(2, 2), [](Size& size) { size.gives_cooling = true; }),
      count},
    Rule{"the book, then the message", Removed::book_before_message, two(2, 2), pairs},
    Rule{"the book, then the write", Removed::book_before_write, two(2, 2), count},
    Rule{
      "a call cools from when it is counted at the latest",
      Removed::counted_by_then,
      with(two(2, 1), [](Size& size) { size.delay = 1; }),
      count});
  CAPTURE(row.rule);
  const auto explored = explore(row.size, row.removed, 200'000);
  CAPTURE(explored.wrong);
  CHECK(explored.wrong.starts_with(row.found));
}
