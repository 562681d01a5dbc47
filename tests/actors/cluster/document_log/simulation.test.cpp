// Nodes that die between any two writes, and a network that loses, doubles, delays and cuts: what
// one of them said stands. log_cluster.cpp compares at every step.
#include "log_cluster.hpp"

#include <catch2/catch.hpp>

namespace gateway {
namespace {

DocumentLog::Settings short_logs() {
  DocumentLog::Settings settings;
  settings.snapshot_entries = 20;
  settings.kept_entries = 5;
  settings.snapshot_again = 2'000ms;
  return settings;
}

/// Edits, faults and changes of voters, all at random, for a minute.
class RandomMinute {
public:
  explicit RandomMinute(std::uint64_t seed)
      : cluster_(seed, 3 + seed % 3, short_logs()), world_(cluster_.world) {
    cluster_.network.loss = world_.uniform(0, 0.1);
    cluster_.network.doubled = world_.uniform(0, 0.1);
    cluster_.network.stragglers = world_.uniform(0, 0.05);
    cluster_.found(3);
  }

  void run() {
    for (int i = 0; i < 300; ++i) {
      cluster_.run(0.2);
      step();
    }
    cluster_.heal();
    for (const auto& node : cluster_.nodes) {
      const auto& name = node->name;
      const bool is_voter = cluster_.change([&](DocumentLog& log) { return log.add_server(name); })
        && cluster_.change(
          [&](DocumentLog& log) { return log.assign(name, RaftServer::Role::voter); });
      CAPTURE(name, cluster_.describe());
      REQUIRE(is_voter);
    }
    cluster_.check_all();
  }

  const LogPromises& promises() const { return cluster_.promises; }

private:
  std::size_t any() { return world_.below(cluster_.nodes.size()); }

  void step() {
    const auto node = any();
    switch (world_.below(24)) {
    case 0:
      if (cluster_.is_up(node)) {
        cluster_.kill(node);
        world_.after(sim_seconds(world_.uniform(0.3, 5)), [this, node] {
          if (!cluster_.is_up(node)) cluster_.start(node);
        });
      }
      break;
    case 1:
    case 2:
      // Somewhere in what it writes next, within a write as well.
      if (cluster_.is_up(node))
        cluster_.nodes[node]->disk.die_in(1 + world_.below(12), world_.below(200));
      break;
    case 3: cluster_.isolate(node); break;
    case 4: cluster_.network.cut.insert({node, any()}); break;
    case 5:
    case 6:
    case 7: cluster_.network.cut.clear(); break;
    case 8: change_servers(); break;
    case 9:
      if (const auto leads = cluster_.leader()) cluster_.log(*leads).hand_on("");
      break;
    default:
      if (cluster_.is_up(node)) cluster_.edit(node, std::to_string(++edits_));
    }
  }

  void change_servers() {
    const auto leads = cluster_.leader();
    if (!leads) return;
    auto& log = cluster_.log(*leads);
    const auto& name = cluster_.nodes[any()]->name;
    switch (world_.below(5)) {
    case 0: log.add_server(name); break;
    case 1: log.assign(name, RaftServer::Role::standby); break;
    case 2:
    case 3: log.assign(name, RaftServer::Role::voter); break;
    case 4:
      // So many stay that two can be lost.
      if (log.servers().size() > 3) log.remove_server(name);
      break;
    }
  }

  LogCluster cluster_;
  SimWorld& world_;
  int edits_ = 0;
};

} // namespace

TEST_CASE(
  "whatever fails, all nodes come to the same, and what was acknowledged stands",
  "[document log][simulation]") {
  std::size_t taken = 0;
  std::size_t refused = 0;
  std::size_t installed = 0;
  const auto seeds = log_seeds(40);
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    CAPTURE(seed);
    RandomMinute minute{seed};
    minute.run();
    taken += minute.promises().taken.size();
    refused += minute.promises().refused;
    installed += minute.promises().installed;
  }
  // Else it proved little.
  CHECK(taken > 20 * seeds);
  CHECK(refused > 2 * seeds);
  CHECK(4 * installed > seeds);
}

} // namespace gateway
