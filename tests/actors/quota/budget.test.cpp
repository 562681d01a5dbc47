#include "actors/quota/budget_watch.hpp"
#include "actors/quota/pool_limits.hpp"
#include "tests/actors/quota/taking.hpp"

using namespace gateway;

namespace {

/// The month's budget of a key through all the lives of its node. It is Monday, 2026-11-23, 13:00.
class Purse {
public:
  explicit Purse(std::int64_t amount) : amount_(amount) { begin(); }

  /// What a call may cost at most is taken.
  Permits reserve(std::int64_t nano_dollars) {
    write_journal(nano_dollars);
    return take(*books_, first, {0, 0, nano_dollars}, clock.at);
  }
  Refused refused(std::int64_t nano_dollars) {
    write_journal(nano_dollars);
    return refusal(*books_, first, {0, 0, nano_dollars}, clock.at);
  }
  void settle(Permits permits, std::optional<std::int64_t> cost, bool written = true) {
    auto settlement = answered(clock.at, clock.at, clock.at);
    settlement.written = written;
    settlement.used_nano_dollars = cost;
    books_->settle(std::move(permits), settlement, clock.at);
  }
  void spend(std::int64_t cost) { settle(reserve(cost), cost); }
  std::int64_t left() { return books_->left(0, clock.at); }
  void pass(Nanoseconds time) {
    clock.pass(time);
    books_->tick(clock.now());
  }

  /// Without a word to anybody; `reboot`: and the mapping is gone with the machine.
  void die(bool reboot = false) {
    books_.reset();
    memory_.reset();
    if (reboot) {
      room_.identity.boot = "cccccccc-cccc-4ccc-8ccc-cccccccccccc";
      std::filesystem::remove_all(room_.folder.path() / ("llm-gateway-" + room_.identity.node));
    }
    room_.past.journal = journal_;
    begin();
  }

  TestClock clock;

private:
  void begin() {
    Document document;
    document.keys["app"].budget = BudgetConfig{amount_, WindowKind::month, "utc"};
    memory_ = room_.open(clock);
    journal_ = memory_->journal_beginning(clock.wall);
    books_ = make_books(memory_, limits_of(document, "budget/key/app"), clock);
  }
  // As far as that much more needs it. What is asked for once without being kept changes nothing.
  void write_journal(std::int64_t nano_dollars) {
    for (;;) {
      if (const auto wanted = books_->journal_wanted(clock.now())) {
        journal_ += wanted->lines;
        books_->journal_synced(wanted->ticket);
      }
      auto answer = books_->admit(first, {0, 0, nano_dollars}, clock.at);
      if (auto* permits = std::get_if<Permits>(&answer)) settle(std::move(*permits), 0, false);
      const auto* refused = std::get_if<Refused>(&answer);
      if (refused == nullptr || !refused->waiting_for_journal) return;
    }
  }

  std::int64_t amount_;
  BookRoom room_;
  std::shared_ptr<PermitMemory> memory_;
  std::optional<PermitBooks> books_;
  std::string journal_;
};

} // namespace

TEST_CASE("a budget is a quota of nano-dollars with a calendar's period", "[quota][budget]") {
  Document document;
  document.keys["app"].budget = BudgetConfig{5, WindowKind::week, "Europe/Warsaw"};
  document.teams["dev"].budget = BudgetConfig{7, WindowKind::day, "utc"};
  document.routes["smart"].paid = PaidRule::usd_per_day;
  document.routes["smart"].paid_per_day = 9;
  document.routes["any"].paid_per_day = 9;

  const auto key = limits_of(document, "budget/key/app");
  REQUIRE(key.size() == 1);
  CHECK(key[0].owner == "budget/key/app");
  CHECK(key[0].name == "week");
  CHECK(key[0].unit == QuotaUnit::nano_dollars);
  CHECK(key[0].limit == 5);
  CHECK(key[0].day == "Europe/Warsaw");
  CHECK(is_calendar(key[0]));
  CHECK(is_long(key[0]));

  CHECK(limits_of(document, "budget/team/dev").at(0).limit == 7);
  const auto route = limits_of(document, "budget/route/smart");
  REQUIRE(route.size() == 1);
  CHECK(route[0].limit == 9);
  CHECK(route[0].name == "day");
  CHECK(limits_of(document, "budget/route/any").empty());
  CHECK(limits_of(document, "budget/key/gone").empty());
  CHECK(limits_of(document, "key/app").empty());
}

