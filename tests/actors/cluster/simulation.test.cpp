#include "tests/actors/cluster/simulation.hpp"

#include "tests/sanitized.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>

using namespace gateway;

namespace {

/// How many seeds are tried: fewer under a sanitizer, more at night with GATEWAY_SEEDS.
std::uint64_t seeds(std::uint64_t usual) {
  const char* const wanted = std::getenv("GATEWAY_SEEDS");
  if (wanted != nullptr) return std::strtoull(wanted, nullptr, 10);
  return gateway::testing::sanitized ? std::max<std::uint64_t>(usual / 10, 3) : usual;
}

struct Sums {
  std::int64_t over = 0;
  double used = 0; // of the limit, on average
  double gone = 0; // nodes of a run, on average
};

Sums simulate(SimPlan plan, std::uint64_t count) {
  Sums sums;
  for (std::uint64_t seed = 1; seed <= count; ++seed) {
    plan.seed = seed;
    Simulation simulation{plan};
    simulation.run();
    // What comes after, without faults, is told apart: it would flatter what was used.
    const auto used = simulation.used();
    CAPTURE(seed, simulation.size(), simulation.limit(), used);
    const bool is_whole =
      !plan.lost_is_idle && !plan.write_off_is_rash && !plan.returned_is_trusted;
    if (is_whole) CHECK(simulation.over() == 0);
    CHECK(simulation.broken() == "");
    sums.over += simulation.over();
    if (plan.must_heal) {
      simulation.end_faults();
      simulation.run_until(simulation.now() + 400s);
      const auto calm = simulation.now();
      simulation.run_until(calm + 180s);
      CAPTURE(simulation.used_since(calm), simulation.gone());
      CHECK(simulation.used_since(calm) > .75);
      CHECK(simulation.broken() == "");
    }
    sums.gone += static_cast<double>(simulation.gone()) / static_cast<double>(count);
    sums.used += used / static_cast<double>(count);
  }
  return sums;
}

} // namespace

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
  plan.run = row.run;
  const auto sums = simulate(plan, seeds(3));
  CAPTURE(row.when, sums.used);
  CHECK(sums.used >= 0.97);
}

TEST_CASE("a fault a minute leaves 95 % of the limit, and costs nothing", "[cluster][simulation]") {
  const auto sums = simulate({}, seeds(80));
  CAPTURE(sums.used);
  CHECK(sums.used >= 0.95);
}

TEST_CASE("four faults a minute cost no request too many", "[cluster][simulation]") {
  SimPlan plan;
  plan.fault_gap = 15;
  const auto sums = simulate(plan, seeds(40));
  CAPTURE(sums.used);
  CHECK(sums.used >= 0.93);
}

TEST_CASE("machines that go with their memory cost no request too many", "[cluster][simulation]") {
  SimPlan plan;
  plan.faults = {"crash", "crash2", "kill", "pause", "part"};
  plan.fault_gap = 30;
  simulate(plan, seeds(40));
}

TEST_CASE("tokens are shared as requests are", "[cluster][simulation]") {
  SimPlan plan;
  plan.is_tokens = true;
  simulate(plan, seeds(10));
}

TEST_CASE("a lost book that does not wait is caught", "[cluster][simulation]") {
  SimPlan plan;
  plan.faults = {"crash"};
  plan.fault_gap = 15;
  plan.limit = 60;
  plan.lost_is_idle = true;
  CHECK(simulate(plan, 3).over > 0);
}

TEST_CASE("nodes that leave and come take and bring nothing", "[cluster][simulation]") {
  SimPlan plan;
  plan.must_heal = true;
  plan.faults = {"leave", "leave", "kill", "pause", "part"};
  plan.fault_gap = 20;
  const auto sums = simulate(plan, seeds(40));
  CAPTURE(sums.used, sums.gone);
  CHECK(sums.used >= 0.9);
  CHECK(sums.gone > 1);
}

TEST_CASE("nodes that are written off cost nothing, off or not", "[cluster][simulation]") {
  SimPlan plan;
  plan.must_heal = true;
  plan.faults = {"write_off", "leave", "kill", "pause", "part", "crash", "crash2"};
  plan.fault_gap = 20;
  const auto sums = simulate(plan, seeds(60));
  CAPTURE(sums.used, sums.gone);
  CHECK(sums.gone > 1);
}

TEST_CASE("a write-off that waits for nothing is caught", "[cluster][simulation]") {
  SimPlan plan;
  plan.faults = {"write_off"};
  plan.fault_gap = 20;
  plan.limit = 60;
  plan.write_off_is_rash = true;
  CHECK(simulate(plan, 6).over > 0);
}

TEST_CASE(
  "one that comes back from being written off and goes on is caught", "[cluster][simulation]") {
  SimPlan plan;
  plan.faults = {"write_off"};
  plan.fault_gap = 20;
  plan.limit = 60;
  plan.returned_is_trusted = true;
  CHECK(simulate(plan, 12).over > 0);
}
