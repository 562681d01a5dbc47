#include "tests/actors/cluster/simulation.hpp"
#include "tests/sanitized.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

namespace {

constexpr auto began = 90s; // who is there is known, and permits lie where they are wanted

bool is_any(const SimTraffic::Message&) {
  return true;
}
bool is_to_broker(const SimTraffic::Message& message) {
  return message.is_to_broker;
}

/// As SimNode has it: all may be broker in a small cluster, else those who vote.
bool is_candidate(std::uint32_t member, std::uint32_t nodes) {
  return nodes <= 8 || member < 3;
}

SimPlan without_faults(std::uint32_t nodes, std::int64_t limit) {
  SimPlan plan;
  plan.has_faults = false;
  plan.nodes = nodes;
  plan.limit = limit;
  plan.run = 30;
  return plan;
}

} // namespace

TEST_CASE("in calm a node says 2.5 words a second to whoever may be broker", "[cluster][traffic]") {
  // What a long series shows in the plain build, a short one looks through under a sanitizer.
  const auto nodes = GENERATE(filter(
    [](std::uint32_t count) { return !gateway::testing::sanitized || count < 32; },
    values({3U, 8U, 32U})));
  auto plan = without_faults(nodes, 600);
  plan.load = -1;
  ClusterSimulation simulation{plan};
  simulation.run();
  const auto& traffic = simulation.traffic();
  CAPTURE(nodes);
  // In ten seconds that begin with one there is one more.
  CHECK(traffic.most(began, 10s, is_any) <= 2.6);
  // And those answer; the others say to each other once that they are there.
  CHECK(traffic.count(began, [&](const auto& message) {
    return !is_candidate(message.from, nodes) && !is_candidate(message.to, nodes);
  }) == 0);
}

TEST_CASE(
  "whatever the load, a node says no more than that, and 4 more to the one that is",
  "[cluster][traffic]") {
  struct Row {
    const char* when;
    std::int64_t limit;
    double load;
    double moves_every;
    double others = 6.5; // to those it does not report to: a broker's words to its clients
  };
  const auto row = GENERATE(
    Row{"half of it is asked for, where it always is", 600, .5, 1e9, 3},
    Row{"too much is asked for, where it always is", 600, 3, 1e9, 3},
    Row{"half of it, each 5 s at other nodes", 600, .5, 5},
    Row{"too much, each 5 s at other nodes", 600, 1.4, 5},
    Row{"much too much, and many permits to move", 3'000, 3, 5},
    Row{"one hop for each call", 20, 4, 5},
    Row{"five calls a minute", 5, 4, 20, 3});
  const auto nodes = GENERATE(3U, 8U, 32U);
  // What a long series shows in the plain build, a short one looks through under a sanitizer.
  if (gateway::testing::sanitized && nodes == 32) return;
  auto plan = without_faults(nodes, row.limit);
  plan.load = row.load;
  plan.moves_every = row.moves_every;
  ClusterSimulation simulation{plan};
  simulation.run();
  const auto& traffic = simulation.traffic();
  CAPTURE(row.when, nodes);
  CHECK(traffic.most(began, 1s, is_to_broker) <= 6.5);
  const auto is_to_other = [](const auto& message) { return !message.is_to_broker; };
  // A grant goes at once, and so do a few: in a second there may be more.
  CHECK(traffic.most(began, 2s, is_to_other) <= 6.5);
  CHECK(traffic.most(began, 10s, is_to_other) <= row.others);
  // In all there is little beside the 2.5 to those who may be broker, and of those to the others.
  double pairs = 0;
  for (std::uint32_t from = 0; from < nodes; ++from)
    for (std::uint32_t to = 0; to < nodes; ++to)
      if (from != to && (is_candidate(from, nodes) || is_candidate(to, nodes))) ++pairs;
  const auto seconds = std::chrono::duration<double>(simulation.now() - began).count();
  CHECK(static_cast<double>(traffic.count(began, is_any)) <= 2.75 * pairs * seconds);
  CHECK(simulation.over() == 0);
  CHECK(simulation.broken() == "");
}

TEST_CASE("32 nodes use what is there together, and never one too many", "[cluster][traffic]") {
  const auto [limit, moves_every] = GENERATE(table<std::int64_t, double>({{60, 1e9}, {600, 20.}}));
  auto plan = without_faults(32, limit);
  plan.run = gateway::testing::sanitized ? 30 : 240;
  plan.moves_every = moves_every;
  ClusterSimulation simulation{plan};
  simulation.run();
  CAPTURE(moves_every, limit, simulation.used());
  CHECK(simulation.over() == 0);
  CHECK(simulation.broken() == "");
  if (!gateway::testing::sanitized) CHECK(simulation.used() >= .97);
}