TEST_CASE("a call takes what it may cost and is settled to what it cost", "[quota][budget]") {
  struct Row {
    const char* when;
    bool written;
    std::optional<std::int64_t> cost;
    std::int64_t left;
  };
  const auto row = GENERATE(
    Row{"less than it might have been", true, 12, 88},
    Row{"as much as it might have been", true, 40, 60},
    Row{"nothing", true, 0, 100},
    Row{"nobody knows what", true, std::nullopt, 60},
    Row{"never written", false, std::nullopt, 100});
  CAPTURE(row.when);
  Purse purse{100};
  auto call = purse.reserve(40);
  CHECK(purse.left() == 60);
  purse.settle(std::move(call), row.cost, row.written);
  CHECK(purse.left() == row.left);
}

TEST_CASE("what costs more than is left waits for the next period", "[quota][budget]") {
  Purse purse{100};
  purse.spend(90);
  const auto refused = purse.refused(11);
  CHECK(refused.name == "month");
  CHECK(refused.limit == 100);
  CHECK(refused.left == 10);
  CHECK_FALSE(refused.never);
  // Until December, and two seconds for clocks that differ.
  CHECK(refused.retry_after == 7 * 24h + 11h + 2s);
  purse.spend(10);
  purse.pass(7 * 24h + 11h - 1s);
  CHECK(purse.refused(1).retry_after == 3s);
  purse.pass(3s);
  purse.spend(100);
}

TEST_CASE("a call dearer than the whole budget takes all of it", "[quota][budget]") {
  Purse purse{100};
  purse.settle(purse.reserve(1'000), 30);
  CHECK(purse.left() == 70);
  CHECK(purse.refused(1'000).left == 70);
}

TEST_CASE("what calls under way may give back is worth asking for soon", "[quota][budget]") {
  Purse purse{100};
  auto call = purse.reserve(80);
  CHECK(purse.refused(40).retry_after == 1s);
  purse.settle(std::move(call), 5);
  purse.spend(40);
}

TEST_CASE("a call that cost more than was taken is owed", "[quota][budget]") {
  Purse purse{100};
  purse.settle(purse.reserve(80), 130);
  CHECK(purse.left() == 0);
  CHECK(purse.refused(1).retry_after > 24h);
  purse.pass(8 * 24h);
  CHECK(purse.left() == 100);
}

TEST_CASE("a kill forgets nothing of a budget, and what was under way counts", "[quota][budget]") {
  Purse purse{100};
  purse.spend(50);
  [[maybe_unused]] const auto lost = purse.reserve(20);
  purse.die();
  CHECK(purse.left() == 30);
  purse.spend(30);
  purse.die();
  CHECK(purse.refused(1).left == 0);
  purse.pass(8 * 24h);
  CHECK(purse.left() == 100);
}

TEST_CASE("after a crash of the machine the journal remembers a budget", "[quota][budget]") {
  Purse purse{1'000};
  for (int i = 0; i < 9; ++i) purse.spend(100);
  purse.die(true);
  // What it said in advance may be more than was used, never less.
  CHECK(purse.left() <= 100);
  purse.pass(8 * 24h);
  CHECK(purse.left() == 1'000);
}

TEST_CASE("a budget that runs low is told once a period", "[quota][budget]") {
  BudgetWatch watch;
  CHECK(watch.note(79, 100) == std::nullopt);
  CHECK(watch.note(80, 100) == 80);
  CHECK(watch.note(94, 100) == std::nullopt);
  CHECK(watch.note(100, 100) == 95);
  CHECK(watch.note(0, 100) == std::nullopt); // a new period
  CHECK(watch.note(96, 100) == 95);
  constexpr std::int64_t much = std::int64_t{1} << 54;
  CHECK(BudgetWatch{}.note(much / 10 * 9, much) == 80);
  CHECK(BudgetWatch{}.note(0, 0) == std::nullopt);
}
