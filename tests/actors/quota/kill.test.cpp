#include "actors/quota/permit_book.hpp"
#include "tests/actors/quota/after_each_store.hpp"
#include "tests/actors/quota/book_room.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <functional>
#include <random>
#include <string>
#include <vector>

using namespace gateway;

namespace {

/// What must not be usable, by a list of its own.
struct Held {
  std::int64_t amount;
  std::optional<Instant> until; // none: in flight
};

struct Model {
  std::int64_t limit = 0;
  std::vector<Held> held;

  /// `flying_until`: when what was in flight may be usable again.
  std::int64_t usable_most(Instant now, Instant flying_until) const {
    auto most = limit;
    for (const auto& one : held)
      if (one.until.value_or(flying_until) > now) most -= one.amount;
    return std::max<std::int64_t>(most, 0);
  }
};

struct Kind {
  const char* when;
  QuotaSpec spec;
  Nanoseconds hold; // at the longest, after what is counted now

  /// When the provider has forgotten what it counted at `counted`.
  Instant until(Instant counted, const TestClock& clock) const {
    if (spec.kind != WindowKind::day) return counted + spec.window;
    const Nanoseconds wall = clock.wall.time_since_epoch() + (counted - clock.at);
    return counted + (24h - wall % 24h);
  }
  Instant until_if_killed(const TestClock& clock) const {
    if (spec.unit == QuotaUnit::concurrency) return clock.at + spec.longest_call;
    return until(clock.at + *spec.count_delay, clock);
  }
};

QuotaSpec spec_of(QuotaUnit unit, Nanoseconds window) {
  auto spec = per_minute(40, unit);
  spec.window = window;
  spec.longest_call = 20s;
  return spec;
}

/// One node whose process dies after each store; the test goes on with the one that lived.
class Mortal {
public:
  explicit Mortal(const Kind& kind) : kind_(kind) {
    memory_ = room_.open(clock);
    const AfterEachStore killed{[this] { die(); }};
    model.limit = kind.spec.limit;
    before_ = Model{}; // while it is being made nothing is usable yet, or all of it
    before_.limit = kind.spec.limit;
    auto made = PermitBook::make(memory_, kind.spec, clock.now());
    REQUIRE(made);
    book = *std::move(made);
    REQUIRE(wrong_ == "");
  }

  void step(const std::function<void(Model&)>& then, const std::function<void()>& action) {
    before_ = model;
    then(model);
    const AfterEachStore killed{[this] { die(); }};
    action();
    REQUIRE(wrong_ == "");
  }

  void die() {
    ++deaths;
    const auto copy = other_.path() / memory_->file().filename();
    std::filesystem::copy_file(
      memory_->file(), copy, std::filesystem::copy_options::overwrite_existing);
    auto opened = PermitMemory::open({other_.path(), 2}, room_.identity, {}, clock.now());
    REQUIRE(opened);
    REQUIRE((*opened)->beginning() == BookBeginning::restarted);
    auto made = PermitBook::make(*opened, kind_.spec, clock.now());
    REQUIRE(made);
    check(**made);
  }

  TestClock clock;
  Model model;
  std::unique_ptr<PermitBook> book;
  int deaths = 0;

private:
  void check(PermitBook& reborn) {
    const auto killed_at = clock.at;
    const auto flying_until = kind_.until_if_killed(clock);
    const auto limit = kind_.spec.limit; // the document's again
    const auto step = kind_.hold / 16;
    for (auto now = killed_at; now <= killed_at + 2 * kind_.hold; now += step) {
      reborn.sweep(now);
      // Between two moments of the book either side may be true.
      const auto most = std::max(
        bounded(before_, limit).usable_most(now, flying_until),
        bounded(model, limit).usable_most(now, flying_until));
      if (reborn.idle() > (reborn.owed() > 0 ? 0 : most))
        blame("usable " + std::to_string(reborn.idle()) + " of " + std::to_string(most));
      if (reborn.cooling() < 0 || reborn.owed() < 0 || reborn.in_flight() != 0)
        blame("the sums of the book are wrong");
    }
    // Nothing is lost: all of it comes back.
    reborn.sweep(killed_at + 3 * kind_.hold);
    if (reborn.idle() != limit || reborn.cooling() != 0 || reborn.owed() != 0)
      blame("permits were lost");
  }

