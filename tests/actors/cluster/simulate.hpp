#pragma once

#include "tests/actors/cluster/simulation.hpp"
#include "tests/sanitized.hpp"

#include <catch2/catch.hpp>

#include <cstdint>
#include <cstdlib>

/// One plan, seed after seed.
namespace gateway {

/// How many seeds are tried: one under a sanitizer, more at night with GATEWAY_SEEDS.
inline std::uint64_t seeds(std::uint64_t usual) {
  const char* const wanted = std::getenv("GATEWAY_SEEDS");
  if (wanted != nullptr) return std::strtoull(wanted, nullptr, 10);
  // Of memory and undefined behaviour one run says as much as ten.
  return testing::sanitized ? 1 : usual;
}

struct Sums {
  double used = 0; // of the limit, on average
  double gone = 0; // nodes of a run, on average
};

/// Whether so much was used on average. What a single seed used, under a sanitizer, says nothing.
inline bool have_used(const Sums& sums, double share) {
  return testing::sanitized || sums.used >= share;
}

/// Whether more nodes than that went for good in a run, on average; of a single seed likewise.
inline bool have_gone(const Sums& sums, double nodes) {
  return testing::sanitized || sums.gone > nodes;
}

inline Sums simulate(SimPlan plan, std::uint64_t count) {
  Sums sums;
  for (std::uint64_t seed = 1; seed <= count; ++seed) {
    plan.seed = seed;
    ClusterSimulation simulation{plan};
    simulation.run();
    // What comes after, without faults, is told apart: it would flatter what was used.
    const auto used = simulation.used();
    CAPTURE(seed, simulation.size(), simulation.limit(), used);
    CHECK(simulation.over() == 0);
    CHECK(simulation.broken() == "");
    if (plan.must_heal) {
      simulation.end_faults();
      simulation.run_until(simulation.now() + 500s);
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

/// Whether one of so many seeds shows that a rule is missing; under a sanitizer one is looked at.
inline bool is_caught(SimPlan plan, std::uint64_t count) {
  for (plan.seed = 1; plan.seed <= (testing::sanitized ? 1 : count); ++plan.seed) {
    ClusterSimulation simulation{plan};
    simulation.run();
    CAPTURE(plan.seed);
    CHECK(simulation.broken() == "");
    if (simulation.over() > 0) return true;
  }
  return testing::sanitized;
}

} // namespace gateway
