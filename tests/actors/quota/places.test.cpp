#include "tests/actors/quota/shared_book.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

namespace {

constexpr Nanoseconds surely_over = 32s; // the longest call, by clocks that drift, and a bucket

QuotaSpec places(std::int64_t limit) {
  auto spec = per_minute(limit, QuotaUnit::concurrency);
  spec.name = "concurrency";
  spec.window = 0s;
  spec.longest_call = 30s;
  return spec;
}

/// The machine goes with its memory, and is there again.
void reboot(BookRoom& room) {
  room.identity.boot[0] = room.identity.boot[0] == '1' ? '2' : '1';
}

} // namespace

TEST_CASE("places of a lost book are back when its calls are surely over", "[quota][places]") {
  BookRoom room;
  TestClock clock;
  {
    auto book = make(room.open(clock), places(4), clock);
    REQUIRE(book->try_take(3));
  }
  reboot(room);
  auto memory = room.open(clock);
  REQUIRE(memory->beginning() == BookBeginning::lost);
  auto book = make(memory, places(4), clock);
  CHECK(book->idle() == 0);
  book->sweep(clock.at + 29s);
  CHECK(book->idle() == 0);
  book->sweep(clock.at + surely_over);
  CHECK(book->idle() == 4);
}

TEST_CASE("a member's lost places are back when its calls are surely over", "[quota][places]") {
  BookRoom room;
  TestClock clock;
  auto spec = places(4);
  spec.share = QuotaShare{1, 4};
  make(room.open(clock), spec, clock);
  reboot(room);
  auto opened = PermitMemory::open({room.folder.path(), 16}, room.identity, {}, clock.now());
  REQUIRE(opened);
  const auto memory = *opened;
  memory->set_shared();
  memory->begin_epoch(2);
  const auto inherits = GENERATE(false, true);
  spec.share->cools_in = inherits ? 1 : 0;
  auto book = make(memory, spec, clock);
  const std::vector<PairCounters> told{{1, 1, 0, {}}};
  // What it inherits it may have to wait for longer than for what it used itself.
  const auto used_by = inherits ? clock.at - 20s : clock.at;
  REQUIRE(book->recover_share({told, used_by}, clock.now()));
  memory->found();
  CHECK(book->hold() == 3);
  book->sweep(clock.at + 29s);
  CHECK(book->idle() == 0);
  book->sweep(clock.at + surely_over);
  CHECK(book->idle() == 3);
}

TEST_CASE("a dead process' places outlive an orderly stop after it", "[quota][places]") {
  BookRoom room;
  TestClock clock;
  {
    auto book = make(room.open(clock), places(4), clock);
    REQUIRE(book->try_take(3));
  }
  {
    auto memory = room.open(clock);
    auto book = make(memory, places(4), clock);
    room.past.clean_stop = memory->clean_stop_text(clock.now());
  }
  reboot(room);
  clock.pass(5s);
  auto memory = room.open(clock);
  REQUIRE(memory->beginning() == BookBeginning::clean_stop);
  auto book = make(memory, places(4), clock);
  CHECK(book->idle() == 1);
  book->sweep(clock.at + 24s);
  CHECK(book->idle() == 1);
  book->sweep(clock.at + surely_over);
  CHECK(book->idle() == 4);
}
