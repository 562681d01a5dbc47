#include "tests/actors/quota/shared_book.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

namespace {

ShareOrder give(std::uint32_t member, std::int64_t amount, std::int64_t acknowledged = 0) {
  ShareOrder order;
  order.kind = ShareOrder::Kind::give;
  order.member = member;
  order.amount = amount;
  order.acknowledged = acknowledged;
  return order;
}

ShareOrder move(std::int64_t amount, Part part) {
  ShareOrder order;
  order.amount = amount;
  order.part = part;
  return order;
}

ShareOrder give_cooling(std::uint32_t member, std::int64_t acknowledged) {
  auto order = give(member, 0, acknowledged);
  order.kind = ShareOrder::Kind::give_cooling;
  return order;
}

} // namespace

TEST_CASE("a member holds its part, what it received and less what it gave", "[quota][share]") {
  BookRoom room;
  TestClock clock;
  const auto memory = room.open(clock);
  const auto book = make(memory, shared(100, 40), clock);
  CHECK(book->idle() == 40);
  CHECK(book->limit() == 100);
  CHECK(book->carry_out(give(3, 15), clock.at) == 15);
  CHECK(book->carry_out(receive(4, 7), clock.at) == 7);
  CHECK(book->carry_out(receive(4, 7), clock.at) == 0); // twice
  CHECK(book->carry_out(receive(4, 5), clock.at) == 0); // late
  CHECK(book->carry_out(receive(4, 9, Part::pool), clock.at) == 2);
  const auto state = book->share();
  CHECK(state.hold == 34);
  CHECK(state.idle == 32);
  CHECK(state.pool == 2);
  CHECK(state.in_flight == 0);
  CHECK(state.pairs == std::vector<PairCounters>{{4, 0, 9, {}}, {3, 15, 0, {}}});
}

TEST_CASE("nobody gives what it has not, and calls use nothing of the pool", "[quota][share]") {
  BookRoom room;
  TestClock clock;
  const auto memory = room.open(clock);
  const auto book = make(memory, shared(10, 10), clock);
  REQUIRE(book->try_take(4));
  CHECK(book->carry_out(move(100, Part::pool), clock.at) == 6);
  CHECK_FALSE(book->try_take(1));
  CHECK(book->carry_out(give(1, 5), clock.at) == 0); // of its own part
  auto of_pool = give(1, 9);
  of_pool.part = Part::pool;
  CHECK(book->carry_out(of_pool, clock.at) == 6);
  CHECK(book->carry_out(receive(2, (std::int64_t{1} << 54) + 1), clock.at) == 0);
  CHECK(book->hold() == 4);
}

TEST_CASE("what was given and received is there after a kill and a clean stop", "[quota][share]") {
  BookRoom room;
  TestClock clock;
  auto memory = room.open(clock);
  auto book = make(memory, shared(100, 60), clock);
  book->carry_out(give(3, 25), clock.at);
  book->carry_out(receive(9, 8), clock.at);
  SECTION("kill") {
    book.reset();
    memory.reset();
    memory = room.open(clock);
    REQUIRE(memory->beginning() == BookBeginning::restarted);
  }
  SECTION("clean stop and another boot") {
    room.past.clean_stop = memory->clean_stop_text(clock.now());
    book.reset();
    memory.reset();
    room.identity.boot = "cccccccc-bbbb-4bbb-8bbb-bbbbbbbbbbbb";
    memory = room.open(clock);
    REQUIRE(memory->beginning() == BookBeginning::clean_stop);
  }
  book = make(memory, shared(100, 60), clock);
  CHECK(book->hold() == 43);
  CHECK(book->idle() == 43);
  CHECK(book->carry_out(receive(9, 8), clock.at) == 0);
  CHECK(book->carry_out(give(3, 1, 25), clock.at) == 1);
  CHECK(book->share().pairs == std::vector<PairCounters>{{9, 0, 8, {}}, {3, 26, 0, {}}});
}

TEST_CASE("what cools is handed over part by part and cools on", "[quota][share]") {
  BookRoom first_room;
  BookRoom second_room;
  TestClock clock;
  const auto first_memory = first_room.open(clock);
  const auto second_memory = second_room.open(clock);
  const auto leaver = make(first_memory, shared(10, 10), clock);
  const auto heir = make(second_memory, shared(10, 0), clock);
  REQUIRE(leaver->try_take(4));
  leaver->settle(4, clock.at, clock.at);
  clock.pass(20s);
  REQUIRE(leaver->try_take(6));
  leaver->settle(6, clock.at, clock.at);

  const auto hand_over = [&](std::int64_t acknowledged) {
    const auto amount = leaver->carry_out(give_cooling(1, acknowledged), clock.at);
    const auto pair = leaver->share().pairs.front();
    auto order = receive(0, pair.given);
    order.wait = pair.given_until - clock.at;
    heir->carry_out(order, clock.at);
    return amount;
  };
  CHECK(hand_over(0) == 4);
  // The next has to wait until this one has arrived: usable ones too.
  CHECK(leaver->carry_out(give_cooling(1, 3), clock.at) == 0);
  CHECK(hand_over(4) == 6);
  CHECK(leaver->hold() == 0);
  CHECK(heir->hold() == 10);
  clock.pass(39s); // 59 after the first were used
  heir->sweep(clock.at);
  CHECK(heir->idle() == 0);
  clock.pass(6s);
  heir->sweep(clock.at);
  CHECK(heir->idle() == 4);
  clock.pass(21s);
  heir->sweep(clock.at);
  CHECK(heir->idle() == 10);
}

