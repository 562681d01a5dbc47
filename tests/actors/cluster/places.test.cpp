#include "tests/actors/cluster/simulate.hpp"

using namespace gateway;

/// Calls at a time: a place is free when its call has ended, or surely must have.
namespace {

SimPlan of_places(std::vector<std::string> faults) {
  SimPlan plan;
  plan.kind = SimKind::places;
  plan.faults = std::move(faults);
  plan.fault_gap = 20;
  return plan;
}

} // namespace

TEST_CASE(
  "nodes share places of calls that run, and no call is one too many", "[cluster][places]") {
  auto plan = of_places({});
  plan.has_faults = false;
  plan.run = 120;
  const auto sums = simulate(plan, seeds(6));
  CAPTURE(sums.used);
  CHECK(have_used(sums, .93));
}

TEST_CASE("the calls of killed, stopped and cut off nodes keep their places", "[cluster][places]") {
  const auto sums = simulate(of_places({"kill", "pause", "part"}), seeds(10));
  CAPTURE(sums.used);
  CHECK(have_used(sums, .7)); // what they had must be over first, 40 s later
}

TEST_CASE("places of machines that go come back when calls must be over", "[cluster][places]") {
  auto plan = of_places({"crash", "crash2", "kill", "pause", "part"});
  plan.must_heal = true;
  simulate(plan, seeds(8));
}

TEST_CASE("places of nodes that leave, or never return, are the others'", "[cluster][places]") {
  auto plan = of_places({"write_off", "leave", "kill", "pause", "part", "crash"});
  plan.must_heal = true;
  const auto sums = simulate(plan, seeds(8));
  CHECK(have_gone(sums, 1));
}

TEST_CASE("places of nodes that are silent are the others'", "[cluster][places]") {
  auto plan = of_places({"silent", "silent", "leave", "kill", "pause", "part"});
  plan.must_heal = true;
  plan.silence = 40;
  const auto sums = simulate(plan, seeds(6));
  CHECK(have_gone(sums, .5));
}

TEST_CASE("places that are free with the process that had them are caught", "[cluster][places]") {
  const auto* const fault = GENERATE("kill", "crash");
  auto plan = of_places({fault});
  plan.call_ends_with_process = true;
  CHECK(is_caught(plan, 8));
}

TEST_CASE("lost places that do not wait are caught", "[cluster][places]") {
  auto plan = of_places({"crash"});
  plan.lost_is_idle = true;
  CHECK(is_caught(plan, 8));
}

TEST_CASE("inherited places that are free at once are caught", "[cluster][places]") {
  auto plan = of_places({"write_off"});
  plan.inherited_is_idle = true;
  CHECK(is_caught(plan, 12));
}
