#include "tests/actors/cluster/simulate.hpp"

using namespace gateway;

/// Windows that nobody can wait out, and those that end at a reset.
namespace {

SimPlan of_hours(SimKind kind, std::vector<std::string> faults) {
  SimPlan plan;
  plan.kind = kind;
  plan.faults = std::move(faults);
  plan.fault_gap = kind == SimKind::day ? 900 : 300;
  plan.run = kind == SimKind::hour ? 3 * 3'600 : kind == SimKind::day ? 26 * 3'600 : 3'600;
  return plan;
}

} // namespace

TEST_CASE("an hour's limit is shared as a minute's is", "[cluster][long]") {
  auto plan = of_hours(SimKind::hour, {"kill", "pause", "part"});
  plan.has_faults = GENERATE(false, true);
  const auto sums = simulate(plan, seeds(plan.has_faults ? 8 : 2));
  CAPTURE(plan.has_faults, sums.used);
  CHECK(have_used(sums, .9));
}

TEST_CASE("what a lost book may have used of an hour cools for an hour", "[cluster][long]") {
  simulate(of_hours(SimKind::hour, {"crash", "crash2", "kill", "pause", "part"}), seeds(5));
}

TEST_CASE("a lost book's hour cools as far as its journal says", "[cluster][long]") {
  auto plan = of_hours(SimKind::hour, {"crash"});
  plan.limit = 1'000;
  plan.fault_gap = 600;
  const auto sums = simulate(plan, seeds(3));
  CHECK(have_used(sums, .88));
  // Else it cools whole.
  plan.has_no_journal = true;
  const auto whole = simulate(plan, seeds(3));
  CAPTURE(sums.used, whole.used);
  CHECK((testing::sanitized || whole.used < .7));
}

TEST_CASE("an hour's journal that knows of one of two lost books is caught", "[cluster][long]") {
  auto plan = of_hours(SimKind::hour, {"crash2"});
  plan.any_journal_is_trusted = true;
  CHECK(is_caught(plan, 8));
}

TEST_CASE("what others used of an hour and no journal says is caught", "[cluster][long]") {
  auto plan = of_hours(SimKind::hour, {"leave", "crash"});
  plan.receives_unjournaled = true;
  CHECK(is_caught(plan, 20));
}

TEST_CASE("what is left or inherited of an hour cools for an hour", "[cluster][long]") {
  auto plan = of_hours(SimKind::hour, {"leave", "write_off", "crash", "kill", "pause", "part"});
  const auto sums = simulate(plan, seeds(5));
  CHECK(have_gone(sums, 1));
}

TEST_CASE("what the silent used of an hour cools for an hour", "[cluster][long]") {
  auto plan = of_hours(SimKind::hour, {"silent", "leave", "kill", "pause", "part"});
  plan.silence = 400;
  const auto sums = simulate(plan, seeds(5));
  CHECK(have_gone(sums, .3));
}

TEST_CASE("an hour's lost book that does not wait is caught", "[cluster][long]") {
  auto plan = of_hours(SimKind::hour, {"crash"});
  plan.lost_is_idle = true;
  CHECK(is_caught(plan, 4));
}

TEST_CASE("an hour's inheritance that does not wait is caught", "[cluster][long]") {
  auto plan = of_hours(SimKind::hour, {"write_off"});
  plan.inherited_is_idle = true;
  CHECK(is_caught(plan, 8));
}

TEST_CASE("a day's and a month's limit begin anew at their resets only", "[cluster][long]") {
  const auto kind = GENERATE(SimKind::day, SimKind::month);
  const auto is_day = kind == SimKind::day;
  auto plan = of_hours(kind, {"kill", "pause", "part", "wall"});
  const auto sums = simulate(plan, seeds(is_day ? 3 : 8));
  CAPTURE(is_day, sums.used);
  CHECK(have_used(sums, is_day ? .85 : .7));
  plan.faults = {"crash", "crash2", "kill", "pause", "part", "wall"};
  simulate(plan, seeds(is_day ? 2 : 8));
  plan.faults = {"leave", "write_off", "crash", "kill", "pause", "part", "wall"};
  simulate(plan, seeds(is_day ? 2 : 8));
}

TEST_CASE("a lost book that is whole before its reset is caught", "[cluster][long]") {
  auto plan = of_hours(SimKind::month, {"crash"});
  plan.lost_is_idle = true;
  CHECK(is_caught(plan, 10));
}

TEST_CASE("a clock that is wrong by more than its guard is caught", "[cluster][long]") {
  auto plan = of_hours(SimKind::month, {"pause"});
  plan.clock_error = 30;
  CHECK(is_caught(plan, 10));
}
