#include "net/http/deadlines.hpp"

#include <catch2/catch.hpp>

#include <memory>
#include <vector>

namespace gateway {
namespace {

constexpr Instant start{std::chrono::hours{5}};

struct Counted {
  int expired = 0;
  Deadline deadline{[](void* self) noexcept { ++static_cast<Counted*>(self)->expired; }, this};
};

TEST_CASE("a deadline expires at the first sweep after it is due", "[net][http][pure]") {
  struct Row {
    const char* when;
    Milliseconds due, swept;
    int expired;
  };
  const auto row = GENERATE(
    Row{"not due yet", 1'000ms, 999ms, 0},
    Row{"due at this very moment, mid-tick", 1'010ms, 1'010ms, 0},
    Row{"one tick later", 1'010ms, 1'060ms, 1},
    Row{"due at a tick's edge", 1'000ms, 1'050ms, 1},
    Row{"long due", 10ms, 90'000ms, 1},
    Row{"due in the past when it was armed", -1'000ms, 50ms, 1},
    Row{"due now", 0ms, 50ms, 1},
    Row{"more than a turn of the wheel away", 150'000ms, 149'000ms, 0},
    Row{"more than a turn of the wheel away, and over", 150'000ms, 150'050ms, 1},
    Row{"many turns away, seen after a long pause", 1'000'000ms, 1'000'050ms, 1},
    Row{"many turns away, not yet", 1'000'000ms, 999'000ms, 0});
  CAPTURE(row.when);
  Deadlines deadlines{start};
  Counted counted;
  deadlines.arm(counted.deadline, start + row.due);
  deadlines.sweep(start + row.swept);
  CHECK(counted.expired == row.expired);
  CHECK(counted.deadline.armed() == (row.expired == 0));
}

TEST_CASE(
  "sweeping every tick finds each deadline once, at most a tick late", "[net][http][pure]") {
  Deadlines deadlines{start};
  std::vector<std::unique_ptr<Counted>> all;
  for (int i = 0; i < 400; ++i) {
    auto& counted = *all.emplace_back(std::make_unique<Counted>());
    deadlines.arm(counted.deadline, start + i * 777ms);
  }
  for (auto at = 0ms; at <= 400 * 777ms + 100ms; at += Deadlines::tick) {
    deadlines.sweep(start + at);
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
      const auto due = static_cast<int>(i) * 777ms;
      if (at < due && all[i]->expired != 0) ++wrong;
      if (at >= due + Deadlines::tick && all[i]->expired != 1) ++wrong;
    }
    CAPTURE(at.count());
    REQUIRE(wrong == 0);
  }
}

TEST_CASE("a time from now is never cut short for want of a clock", "[net][http][pure]") {
  for (const auto armed : {0ms, 49ms, 99ms}) { // after the last sweep, which may come a tick late
    Deadlines deadlines{start};
    Counted counted;
    deadlines.arm_after(counted.deadline, 1'000ms);
    deadlines.sweep(start + armed + 999ms);
    CHECK(counted.expired == 0);
    deadlines.sweep(start + armed + 1'000ms + 3 * Deadlines::tick);
    CHECK(counted.expired == 1);
  }
}

TEST_CASE("an armed deadline can be moved, disarmed and destroyed", "[net][http][pure]") {
  Deadlines deadlines{start};
  Counted moved;
  Counted disarmed;
  deadlines.arm(moved.deadline, start + 100ms);
  deadlines.arm(disarmed.deadline, start + 100ms);
  {
    Counted destroyed;
    deadlines.arm(destroyed.deadline, start + 100ms);
  }
  disarmed.deadline.disarm();
  deadlines.arm(moved.deadline, start + 5'000ms);
  deadlines.sweep(start + 1'000ms);
  CHECK(moved.expired == 0);
  CHECK(disarmed.expired == 0);
  deadlines.sweep(start + 5'050ms);
  CHECK(moved.expired == 1);
}

TEST_CASE("an expiry may disarm another of its slot and arm itself again", "[net][http][pure]") {
  struct Pair {
    Deadlines deadlines{start};
    Counted other;
    int expired = 0;
    Deadline deadline{
      [](void* self) noexcept {
        auto& pair = *static_cast<Pair*>(self);
        ++pair.expired;
        pair.other.deadline.disarm();
        pair.deadlines.arm(pair.deadline, start + 10'000ms);
      },
      this};
  };
  Pair pair;
  pair.deadlines.arm(pair.deadline, start + 1'000ms);
  pair.deadlines.arm(pair.other.deadline, start + 1'000ms);
  pair.deadlines.sweep(start + 1'050ms);
  CHECK(pair.expired == 1);
  CHECK(pair.other.expired == 0);
  pair.deadlines.sweep(start + 10'050ms);
  CHECK(pair.expired == 2);
}

TEST_CASE("the wheel may go before the deadlines armed in it", "[net][http][pure]") {
  Counted counted;
  {
    Deadlines deadlines{start};
    deadlines.arm(counted.deadline, start + 100ms);
  }
  CHECK_FALSE(counted.deadline.armed());
}

} // namespace
} // namespace gateway
