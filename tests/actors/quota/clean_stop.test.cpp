#include "actors/quota/clean_stop.hpp"

#include "tests/actors/quota/book_room.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

namespace {

CleanStop some_stop() {
  CleanStop stop;
  stop.node = id_from("00112233445566778899aabbccddeeff");
  stop.machine = id_from("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
  stop.epoch = 4;
  stop.at = WallTime{Milliseconds{1'795'435'200'000}};
  CleanStop::Slot slot;
  slot.key = {1, 2};
  slot.unit = 1;
  slot.window = 60'000'000'000;
  slot.width = 271'000'000;
  slot.delay = 1'000'000'000;
  slot.init = 100;
  slot.owed = 3;
  slot.idle = 43;
  slot.used_total = 900;
  slot.series = 17;
  slot.cursor = 5;
  slot.out = {{20, 1'000}, {40, 30'000}};
  stop.slots = {slot, slot};
  stop.slots[1].key = {3, 4};
  stop.slots[1].out.clear();
  return stop;
}

QuotaSpec daily(std::int64_t limit) {
  auto spec = per_minute(limit);
  spec.name = "rpd";
  spec.window = 24h;
  return spec;
}

void reboot(BookRoom& room) {
  room.identity.boot[0] = room.identity.boot[0] == '1' ? '2' : '1';
}

} // namespace

TEST_CASE("ids are read from hex digits with or without dashes", "[quota][clean]") {
  CHECK(
    hex_text(id_from("00112233-4455-6677-8899-aabbccddeeff"))
    == "00112233445566778899aabbccddeeff");
  CHECK(
    hex_text(id_from("00112233445566778899AABBCCDDEEFF\n")) == "00112233445566778899aabbccddeeff");
  for (const auto* wrong :
       {"", "0011", "00112233445566778899aabbccddeeff00", "0011223344556677-8899aabbccddeegg"})
    CHECK(id_from(wrong) == Id{});
}

TEST_CASE("a clean stop's file reads back, and damaged not at all", "[quota][clean]") {
  const auto stop = some_stop();
  const auto text = write_clean_stop(stop);
  const auto read = read_clean_stop(text);
  REQUIRE(read);
  CHECK(read->node == stop.node);
  CHECK(read->machine == stop.machine);
  CHECK(read->epoch == 4);
  CHECK(read->at == stop.at);
  REQUIRE(read->slots.size() == 2);
  CHECK(write_clean_stop(*read) == text);
  for (std::size_t i = 0; i < text.size(); ++i) {
    CAPTURE(i);
    CHECK_FALSE(read_clean_stop(text.substr(0, i)));
    auto damaged = text;
    damaged[i] = damaged[i] == '7' ? '8' : '7';
    CHECK_FALSE(read_clean_stop(damaged));
  }
}

TEST_CASE("a forged clean stop is refused where it would mislead", "[quota][clean]") {
  struct Row {
    const char* when;
    void (*forge)(CleanStop::Slot&);
  };
  const auto row = GENERATE(
    Row{"no bucket width", [](CleanStop::Slot& slot) { slot.width = 0; }},
    Row{"a width below 0", [](CleanStop::Slot& slot) { slot.width = -1; }},
    Row{"permits below 0", [](CleanStop::Slot& slot) { slot.idle = -1; }},
    Row{
      "a sum beyond 64 bits",
      [](CleanStop::Slot& slot) { slot.init = std::numeric_limits<std::int64_t>::max(); }},
    Row{"a part below 0", [](CleanStop::Slot& slot) { slot.out[0].amount = -1; }},
    Row{"a part in the past", [](CleanStop::Slot& slot) { slot.out[0].when = -1; }},
    Row{"an unknown unit", [](CleanStop::Slot& slot) { slot.unit = 9; }},
    Row{"calendar mode with a width", [](CleanStop::Slot& slot) { slot.calendar = 1; }},
    Row{"more parts than a ring has", [](CleanStop::Slot& slot) {
          slot.out.resize(300, {1, 1});
        }});
  CAPTURE(row.when);
  auto stop = some_stop();
  row.forge(stop.slots[0]);
  CHECK_FALSE(read_clean_stop(write_clean_stop(stop)));
}

TEST_CASE("after an orderly stop and a reboot the book goes on", "[quota][clean]") {
  BookRoom room;
  TestClock clock;
  auto calendar = daily(50);
  calendar.name = "rpd-utc";
  calendar.kind = WindowKind::day;
  calendar.day = "utc"; // ends in 11 hours
  {
    auto memory = room.open(clock);
    auto minute = *PermitBook::make(memory, per_minute(10), clock.now());
    auto day = *PermitBook::make(memory, daily(100), clock.now());
    auto midnight = *PermitBook::make(memory, calendar, clock.now());
    for (auto* book : {&*minute, &*day, &*midnight}) {
      REQUIRE(book->try_take(8));
      book->settle(3, clock.at, clock.at);
    }
    clock.pass(6h);
    day->sweep(clock.at);
    midnight->sweep(clock.at);
    day->settle(4, clock.at, clock.at);
    midnight->settle(4, clock.at, clock.at);
    minute->sweep(clock.at);
    room.past.clean_stop = memory->clean_stop_text(clock.now());
  }
  reboot(room);
  clock.at = Instant{20s}; // boot time begins anew
  clock.wall += 4h;
  SECTION("as it was") {
    auto memory = room.open(clock);
    CHECK(memory->beginning() == BookBeginning::clean_stop);
    auto minute = *PermitBook::make(memory, per_minute(10), clock.now());
    auto day = *PermitBook::make(memory, daily(100), clock.now());
    auto midnight = *PermitBook::make(memory, calendar, clock.now());
    auto fresh = daily(7);
    fresh.name = "new";
    CHECK((*PermitBook::make(memory, fresh, clock.now()))->idle() == 7);
    CHECK(minute->idle() == 5);
    CHECK(day->idle() == 92);
    CHECK(midnight->idle() == 42);
    const auto at = [&](PermitBook& book, Nanoseconds after) {
      book.sweep(clock.at + after);
      return book.idle();
    };
    // What was not idle of a short window cools from the start on.
    CHECK(at(*minute, 60s) == 5);
    CHECK(at(*minute, 62s) == 10);
    // Three of the day were used 10 hours ago, four 4 hours ago, one was still out at the stop.
    CHECK(at(*day, 14h) == 92);
    CHECK(at(*day, 14h + 15min) == 95);
    CHECK(at(*day, 20h) == 95);
    CHECK(at(*day, 20h + 15min) == 100);
    CHECK(at(*midnight, 59min) == 42);
    CHECK(at(*midnight, 61min) == 49); // what was out may count in the next day
    CHECK(at(*midnight, 25h + 1min) == 50);
  }
  SECTION("but not twice") {
    { auto memory = room.open(clock); }
    reboot(room);
    auto memory = room.open(clock);
    CHECK(memory->beginning() == BookBeginning::lost);
  }
  SECTION("nor on another machine, nor where the machine has no id, nor for another epoch") {
    const auto change = GENERATE(0, 1, 2);
    if (change == 0) room.identity.machine[0] = '9';
    if (change == 1) room.identity.machine.clear();
    if (change == 2) room.identity.epoch += 1;
    auto memory = room.open(clock);
    CHECK(memory->beginning() == BookBeginning::lost);
    auto minute = *PermitBook::make(memory, per_minute(10), clock.now());
    CHECK(minute->idle() == 0);
    minute->sweep(clock.at + 62s);
    // An older life may still run elsewhere: a minute more.
    CHECK(minute->idle() == 0);
    minute->sweep(clock.at + 122s);
    CHECK(minute->idle() == 10);
  }
}
