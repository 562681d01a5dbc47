#include "actors/quota/permit_book.hpp"
#include "tests/actors/quota/after_each_store.hpp"
#include "tests/actors/quota/book_room.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <functional>
#include <random>
#include <string>

using namespace gateway;

namespace {

/// A member's book whose process dies after each store. The test goes on with the one that lived.
class MortalMember {
public:
  MortalMember() : spec_(per_minute(200)) {
    spec_.share = QuotaShare{1, 100};
    spec_.window = 10s;
    memory_ = room_.open(clock);
    auto made = PermitBook::make(memory_, spec_, clock.now());
    REQUIRE(made);
    book = *std::move(made);
  }

  void step(const std::function<void()>& action) {
    before_ = book->share();
    {
      const AfterEachStore look{[this] { die(); }};
      action();
    }
    REQUIRE(wrong_ == "");
    if (usable(book->share()) > usable(before_)) usable_most_ = usable(book->share());
  }

  /// What one member has ever received of this one, as far as it said so.
  std::int64_t acknowledged = 0;
  /// Ever given so that it may be used at once.
  std::int64_t given_usable = 0;

  TestClock clock;
  std::unique_ptr<PermitBook> book;
  int deaths = 0;

private:
  static std::int64_t usable(const ShareState& state) { return state.idle + state.pool; }

  void blame(const std::string& what) {
    if (wrong_.empty()) wrong_ = what + " after store " + std::to_string(deaths);
  }

  void die() {
    ++deaths;
    // I2: whatever was stored, nothing is there twice.
    const auto torn = book->share();
    if (torn.in_flight < 0) blame("more is there than is held");
    for (const auto& pair : torn.pairs)
      if (pair.member == 1 && pair.given > given_usable && pair.given_until == Instant{})
        blame("what cools was given as if it did not");
    const auto copy = other_.path() / memory_->file().filename();
    std::filesystem::copy_file(
      memory_->file(), copy, std::filesystem::copy_options::overwrite_existing);
    auto opened = PermitMemory::open({other_.path(), 16}, room_.identity, {}, clock.now());
    if (!opened || (*opened)->beginning() != BookBeginning::restarted) return blame("no book");
    auto made = PermitBook::make(*opened, spec_, clock.now());
    if (!made) return blame(made.error().message);
    auto& reborn = **made;
    const auto state = reborn.share();
    // Every permit that this member holds comes back, none before the provider has forgotten it.
    if (state.in_flight != 0) blame("something is with calls of a dead process");
    if (state.idle + state.pool + state.cooling != state.hold + state.owed) blame("the sum is off");
    reborn.sweep(clock.at + 30s);
    const auto later = reborn.share();
    if (usable(later) != std::max<std::int64_t>(later.hold, 0)) blame("permits were lost");
  }

  BookRoom room_;
  TestFolder other_;
  QuotaSpec spec_;
  std::shared_ptr<PermitMemory> memory_;
  ShareState before_;
  std::int64_t usable_most_ = 0;
  std::string wrong_;
};

} // namespace

TEST_CASE("a kill after any store of a move makes no permit and loses none", "[quota][kill]") {
  const auto seed = GENERATE(1U, 2U, 3U);
  CAPTURE(seed);
  std::mt19937_64 random{seed};
  const auto dice = [&](std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>{0, most}(random);
  };
  MortalMember member;
  auto& book = *member.book;
  std::int64_t received = 0;
  std::uint64_t version = 1;
  for (int turn = 0; turn < 150; ++turn) {
    member.clock.pass(Milliseconds{dice(1'500)});
    const auto now = member.clock.at;
    member.step([&] { book.sweep(now); });
    ShareOrder order;
    order.member = 1;
    order.part = dice(1) == 0 ? Part::own : Part::pool;
    order.amount = 1 + dice(9);
    order.acknowledged = member.acknowledged;
    switch (dice(6)) {
    case 0:
      order.kind = ShareOrder::Kind::give;
      member.given_usable = std::int64_t{1} << 50; // whatever it is, it is usable
      member.step([&] { book.carry_out(order, now); });
      break;
    case 1:
      order.kind = ShareOrder::Kind::give_cooling;
      member.step([&] { book.carry_out(order, now); });
      break;
    case 2:
      order.kind = ShareOrder::Kind::receive;
      order.amount = received += dice(9);
      order.wait = dice(1) == 0 ? 0ms : 2'000ms;
      member.step([&] { book.carry_out(order, now); });
      break;
    case 3: member.step([&] { book.carry_out(order, now); }); break; // move
    case 4:
      if (book.owed() > 0 || !book.try_take(2)) break;
      member.step([&] { book.settle(2, now, now); });
      break;
    case 5: member.step([&] { book.set_share({++version, 60 + dice(80)}, now); }); break;
    default:
      // The other says what it has.
      for (const auto& pair : book.share().pairs)
        if (pair.member == 1) member.acknowledged = member.given_usable = pair.given;
    }
    if (member.given_usable > std::int64_t{1} << 40)
      for (const auto& pair : book.share().pairs)
        if (pair.member == 1) member.given_usable = pair.given;
  }
  CHECK(member.deaths > 150);
}

TEST_CASE("a kill while a member is removed counts its counters once", "[quota][kill]") {
  MortalMember member;
  auto& book = *member.book;
  ShareOrder order;
  order.kind = ShareOrder::Kind::give;
  order.member = 2;
  order.amount = 30;
  book.carry_out(order, member.clock.at);
  order.kind = ShareOrder::Kind::receive;
  order.member = 3;
  order.amount = 12;
  book.carry_out(order, member.clock.at);
  const std::vector<std::uint32_t> stay{0, 1};
  member.step([&] { book.set_share({2, 100 - 30 + 12 + 18, stay, 4}, member.clock.at); });
  CHECK(book.hold() == 100);
  CHECK(book.idle() == 100);
  CHECK(member.deaths > 5);
}