  // A store may lie in a function that throws nothing, so that a failed check has to wait.
  void blame(const std::string& what) {
    if (wrong_.empty()) wrong_ = what + " after store " + std::to_string(deaths);
  }

  static Model bounded(Model model, std::int64_t limit) {
    model.limit = std::max(model.limit, limit);
    return model;
  }

  Kind kind_;
  BookRoom room_{2};
  TestFolder other_;
  std::shared_ptr<PermitMemory> memory_;
  Model before_;
  std::string wrong_;
};

} // namespace

TEST_CASE("a kill after any store never makes a permit usable too early", "[quota][kill]") {
  auto day = spec_of(QuotaUnit::tokens, 24h);
  day.kind = WindowKind::day;
  day.day = "utc";
  const auto kind = GENERATE_COPY(
    Kind{"requests", spec_of(QuotaUnit::requests, 10s), 12s},
    Kind{"tokens of a second", spec_of(QuotaUnit::tokens, 1s), 3s},
    Kind{"places", spec_of(QuotaUnit::concurrency, 0s), 21s},
    Kind{"tokens of a day", day, 25h});
  const auto seed = GENERATE(1U, 2U);
  CAPTURE(kind.when, seed);
  std::mt19937_64 random{seed};
  const auto dice = [&](std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>{0, most}(random);
  };
  Mortal node{kind};
  auto& book = *node.book;
  for (int turn = 0; turn < 80; ++turn) {
    node.clock.pass(kind.hold / 30 * dice(10) / 10);
    const auto now = node.clock.at;
    const auto forget = [now](Model& model) {
      std::erase_if(
        model.held, [now](const Held& held) { return held.until && *held.until <= now; });
    };
    node.step(forget, [&] { book.sweep(now); });
    const auto choice = dice(9);
    const auto flying = std::find_if(
      node.model.held.begin(), node.model.held.end(), [](const Held& held) { return !held.until; });
    const bool is_flying = flying != node.model.held.end();
    const auto index = flying - node.model.held.begin();
    if (choice <= 4 || !is_flying) {
      const auto amount = 1 + dice(8);
      if (book.owed() > 0 || book.idle() < amount) continue;
      node.step(
        [&](Model& model) {
          model.held.push_back({amount, {}});
        },
        [&] { REQUIRE(book.try_take(amount)); });
    } else if (choice <= 7) {
      const auto amount = flying->amount;
      const auto counted = now + Milliseconds{dice(1'000)};
      if (kind.spec.unit == QuotaUnit::concurrency) {
        node.step(
          [&](Model& model) { model.held.erase(model.held.begin() + index); },
          [&] { book.put_back(amount); });
        continue;
      }
      node.step(
        [&](Model& model) {
          model.held[static_cast<std::size_t>(index)].until = kind.until(counted, node.clock);
        },
        [&] { book.settle(amount, counted, now); });
      if (choice != 7) continue;
      const auto excess = 1 + dice(5);
      node.step(
        [&](Model& model) {
          model.held.push_back({excess, kind.until(counted, node.clock)});
        },
        [&] { book.overrun(excess, counted, now); });
    } else if (choice == 8) {
      const auto amount = flying->amount;
      node.step(
        [&](Model& model) { model.held.erase(model.held.begin() + index); },
        [&] { book.put_back(amount); });
    } else {
      const auto limit = 30 + dice(20);
      node.step([&](Model& model) { model.limit = limit; }, [&] { book.set_limit(limit); });
      const auto until = now + 500ms;
      node.step([](Model&) {}, [&] { book.set_aside(dice(5), until, now); });
    }
  }
  CHECK(node.deaths > 200);
}
