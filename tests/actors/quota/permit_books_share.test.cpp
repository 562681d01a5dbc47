#include "tests/actors/quota/book_room.hpp"

using namespace gateway;

namespace {

QuotaSpec shared(std::string name, std::int64_t limit, std::int64_t init) {
  QuotaSpec spec;
  spec.owner = "provider/groq";
  spec.name = std::move(name);
  spec.limit = limit;
  spec.window = 60s;
  spec.share = QuotaShare{1, init};
  return spec;
}

struct Shared {
  BookRoom room;
  TestClock clock;
  std::shared_ptr<PermitMemory> memory = room.open(clock);
  std::vector<QuotaSpec> specs{shared("rpm", 100, 2), shared("burst", 20, 20)};
  PermitBooks books = *PermitBooks::make(memory, specs, clock.now());
  const std::vector<std::uint32_t> both{0, 1};

  bool admits(const Asker& asker = {}) {
    auto answer = books.admit(both, {}, clock.at, asker);
    if (auto* const refused = std::get_if<Refused>(&answer)) {
      refusal = *refused;
      return false;
    }
    Settlement settlement;
    settlement.written_at = settlement.ended = clock.at;
    books.settle(std::get<Permits>(std::move(answer)), settlement, clock.at);
    return true;
  }
  BookSaid said(std::size_t which) { return books.said(clock.at).at(which); }
  /// kill -9, and a start.
  std::shared_ptr<PermitMemory> begin_again() {
    books = *PermitBooks::make(nullptr, {}, clock.now());
    memory.reset();
    return memory = room.open(clock);
  }
  Refused refusal;
};

} // namespace

TEST_CASE("only what lies here is used, and the limit is the cluster's", "[quota][share]") {
  Shared shared;
  CHECK(shared.admits());
  CHECK(shared.admits());
  CHECK_FALSE(shared.admits());
  CHECK(shared.refusal.name == "rpm");
  CHECK(shared.refusal.limit == 100);
  CHECK_FALSE(shared.refusal.never);
}

TEST_CASE("what is handed over is there for the next that asks", "[quota][share]") {
  Shared shared;
  while (shared.admits()) {
  }
  BookOrders orders;
  orders.quota = key_of(shared.specs[0]);
  orders.orders.push_back({ShareOrder::Kind::receive, Part::own, 3, 5});
  const auto elsewhere = key_of(::shared("rpd", 1, 1));
  const std::vector<BookOrders> all{orders, {elsewhere, {}, false}};
  shared.books.carry_out(all, shared.clock.at);
  const auto said = shared.said(0);
  CHECK(said.quota == key_of(shared.specs[0]));
  CHECK(said.state.hold == 7);
  CHECK(said.state.idle == 5);
  CHECK(shared.admits());
}

TEST_CASE("who waits is told, for the quota that is missing", "[quota][share]") {
  Shared shared;
  while (shared.admits()) {
  }
  CHECK_FALSE(shared.books.has_news());
  const int call = 0;
  CHECK_FALSE(shared.admits({&call, false, 2}));
  CHECK(shared.books.has_news());
  CHECK(shared.said(0).demand.waiting == 3);
  CHECK(shared.said(1).demand.waiting == 0);
  CHECK_FALSE(shared.books.has_news());
  CHECK_FALSE(shared.admits({&call, true, 2}));
  CHECK_FALSE(shared.books.has_news()); // it is known already
}

TEST_CASE("a refusal says whether permits may come from elsewhere", "[quota][share]") {
  Shared shared;
  while (shared.admits()) {
  }
  CHECK_FALSE(shared.refusal.may_come);
  const std::vector<BookOrders> hint{{key_of(shared.specs[0]), {}, true}};
  shared.books.carry_out(hint, shared.clock.at);
  CHECK_FALSE(shared.admits());
  CHECK(shared.refusal.may_come);
}

TEST_CASE("a newer part comes with the limits of the document", "[quota][share]") {
  Shared shared;
  shared.specs[0].limit = 150;
  shared.specs[0].share = QuotaShare{2, 52};
  REQUIRE(shared.books.reconfigure(shared.specs, shared.clock.now()));
  CHECK(shared.said(0).state.version == 2);
  CHECK(shared.said(0).state.idle == 52);
}

TEST_CASE("a lost book is told what it holds, and that cools first", "[quota][share]") {
  Shared shared;
  const ToldShare told{{{3, 1, 41, {}}}, shared.clock.at};
  const std::vector<BookTale> tales{{key_of(shared.specs[0]), told}};
  REQUIRE(shared.books.recover(tales, shared.clock.now()));
  CHECK(shared.said(0).state.hold == 42);
  CHECK(shared.said(0).state.idle == 0);
  shared.clock.pass(62s);
  CHECK(shared.said(0).state.idle == 42);
}

TEST_CASE(
  "what the record says is removed is needed beside what took its place, in a later life too",
  "[quota][share]") {
  Shared shared;
  auto hourly = ::shared("rph", 100, 100);
  hourly.window = 10min;
  hourly.share->added_in = 5;
  auto removed = shared.specs[0]; // of which 2 lie here
  removed.share->removed_in = 5;
  const auto uses = [&](PermitBooks& books, std::uint32_t number) {
    int count = 0;
    const std::vector<std::uint32_t> asked{number};
    for (; !std::holds_alternative<Refused>(books.admit(asked, {}, shared.clock.at)); ++count) {
    }
    return count;
  };
  const auto numbers = shared.books.reconfigure({hourly, removed}, shared.clock.now());
  REQUIRE(numbers);
  for (int minute = 0; minute < 5; ++minute) {
    shared.clock.pass(61s);
    shared.books.tick(shared.clock.now());
  }
  CHECK(shared.said(0).removed_in == 5U);
  CHECK(uses(shared.books, (*numbers)[0]) == 2);

  auto later = *PermitBooks::make(shared.begin_again(), {hourly, removed}, shared.clock.now());
  shared.clock.pass(62s); // what was with calls cools
  CHECK(uses(later, 0) == 2);
  REQUIRE(later.reconfigure({hourly}, shared.clock.now()));
  CHECK(uses(later, 0) == 96);
}

TEST_CASE("a quota that nobody shares is nobody's business", "[quota][share]") {
  BookRoom room;
  TestClock clock;
  auto spec = shared("rpm", 2, 2);
  spec.share.reset();
  auto books = *PermitBooks::make(room.open(clock), {spec}, clock.now());
  CHECK(books.said(clock.at).empty());
}
