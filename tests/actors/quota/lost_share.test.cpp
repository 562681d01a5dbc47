#include "tests/actors/quota/shared_book.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

namespace {

/// The second life of a member's data folder.
std::shared_ptr<PermitMemory> open_again(BookRoom& room, const TestClock& clock) {
  auto opened = PermitMemory::open({room.folder.path(), 16}, room.identity, {}, clock.now());
  REQUIRE(opened);
  (*opened)->set_shared();
  room.identity.epoch = 2;
  (*opened)->begin_epoch(2);
  return *opened;
}

} // namespace

TEST_CASE("a lost book lies still until the others have told", "[quota][share]") {
  BookRoom room;
  TestClock clock;
  auto memory = room.open(clock);
  auto book = make(memory, shared(100, 60), clock);
  book.reset();
  memory.reset();
  room.identity.boot = "cccccccc-bbbb-4bbb-8bbb-bbbbbbbbbbbb";
  memory = open_again(room, clock);
  CHECK(memory->is_lost());
  book = make(memory, shared(100, 60), clock);
  CHECK(book->carry_out(receive(1, 10), clock.at) == 0);
  CHECK(book->idle() == 0);
  // A kill does not end it.
  book.reset();
  memory.reset();
  memory = open_again(room, clock);
  REQUIRE(memory->beginning() == BookBeginning::restarted);
  CHECK(memory->is_lost());
  book = make(memory, shared(100, 60), clock);
  clock.pass(300s);
  book->sweep(clock.at);
  CHECK(book->idle() == 0);

  const std::vector<PairCounters> told{{1, 25, 5, {}}, {2, 0, 10, {}}};
  for (int twice = 0; twice < 2; ++twice)
    REQUIRE(book->recover_share({told, clock.at}, clock.now()));
  memory->found();
  CHECK(book->hold() == 50);
  CHECK(book->cooling() == 50);
  CHECK(book->carry_out(receive(2, 10), clock.at) == 0);
  clock.pass(62s);
  book->sweep(clock.at);
  CHECK(book->idle() == 50);
}

TEST_CASE("of a lost book nothing is used before all of its process were told", "[quota][share]") {
  BookRoom room;
  TestClock clock;
  room.identity.known = true;
  room.identity.epoch = 1;
  const std::vector<PairCounters> told{{1, 25, 5, {}}};
  auto memory = open_again(room, clock);
  auto book = make(memory, shared(100, 60), clock);
  REQUIRE(book->recover_share({told, clock.at}, clock.now()));
  // Others take long, and it is killed: the next life may be told otherwise.
  for (int life = 0; life < 2; ++life) {
    clock.pass(70s);
    book->sweep(clock.at);
    CHECK(book->idle() == 0);
    book.reset();
    memory.reset();
    memory = open_again(room, clock);
    REQUIRE(memory->is_lost());
    book = make(memory, shared(100, 60), clock);
  }
  // All that it waits for is over.
  REQUIRE(book->recover_share({told, clock.at - 70s}, clock.now()));
  CHECK(book->idle() == 0);
  memory->found();
  clock.pass(1s);
  book->sweep(clock.at);
  CHECK(book->idle() == 40);
}

TEST_CASE("a kill does not shorten the wait for a life that may run elsewhere", "[quota][share]") {
  BookRoom room;
  TestClock clock;
  room.identity.known = true;
  room.identity.machine.clear();
  auto memory = open_again(room, clock);
  const auto elsewhere_until = memory->elsewhere_until();
  REQUIRE(elsewhere_until == clock.at + 60s);
  auto book = make(memory, shared(100, 60), clock);
  REQUIRE(book->recover_share({{}, *elsewhere_until}, clock.now()));
  memory->found();
  book.reset();
  memory.reset();
  memory = open_again(room, clock);
  REQUIRE_FALSE(memory->is_lost());
  book = make(memory, shared(100, 60), clock);
  clock.pass(120s);
  book->sweep(clock.at);
  CHECK(book->idle() == 0);
  clock.pass(3s);
  book->sweep(clock.at);
  CHECK(book->idle() == 60);
}
