#include "actors/quota/permit_members.hpp"

#include "tests/actors/quota/book_room.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

TEST_CASE("which life of a member counts is there after a kill", "[quota][share]") {
  BookRoom room;
  TestClock clock;
  auto memory = room.open(clock);
  CHECK(memory->members().epoch_of(0) == 0);
  CHECK(memory->members().see(0, 3));
  CHECK(memory->members().see(127, 8));
  CHECK(memory->members().see(0, 2)); // an older one changes nothing
  memory.reset();
  memory = room.open(clock);
  CHECK(memory->members().epoch_of(0) == 3);
  CHECK(memory->members().epoch_of(127) == 8);
}

TEST_CASE("what a member said it knows is there after a kill, the newest of it", "[quota][share]") {
  BookRoom room;
  TestClock clock;
  auto memory = room.open(clock);
  memory->members().note_record(7, 12); // nobody saw it yet
  CHECK(memory->members().record_of(7) == 0);
  CHECK(memory->members().see(7, 3));
  memory->members().note_record(7, 12);
  memory->members().note_record(7, 11);
  memory.reset();
  memory = room.open(clock);
  CHECK(memory->members().record_of(7) == 12);
  // Its place is another one's.
  memory->members().keep_only({});
  CHECK(memory->members().see(8, 1));
  CHECK(memory->members().record_of(8) == 0);
}

TEST_CASE("there is room for as many members as a cluster may have", "[quota][share]") {
  BookRoom room;
  TestClock clock;
  const auto memory = room.open(clock);
  for (std::uint32_t i = 0; i < members_max; ++i) CHECK(memory->members().see(i, 1));
  CHECK_FALSE(memory->members().see(members_max, 1));
  std::set<std::uint32_t> stay;
  for (std::uint32_t i = 1; i < members_max; ++i) stay.insert(i);
  memory->members().keep_only(stay);
  CHECK(memory->members().epoch_of(0) == 0);
  CHECK(memory->members().epoch_of(1) == 1);
  CHECK(memory->members().see(members_max, 1));
}

TEST_CASE("a book knows whose it is, and by which record", "[quota][share]") {
  BookRoom room;
  TestClock clock;
  {
    const auto memory = room.open(clock);
    CHECK(memory->members().self() == std::nullopt);
    CHECK(memory->members().record() == 0);
    memory->members().follow(0, 7);
  }
  const auto again = room.open(clock);
  CHECK(again->members().self() == 0);
  CHECK(again->members().record() == 7);
}

TEST_CASE("pairs with members that are gone are taken again", "[quota][share]") {
  BookRoom room{1};
  TestClock clock;
  const auto memory = room.open(clock);
  auto spec = per_minute(10);
  spec.share = QuotaShare{1, 10, {0, 1}, 2};
  auto book = *PermitBook::make(memory, spec, clock.now());
  ShareOrder order;
  order.kind = ShareOrder::Kind::give;
  order.amount = 1;
  // Far more of them than there is room for at a time; each leaves all it had to this one.
  for (std::uint32_t member = 1; member < 1'000; ++member) {
    order.member = member;
    REQUIRE(book->carry_out(order, clock.at) == 1);
    REQUIRE(book->hold() == 9);
    book->set_share({member + 1, 10, {0, member + 1}, member + 2}, clock.at);
    REQUIRE(book->hold() == 10);
    REQUIRE(book->share().pairs.empty());
  }
}

TEST_CASE("pairs of quotas that are gone are taken again", "[quota][share]") {
  BookRoom room{1};
  TestClock clock;
  const auto memory = room.open(clock);
  ShareOrder order;
  order.kind = ShareOrder::Kind::give;
  order.amount = 1;
  for (int life = 0; life < 3; ++life) {
    auto spec = per_minute(10);
    spec.name = "rpm" + std::to_string(life);
    spec.share = QuotaShare{1, 10};
    auto book = PermitBook::make(memory, spec, clock.now());
    REQUIRE(book);
    for (std::uint32_t member = 1; member <= 4; ++member) {
      order.member = member;
      CHECK((*book)->carry_out(order, clock.at) == 1);
    }
    order.member = 5; // four a quota there are
    CHECK((*book)->carry_out(order, clock.at) == 0);
    CHECK((*book)->idle() == 6);
    clock.pass(100s);
    book->reset();
    clock.pass(100s);
    // As long as the cluster knows the quota, what it gave away must not be forgotten.
    auto other = spec;
    other.name = "another";
    CHECK_FALSE(PermitBook::make(memory, other, clock.now()));
    CHECK(memory->pairs_of(key_of(spec)).size() == 4);
    memory->keep_only({});
  }
}
