#include "tests/actors/cluster/simulate.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

TEST_CASE("nodes use 97 % of a limit together and never one too many", "[cluster][simulation]") {
  struct Row {
    const char* when;
    std::uint32_t nodes;
    std::int64_t limit;
    double run;
  };
  const auto row = GENERATE(
    Row{"a common limit", 5, 300, 600},
    Row{"three a minute", 5, 3, 1'200},
    Row{"many nodes", 25, 600, 300});
  SimPlan plan;
  plan.has_faults = false;
  plan.nodes = row.nodes;
  plan.limit = row.limit;
  plan.run = testing::sanitized ? row.run / 4 : row.run;
  const auto sums = simulate(plan, seeds(3));
  CAPTURE(row.when, sums.used);
  CHECK(have_used(sums, 0.97));
}

TEST_CASE("a fault a minute leaves 95 % of the limit, and costs nothing", "[cluster][simulation]") {
  const auto sums = simulate({}, seeds(120));
  CAPTURE(sums.used);
  CHECK(have_used(sums, 0.95));
}

TEST_CASE("four faults a minute cost no request too many", "[cluster][simulation]") {
  SimPlan plan;
  plan.fault_gap = 15;
  const auto sums = simulate(plan, seeds(40));
  CAPTURE(sums.used);
  CHECK(have_used(sums, 0.93));
}

TEST_CASE("machines that go with their memory cost no request too many", "[cluster][simulation]") {
  SimPlan plan;
  plan.faults = {"crash", "crash2", "kill", "pause", "part"};
  plan.fault_gap = 30;
  simulate(plan, seeds(40));
}

TEST_CASE("tokens are shared as requests are", "[cluster][simulation]") {
  SimPlan plan;
  plan.kind = SimKind::tokens;
  simulate(plan, seeds(10));
}

TEST_CASE("a lost book that does not wait is caught", "[cluster][simulation]") {
  SimPlan plan;
  plan.faults = {"crash"};
  plan.fault_gap = 15;
  plan.limit = 60;
  plan.lost_is_idle = true;
  CHECK(is_caught(plan, 3));
}

TEST_CASE("nodes that leave and come take and bring nothing", "[cluster][simulation]") {
  SimPlan plan;
  plan.must_heal = true;
  plan.faults = {"leave", "leave", "kill", "pause", "part"};
  plan.fault_gap = 20;
  const auto sums = simulate(plan, seeds(25));
  CAPTURE(sums.used, sums.gone);
  CHECK(have_used(sums, 0.9));
  CHECK(have_gone(sums, 1));
}

TEST_CASE("nodes that are written off cost nothing, off or not", "[cluster][simulation]") {
  SimPlan plan;
  plan.must_heal = true;
  plan.faults = {"write_off", "leave", "kill", "pause", "part", "crash", "crash2"};
  plan.fault_gap = 20;
  const auto sums = simulate(plan, seeds(30));
  CAPTURE(sums.used, sums.gone);
  CHECK(have_gone(sums, 1));
}

TEST_CASE("a write-off that waits for nothing is caught", "[cluster][simulation]") {
  SimPlan plan;
  plan.faults = {"write_off"};
  plan.fault_gap = 20;
  plan.limit = 60;
  plan.write_off_is_rash = true;
  CHECK(is_caught(plan, 6));
}

TEST_CASE(
  "one that comes back from being written off and goes on is caught", "[cluster][simulation]") {
  SimPlan plan;
  plan.faults = {"write_off"};
  plan.fault_gap = 20;
  plan.limit = 60;
  plan.returned_is_trusted = true;
  CHECK(is_caught(plan, 12));
}

TEST_CASE("who is silent is written off by all, and costs nothing", "[cluster][simulation]") {
  SimPlan plan;
  plan.must_heal = true;
  plan.silence = 40;
  plan.faults = {"silent", "silent", "leave", "kill", "pause", "part"};
  plan.fault_gap = 30;
  const auto sums = simulate(plan, seeds(20));
  CAPTURE(sums.used, sums.gone);
  CHECK(have_gone(sums, 1));
}

TEST_CASE("how long silence may last changes, and costs nothing", "[cluster][simulation]") {
  SimPlan plan;
  plan.silence = 40;
  plan.silence_changes = true;
  plan.faults = {"silent", "silent", "leave", "kill", "pause", "part", "part", "crash"};
  plan.fault_gap = 20;
  const auto sums = simulate(plan, seeds(30));
  CAPTURE(sums.used, sums.gone);
  CHECK(have_gone(sums, .3));
}

TEST_CASE("one that nobody hears and that goes on is caught", "[cluster][simulation]") {
  SimPlan plan;
  plan.silence = 20;
  plan.faults = {"part"};
  plan.fault_gap = 20;
  plan.limit = 60;
  plan.run = 900;
  plan.needs_no_contact = true;
  CHECK(is_caught(plan, 6));
}

TEST_CASE("silence that is not waited for is caught", "[cluster][simulation]") {
  SimPlan plan;
  plan.silence = 20;
  plan.faults = {"silent"};
  plan.fault_gap = 20;
  plan.limit = 60;
  plan.write_off_is_rash = true;
  CHECK(is_caught(plan, 6));
}

TEST_CASE("terms of contact of before that nobody thinks of are caught", "[cluster][simulation]") {
  SimPlan plan;
  plan.silence = 20;
  plan.silence_changes = true;
  plan.faults = {"part"};
  plan.fault_gap = 60;
  plan.cut = 300;
  plan.limit = 60;
  plan.run = 2'000;
  plan.forgets_terms = true;
  CHECK(is_caught(plan, 8));
}
