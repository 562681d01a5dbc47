#include "tests/actors/cluster/simulate.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

namespace {

SimPlan calm(std::uint64_t seed, std::int64_t limit) {
  SimPlan plan;
  plan.seed = seed;
  plan.nodes = 4;
  plan.limit = limit;
  plan.fault_gap = 1e9; // messages are lost and late, nobody dies
  return plan;
}

std::vector<Count> since(const std::vector<Count>& log, Nanoseconds from) {
  std::vector<Count> later;
  for (const auto& count : log)
    if (count.at >= from) later.push_back(count);
  return later;
}

std::uint32_t holds_most(ClusterSimulation& simulation) {
  std::uint32_t most = 0;
  for (std::uint32_t i = 1; i < simulation.size(); ++i)
    if (simulation.node(i).book().hold() > simulation.node(most).book().hold()) most = i;
  return most;
}

} // namespace

TEST_CASE("a lowered limit holds within a window, a raised one is used", "[cluster][changes]") {
  const auto seed = GENERATE(range(std::uint64_t{1}, seeds(8) + 1));
  const auto limit = GENERATE(12, 90);
  CAPTURE(seed, limit);
  ClusterSimulation simulation{calm(seed, limit)};
  simulation.run_until(150s);
  auto quota = simulation.quota();
  // More than anybody holds now, perhaps.
  quota.spec.limit = limit / 3;
  quota.inits.at(holds_most(simulation)) -= limit - limit / 3;
  ++quota.version;
  simulation.enter(quota);
  simulation.run_until(330s);
  for (std::uint32_t i = 0; i < simulation.size(); ++i)
    CHECK(simulation.node(i).book().owed() == 0);
  const auto lowered = since(in_order(simulation.log()), 150s + 60s + 15s);
  CHECK(lowered.size() > static_cast<std::size_t>(limit / 3));
  CHECK(over_at_sliding(lowered, limit / 3, 60s) == 0);

  quota.spec.limit = 2 * limit;
  quota.inits.at(0) += 2 * limit - limit / 3;
  ++quota.version;
  simulation.enter(quota);
  simulation.run_until(600s);
  const auto log = in_order(simulation.log());
  CHECK(over_at_sliding(log, 2 * limit, 60s) == 0);
  const auto raised = since(log, 460s);
  CHECK(static_cast<double>(raised.size()) > .85 * 2 * static_cast<double>(limit) * 140 / 60);
  CHECK(simulation.broken() == "");
}

TEST_CASE("a member that leaves in order hands over all it has", "[cluster][changes]") {
  const auto seed = GENERATE(range(std::uint64_t{1}, seeds(6) + 1));
  const auto gone = GENERATE(0U, 2U); // the broker too
  const auto limit = GENERATE(6, 120);
  CAPTURE(seed, gone, limit);
  ClusterSimulation simulation{calm(seed, limit)};
  simulation.run_until(160s);
  simulation.leave(gone);
  while (simulation.gone() == 0 && simulation.now() < 300s)
    simulation.run_until(simulation.now() + 100ms);
  // Its calls end within seconds; what cools need not be waited for.
  CHECK(simulation.now() < 190s);
  std::int64_t sum = 0;
  for (const auto& [member, init] : simulation.quota().inits) sum += init;
  CHECK(sum == limit);
  simulation.run_until(400s);
  const auto log = in_order(simulation.log());
  CHECK(over_at_any(log, limit, 60s) == 0);
  CHECK(static_cast<double>(since(log, 200s).size()) > .85 * static_cast<double>(limit) * 200 / 60);
  CHECK(simulation.broken() == "");
}

TEST_CASE("the part of a member that never returns is the others'", "[cluster][changes]") {
  const auto seed = GENERATE(range(std::uint64_t{1}, seeds(4) + 1));
  const auto limit = GENERATE(6, 120);
  CAPTURE(seed, limit);
  ClusterSimulation simulation{calm(seed, limit)};
  simulation.run_until(160s);
  const auto gone = holds_most(simulation);
  simulation.kill_for_good(gone);
  simulation.run_until(163s);
  simulation.write_off(gone);
  simulation.run_until(160s + 60s);
  CHECK(simulation.gone() == 0);
  simulation.run_until(500s);
  CHECK(simulation.gone() == 1);
  const auto log = in_order(simulation.log());
  CHECK(over_at_any(log, limit, 60s) == 0);
  CHECK(static_cast<double>(since(log, 300s).size()) > .85 * static_cast<double>(limit) * 200 / 60);
  CHECK(simulation.broken() == "");
}

TEST_CASE("a limit that is frozen is not used further", "[cluster][changes]") {
  ClusterSimulation simulation{calm(3, 60)};
  simulation.run_until(160s);
  for (std::uint32_t i = 0; i < simulation.size(); ++i) {
    auto& node = simulation.node(i);
    node.book().hold_back(0, node.local(simulation.now()));
  }
  const auto before = simulation.log().size();
  simulation.run_until(300s);
  // What was with the provider already is counted still.
  CHECK(simulation.log().size() - before <= 5);
  for (std::uint32_t i = 0; i < simulation.size(); ++i) {
    auto& node = simulation.node(i);
    node.book().hold_back({}, node.local(simulation.now()));
  }
  simulation.run_until(370s);
  CHECK(simulation.log().size() >= before + 55);
  CHECK(over_at_any(in_order(simulation.log()), 60, 60s) == 0);
}
