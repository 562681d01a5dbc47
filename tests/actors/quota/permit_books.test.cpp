#include "actors/quota/permit_books.hpp"

#include "tests/actors/quota/taking.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

TEST_CASE("a call takes of all its quotas or of none", "[quota][books]") {
  BookRoom room;
  TestClock clock;
  auto books =
    make_books(room.open(clock), {per_minute(5), per_minute(1'000, QuotaUnit::tokens)}, clock);
  auto permits = take(books, both, {300, 400, 0}, clock.at);
  CHECK(permits.taken.size() == 2);
  CHECK(books.left(0, clock.at) == 4);
  CHECK(books.left(1, clock.at) == 300);

  const auto refused = refusal(books, both, {300, 1, 0}, clock.at);
  CHECK(refused.book == 1);
  CHECK(refused.name == "tpm");
  CHECK(refused.limit == 1'000);
  CHECK(refused.left == 300);
  CHECK_FALSE(refused.never);
  CHECK(books.left(0, clock.at) == 4);
  CHECK(books.left(1, clock.at) == 300);
  // Another model of the provider may not have the second quota.
  CHECK(take(books, first, {300, 400, 0}, clock.at).taken.size() == 1);
}

TEST_CASE("while nothing here may be used, what has no limit goes on", "[quota][books]") {
  BookRoom room;
  TestClock clock;
  auto memory = room.open(clock);
  auto books = make_books(memory, {per_minute(5)}, clock);
  memory->hold();
  CHECK(refusal(books, first, {}, clock.at).may_come);
  CHECK(std::holds_alternative<Permits>(books.admit({}, {}, clock.at)));
  memory->release();
  CHECK(take(books, first, {}, clock.at).taken.size() == 1);
}

TEST_CASE("what may be used until then is not used from then on", "[quota][books]") {
  BookRoom room;
  TestClock clock;
  auto memory = room.open(clock);
  auto books = make_books(memory, {per_minute(5)}, clock);
  memory->use_until(clock.at + 10s);
  CHECK(take(books, first, {}, clock.at + 9s).taken.size() == 1);
  // Nobody had to come by to say so: the thread may have stopped meanwhile.
  CHECK(refusal(books, first, {}, clock.at + 10s).may_come);
  memory->use_until(clock.at + 20s);
  CHECK(take(books, first, {}, clock.at + 10s).taken.size() == 1);
}

TEST_CASE("how full its quotas are is told of the fullest of a name", "[quota][books]") {
  BookRoom room;
  TestClock clock;
  auto whole = per_minute(100);
  whole.owner = "provider/whole";
  auto books = make_books(
    room.open(clock), {per_minute(5), whole, per_minute(1'000, QuotaUnit::tokens)}, clock);
  constexpr std::array all{0U, 1U, 2U};
  const auto held = take(books, all, {300, 400, 0}, clock.at);
  const auto uses = books.uses(all);
  REQUIRE(uses.size() == 2);
  CHECK(uses[0].name == "rpm");
  CHECK(uses[0].used == 1);
  CHECK(uses[0].limit == 5);
  CHECK(uses[1].name == "tpm");
  CHECK(uses[1].used == 700);
  CHECK(held.taken.size() == 3);
}

TEST_CASE("what a call may cost at most is capped, what it surely costs is not", "[quota][books]") {
  struct Row {
    const char* when;
    QuotaUnit unit;
    std::int64_t limit;
    CallCost cost;
    bool admitted, never;
    std::int64_t left;
  };
  const auto row = GENERATE(
    Row{"fits", QuotaUnit::tokens, 100, {60, 40, 0}, true, false, 0},
    Row{"the reserve is above the limit", QuotaUnit::tokens, 100, {60, 5'000, 0}, true, false, 0},
    Row{"the input is the limit", QuotaUnit::tokens, 100, {100, 1, 0}, true, false, 0},
    Row{"the input is above the limit", QuotaUnit::tokens, 100, {101, 0, 0}, false, true, 100},
    Row{"input tokens alone", QuotaUnit::input_tokens, 100, {101, 0, 0}, false, true, 100},
    Row{
      "input tokens without output", QuotaUnit::input_tokens, 100, {99, 5'000, 0}, true, false, 1},
    Row{"output tokens", QuotaUnit::output_tokens, 100, {5'000, 70, 0}, true, false, 30},
    Row{"output tokens capped", QuotaUnit::output_tokens, 100, {0, 700, 0}, true, false, 0},
    Row{"requests", QuotaUnit::requests, 100, {5'000, 5'000, 0}, true, false, 99},
    Row{"a limit of no requests", QuotaUnit::requests, 0, {0, 0, 0}, false, true, 0},
    Row{"a limit of no output", QuotaUnit::output_tokens, 0, {0, 5, 0}, false, true, 0},
    Row{"money", QuotaUnit::nano_dollars, 100, {5'000, 5'000, 33}, true, false, 67},
    Row{"money capped", QuotaUnit::nano_dollars, 100, {0, 0, 333}, true, false, 0},
    Row{"places", QuotaUnit::concurrency, 2, {5'000, 5'000, 0}, true, false, 1},
    Row{"costs below 0", QuotaUnit::tokens, 100, {-5, -7, 0}, true, false, 100},
    Row{
      "costs beyond all numbers",
      QuotaUnit::tokens,
      100,
      {std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::max(), 0},
      false,
      true,
      100});
  CAPTURE(row.when);
  BookRoom room;
  TestClock clock;
  auto books = make_books(room.open(clock), {per_minute(row.limit, row.unit)}, clock);
  const auto answer = books.admit(first, row.cost, clock.at);
  CHECK(std::holds_alternative<Permits>(answer) == row.admitted);
  if (const auto* refused = std::get_if<Refused>(&answer)) CHECK(refused->never == row.never);
  CHECK(books.left(0, clock.at) == row.left);
}

TEST_CASE("a call is settled to what was used", "[quota][books]") {
  struct Row {
    const char* when;
    QuotaUnit unit;
    bool reserved; // counts: reserved
    bool written, known;
    std::int64_t input, output; // used, of 100 and 300 reserved
    std::int64_t idle_at_once, idle_after_counted, idle_after_ended;
  };
  // The first byte comes after 0.5 s, the end after 20 s: input is back a minute after the one,
  // output a minute and D after the other.
  const auto row = GENERATE(
    Row{"all used", QuotaUnit::tokens, false, true, true, 100, 300, 600, 700, 1'000},
    Row{"less used", QuotaUnit::tokens, false, true, true, 80, 120, 800, 880, 1'000},
    Row{"nothing said", QuotaUnit::tokens, false, true, false, 0, 0, 600, 700, 1'000},
    Row{"nothing used", QuotaUnit::tokens, false, true, true, 0, 0, 1'000, 1'000, 1'000},
    Row{
      "more output than reserved", QuotaUnit::tokens, false, true, true, 100, 400, 500, 600, 1'000},
    Row{"more input than estimated", QuotaUnit::tokens, false, true, true, 450, 0, 550, 950, 1'000},
    Row{"charged as reserved", QuotaUnit::tokens, true, true, true, 10, 10, 600, 1'000, 1'000},
    Row{"never written", QuotaUnit::tokens, false, false, true, 100, 300, 1'000, 1'000, 1'000},
    Row{"input only", QuotaUnit::input_tokens, false, true, true, 90, 300, 910, 1'000, 1'000},
    Row{"output only", QuotaUnit::output_tokens, false, true, true, 100, 250, 750, 750, 1'000},
    Row{"a request", QuotaUnit::requests, false, true, true, 100, 300, 999, 1'000, 1'000},
    Row{
      "a request never written",
      QuotaUnit::requests,
      false,
      false,
      true,
      0,
      0,
      1'000,
      1'000,
      1'000},
    Row{"usage below 0", QuotaUnit::tokens, false, true, true, -5, -9, 1'000, 1'000, 1'000});
  const bool early = GENERATE(false, true);
  CAPTURE(row.when, early);
  BookRoom room;
  TestClock clock;
  auto spec = per_minute(1'000, row.unit);
  spec.counts_reserved = row.reserved;
  auto books = make_books(room.open(clock), {spec}, clock);
  auto permits = take(books, first, {100, 300, 0}, clock.at);
  const auto written = clock.at;
  const auto first_byte = written + 500ms;
  if (early && row.written) books.counted(permits, first_byte, first_byte);
  clock.pass(20s);
  auto settlement = answered(written, first_byte, clock.at);
  settlement.written = row.written;
  settlement.usage_known = row.known;
  settlement.used_input = row.input;
  settlement.used_output = row.output;
  books.settle(std::move(permits), settlement, clock.at);

  // What was told early as used cools out, even if it was less in the end.
  const bool told_more = early && row.written && row.known && !row.reserved
    && (row.unit == QuotaUnit::tokens || row.unit == QuotaUnit::input_tokens) && row.input < 100;
  if (!told_more) CHECK(books.left(0, clock.at) == row.idle_at_once);
  CHECK(books.left(0, clock.at) <= row.idle_at_once);
  CHECK(books.left(0, first_byte + 59s) <= row.idle_at_once);
  if (!told_more) CHECK(books.left(0, first_byte + 60'500ms) == row.idle_after_counted);
  CHECK(
    books.left(0, settlement.ended + 60'900ms)
    <= std::max(row.idle_after_counted, row.idle_at_once) + (told_more ? 100 : 0));
  CHECK(books.left(0, settlement.ended + 61'600ms) == row.idle_after_ended);
  CHECK(books.states(settlement.ended + 61'600ms)[0].in_flight == 0);
}

TEST_CASE("a provider has counted by its first byte or D after the write", "[quota][books]") {
  struct Row {
    const char* when;
    std::optional<Milliseconds> delay;
    std::optional<Milliseconds> written, first_byte;
    Milliseconds ended;
    Milliseconds counted; // all since admission
  };
  const auto row = GENERATE(
    Row{"the first byte is early", 1'000ms, 10ms, 300ms, 2'000ms, 300ms},
    Row{"the first byte is late", 1'000ms, 10ms, 5'000ms, 6'000ms, 1'012ms},
    Row{"no answer", 1'000ms, 10ms, {}, 6'000ms, 1'012ms},
    Row{"the last byte never left", 1'000ms, {}, {}, 6'000ms, 7'002ms},
    Row{"an answer before the last byte left", 1'000ms, {}, 400ms, 6'000ms, 400ms},
    Row{"counted at once", 0ms, 10ms, 300ms, 2'000ms, 10ms},
    Row{"from the response", {}, 10ms, 5'000ms, 6'000ms, 5'000ms},
    Row{"from a response that never came", {}, 10ms, {}, 6'000ms, 60'010ms});
  CAPTURE(row.when);
  BookRoom room;
  TestClock clock;
  auto spec = per_minute(1);
  spec.count_delay = row.delay;
  auto books = make_books(room.open(clock), {spec}, clock);
  auto permits = take(books, first, {}, clock.at);
  const auto begin = clock.at;
  Settlement settlement;
  if (row.written) settlement.written_at = begin + *row.written;
  if (row.first_byte) settlement.first_byte_at = begin + *row.first_byte;
  settlement.ended = begin + row.ended;
  books.settle(std::move(permits), settlement, settlement.ended);
  const auto due = begin + row.counted + 60'120ms;
  CHECK(books.left(0, due - 1ms) == 0);
  CHECK(books.left(0, due + 300ms) == 1);
}

TEST_CASE(
  "a place is free when the answer's end was seen, else D after the hang-up", "[quota][books]") {
  BookRoom room;
  TestClock clock;
  auto books = make_books(room.open(clock), {places(2)}, clock);
  auto whole = take(books, first, {}, clock.at);
  auto cut = take(books, first, {}, clock.at);
  CHECK(refusal(books, first, {}, clock.at).retry_after == 1'000ms);
  clock.pass(5s);
  auto settlement = answered(clock.at - 5s, clock.at - 4s, clock.at);
  books.settle(std::move(whole), settlement, clock.at);
  CHECK(books.left(0, clock.at) == 1);
  settlement.whole = false;
  books.settle(std::move(cut), settlement, clock.at);
  CHECK(books.left(0, clock.at + 990ms) == 1);
  CHECK(books.left(0, clock.at + 5s) == 2);
}

TEST_CASE("a refusal tells when the call could start", "[quota][books]") {
  BookRoom room;
  TestClock clock;
  auto books =
    make_books(room.open(clock), {per_minute(2), per_minute(100, QuotaUnit::tokens)}, clock);
  auto a = take(books, both, {10, 40, 0}, clock.at);
  clock.pass(10s);
  auto b = take(books, both, {10, 40, 0}, clock.at);
  // With calls: a window and D, and what remains of a bucket.
  CHECK(refusal(books, both, {1, 0, 0}, clock.at).retry_after == 61'389ms);
  books.settle(std::move(a), answered(clock.at - 10s, clock.at - 10s, clock.at), clock.at);
  // The first request and its input are back sooner than its output: the later one counts.
  CHECK(refusal(books, both, {1, 0, 0}, clock.at).retry_after <= 51s);
  const auto refused = refusal(books, both, {1, 20, 0}, clock.at);
  CHECK(refused.retry_after >= 61s);
  CHECK(refused.retry_after <= 62s);
  const auto ready = clock.at + refused.retry_after;
  CHECK(std::holds_alternative<Refused>(books.admit(both, {1, 20, 0}, ready - 300ms)));
  CHECK(std::holds_alternative<Permits>(books.admit(both, {1, 20, 0}, ready)));
  books.settle(std::move(b), answered(clock.at, clock.at, clock.at), ready);
}

TEST_CASE("limits change under calls that hold permits", "[quota][books]") {
  BookRoom room;
  TestClock clock;
  auto books =
    make_books(room.open(clock), {per_minute(10), per_minute(500, QuotaUnit::tokens)}, clock);
  std::vector<Permits> calls;
  for (int i = 0; i < 6; ++i) calls.push_back(take(books, both, {10, 40, 0}, clock.at));
  const auto settle_all = [&] {
    for (auto& call : calls)
      books.settle(std::move(call), answered(clock.at, clock.at, clock.at), clock.at);
    calls.clear();
  };
  const auto reconfigured = [&](const std::vector<QuotaSpec>& specs) {
    auto numbers = books.reconfigure(specs, clock.now());
    if (!numbers) FAIL(numbers.error().message);
    return *numbers;
  };

  SECTION("raised") {
    CHECK(reconfigured({per_minute(20), per_minute(500, QuotaUnit::tokens)}) == both);
    CHECK(books.left(0, clock.at) == 14);
    settle_all();
  }
  SECTION("lowered") {
    CHECK(reconfigured({per_minute(4), per_minute(500, QuotaUnit::tokens)}) == both);
    CHECK(books.left(0, clock.at) == 0);
    settle_all();
    clock.pass(62s);
    CHECK(books.left(0, clock.at) == 4);
  }
  SECTION("removed, its calls settle all the same") {
    CHECK(reconfigured({per_minute(500, QuotaUnit::tokens)}) == std::vector<std::uint32_t>{1});
    CHECK(books.states(clock.at).size() == 1);
    settle_all();
    clock.pass(62s);
    books.tick(clock.now());
    CHECK(books.left(1, clock.at) == 500);
    // Its number is another one's now.
    CHECK(
      reconfigured({per_minute(500, QuotaUnit::tokens), places(3)})
      == std::vector<std::uint32_t>{1, 0});
    CHECK(books.left(0, clock.at) == 3);
  }
  SECTION("removed and added again while its calls run") {
    reconfigured({per_minute(500, QuotaUnit::tokens)});
    clock.pass(5s);
    books.tick(clock.now());
    CHECK(reconfigured({per_minute(8), per_minute(500, QuotaUnit::tokens)}) == both);
    CHECK(books.left(0, clock.at) == 2);
    settle_all();
    clock.pass(62s);
    CHECK(books.left(0, clock.at) == 8);
  }
  SECTION("removed and added again when its calls are over, within the window") {
    reconfigured({per_minute(500, QuotaUnit::tokens)});
    settle_all();
    clock.pass(30s);
    books.tick(clock.now());
    CHECK(reconfigured({per_minute(10), per_minute(500, QuotaUnit::tokens)}) == both);
    CHECK(books.left(0, clock.at) == 4);
    clock.pass(32s);
    CHECK(books.left(0, clock.at) == 10);
  }
  SECTION("another window: a call needs the old quota too until its window is over") {
    auto wider = named(per_minute(100), "requests/5m");
    wider.window = 5min;
    const auto numbers = reconfigured({wider, per_minute(500, QuotaUnit::tokens)});
    CHECK(numbers == std::vector<std::uint32_t>{2, 1});
    const std::vector<std::uint32_t> only_new{2};
    for (int i = 0; i < 4; ++i) CHECK(take(books, only_new, {}, clock.at).taken.size() == 2);
    CHECK(refusal(books, only_new, {}, clock.at).name == "rpm");
    settle_all();
    clock.pass(62s);
    CHECK(take(books, only_new, {}, clock.at).taken.size() == 1);
    CHECK(books.left(2, clock.at) == 95);
  }
  SECTION("a version that can't be changes nothing") {
    auto nowhere = named(per_minute(1), "rpd");
    nowhere.kind = WindowKind::day;
    nowhere.day = "Nowhere/Land";
    CHECK_FALSE(books.reconfigure({per_minute(3), nowhere}, clock.now()));
    CHECK_FALSE(books.reconfigure({per_minute(-3)}, clock.now()));
    CHECK(books.left(0, clock.at) == 4);
    CHECK(books.left(1, clock.at) == 200);
    CHECK(books.states(clock.at).size() == 2);
    settle_all();
  }
}

TEST_CASE("the same quota twice in a document is refused", "[quota][books]") {
  BookRoom room;
  TestClock clock;
  const auto made =
    PermitBooks::make(room.open(clock), {per_minute(3), per_minute(4)}, clock.now());
  REQUIRE_FALSE(made);
}

TEST_CASE("a caller is shown the tightest of his limits", "[quota][books]") {
  BookRoom room;
  TestClock clock;
  auto daily = named(per_minute(5), "rpd");
  daily.window = 24h;
  auto input = named(per_minute(300, QuotaUnit::input_tokens), "input_tpm");
  for (auto* spec : {&daily, &input}) spec->count_delay = 0ms;
  auto books = make_books(
    room.open(clock),
    {per_minute(2), daily, per_minute(1'000, QuotaUnit::tokens), input, places(1)},
    clock);
  const auto wanted = books.journal_wanted(clock.now());
  REQUIRE(wanted);
  books.journal_synced(wanted->ticket);
  const std::vector<std::uint32_t> all{0, 1, 2, 3, 4};
  auto call = take(books, all, {100, 50, 0}, clock.at);

  const auto requests = books.tightest(all, false, clock.at);
  REQUIRE(requests);
  CHECK(requests->limit == 2);
  CHECK(requests->left == 1);
  CHECK(requests->full_in >= 61s); // a minute, and D
  CHECK(requests->full_in < 62s);
  const auto tokens = books.tightest(all, true, clock.at);
  REQUIRE(tokens);
  CHECK(tokens->limit == 300);
  CHECK(tokens->left == 200);
  CHECK(books.tightest(std::vector<std::uint32_t>{1}, false, clock.at)->limit == 5);
  CHECK_FALSE(books.tightest(std::vector<std::uint32_t>{4}, false, clock.at));
  CHECK_FALSE(books.tightest(std::vector<std::uint32_t>{0, 4}, true, clock.at));
  books.settle(std::move(call), answered(clock.at, clock.at, clock.at), clock.at);
}