TEST_CASE("a limit is raised at once, and lowered as permits come back", "[quota][share]") {
  BookRoom room;
  TestClock clock;
  const auto memory = room.open(clock);
  const auto book = make(memory, shared(100, 50), clock);
  book->set_share({2, 80}, clock.at);
  CHECK(book->idle() == 80);
  REQUIRE(book->try_take(70));
  book->settle(70, clock.at, clock.at);
  book->set_share({3, 30}, clock.at);
  CHECK(book->hold() == 30);
  CHECK(book->owed() == 40);
  CHECK(book->idle() == 0);
  book->set_share({2, 80}, clock.at); // an older entry
  CHECK(book->hold() == 30);
  clock.pass(62s);
  book->sweep(clock.at);
  CHECK(book->owed() == 0);
  CHECK(book->idle() == 30);
}

TEST_CASE("a part below nothing is paid by what the others give", "[quota][share]") {
  BookRoom room;
  TestClock clock;
  const auto memory = room.open(clock);
  auto book = make(memory, shared(100, 20), clock);
  book->carry_out(give(1, 20), clock.at);
  book->set_share({2, -30}, clock.at);
  CHECK(book->hold() == -50);
  CHECK(book->owed() == 50);
  book->carry_out(receive(1, 35, Part::pool), clock.at);
  CHECK(book->owed() == 15);
  CHECK(book->share().pool == 0);
  book.reset();
  auto newer = shared(100, -30);
  newer.share->version = 2;
  book = make(memory, newer, clock);
  CHECK(book->owed() == 15);
  book->carry_out(receive(1, 55), clock.at);
  CHECK(book->owed() == 0);
  CHECK(book->idle() == 5);
}

TEST_CASE("a member that was removed counts no more, and its heir has its part", "[quota][share]") {
  BookRoom room;
  TestClock clock;
  const auto memory = room.open(clock);
  auto book = make(memory, shared(100, 100), clock);
  book->carry_out(give(1, 40), clock.at);
  book->carry_out(give(2, 30), clock.at);
  book->carry_out(receive(2, 10), clock.at);
  const std::vector<std::uint32_t> stay{0, 1};
  // It held 20 by the counters of all.
  book->set_share({2, 80 + 20, stay, 3}, clock.at);
  CHECK(book->hold() == 60);
  CHECK(book->idle() == 60);
  CHECK(book->share().pairs == std::vector<PairCounters>{{1, 40, 0, {}}});
  CHECK(book->carry_out(receive(2, 50), clock.at) == 0);
  CHECK(book->carry_out(give(2, 5), clock.at) == 0);
  book.reset();
  book = make(memory, shared(100, 100), clock);
  CHECK(book->hold() == 60);
  // What may have been used unseen cools, for whoever has not had that entry.
  book->set_share({3, 100 + 40 - 40, stay, 3}, clock.at);
  book->set_share({5, 125, stay, 3, 4}, clock.at);
  CHECK(book->idle() == 60);
  clock.pass(60s);
  book->sweep(clock.at);
  CHECK(book->idle() == 60);
  clock.pass(2s);
  book->sweep(clock.at);
  CHECK(book->idle() == 85);
}

TEST_CASE("by a record that is older than its own a book moves nothing", "[quota][share]") {
  BookRoom room;
  TestClock clock;
  const auto memory = room.open(clock);
  auto spec = shared(100, 100);
  auto book = make(memory, spec, clock);
  book->carry_out(give(1, 40), clock.at);
  book->set_share({7, 60, {0}, 2}, clock.at); // 1 went with what it had
  CHECK(book->hold() == 60);
  book.reset();
  // A life that knows less: to it 1 is a member that has given forty.
  spec.share = QuotaShare{1, 100, {0, 1}, 2};
  book = make(memory, spec, clock);
  CHECK(book->carry_out(receive(1, 40), clock.at) == 0);
  CHECK(book->carry_out(give(1, 5), clock.at) == 0);
  CHECK(book->hold() == 60);
  book->set_share({8, 60, {0, 2}, 3}, clock.at);
  CHECK(book->carry_out(give(1, 5), clock.at) == 0);
  CHECK(book->carry_out(give(2, 5), clock.at) == 5);
}

TEST_CASE("held back, a quota has no more out than it may", "[quota][share]") {
  BookRoom room;
  TestClock clock;
  const auto memory = room.open(clock);
  const auto book = make(memory, shared(100, 50), clock);
  REQUIRE(book->try_take(20));
  book->settle(20, clock.at, clock.at);
  book->hold_back(25, clock.at);
  CHECK(book->idle() == 5);
  book->carry_out(receive(1, 10), clock.at);
  book->carry_out(move(100, Part::own), clock.at);
  CHECK(book->idle() == 5);
  clock.pass(62s);
  book->sweep(clock.at);
  CHECK(book->idle() == 25);
  book->hold_back(0, clock.at);
  CHECK(book->idle() == 0);
  book->hold_back({}, clock.at);
  book->carry_out(move(100, Part::own), clock.at);
  CHECK(book->idle() == 60);
}

TEST_CASE("what cools until a calendar's reset is handed over until then", "[quota][share]") {
  BookRoom room;
  TestClock clock; // 13:00 UTC
  auto spec = shared(10, 10);
  spec.kind = WindowKind::week;
  spec.day = "utc";
  const auto book = make(room.open(clock), spec, clock);
  REQUIRE(book->try_take(4));
  book->settle(4, clock.at, clock.at);
  CHECK(book->carry_out(give_cooling(1, 0), clock.at) == 4);
  // It begins on a Monday, as this one is.
  CHECK(book->share().pairs.front().given_until == clock.at + 11h + 6 * 24h + 2s);
}

TEST_CASE("a quota that went and came again is another one", "[quota][share]") {
  auto again = per_minute(5);
  again.incarnation = 1;
  CHECK(key_of(again) != key_of(per_minute(5)));
}
