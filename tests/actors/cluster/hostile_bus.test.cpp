#include "tests/actors/cluster/sim_network.hpp"
#include "tests/actors/cluster/sim_node.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

namespace {

/// Two members between whom a fifth is lost and doubled and all is late in any order, minutes too.
struct HostilePair {
  explicit HostilePair(std::uint64_t seed) : world(seed) {
    quota.spec = per_minute(30);
    quota.inits = {{0, 30}, {1, 0}};
    network.loss = .2;
    network.doubled = .2;
    network.stragglers = .2;
    network.jitter = .5;
    for (std::uint32_t i = 0; i < 2; ++i) {
      nodes.push_back(std::make_unique<SimNode>(i, 1'000 + 77 * i, 1, SharingTimes{}));
      nodes.back()->start(quota, world.now());
    }
  }

  void work(std::uint32_t at) {
    nodes[at]->work(
      world.now(),
      [](const SimCall&) {},
      [&](std::uint32_t to, const std::string& bytes) {
        const auto arrive = [this, at, to, bytes] {
          nodes[to]->hear(at, bytes, world.now());
          work(to);
        };
        network.send(world, at, to, arrive);
        // Of an older life, perhaps, when it arrives.
        if (world.is_so(.05)) world.after(sim_seconds(world.uniform(10, 200)), arrive);
      });
  }

  std::int64_t counters(std::uint32_t at, bool given) const {
    std::int64_t sum = 0;
    for (const auto& pair : nodes[at]->book().share().pairs)
      sum += given ? pair.given : pair.received;
    return sum;
  }

  SimWorld world;
  SimNetwork network;
  SimNode::Quota quota;
  std::vector<std::unique_ptr<SimNode>> nodes;
};

} // namespace

TEST_CASE("nothing that a bus does makes or loses a permit", "[cluster][bus]") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    HostilePair pair{seed};
    bool is_calm = false;
    for (int turn = 0; turn < 3'000; ++turn) {
      const auto i = static_cast<std::uint32_t>(pair.world.below(2));
      if (pair.world.is_so(.01) && !is_calm) {
        // kill -9, and at once the next life with the same book; or the machine goes.
        if (pair.world.is_so(.3) && !pair.nodes[1 - i]->memory().is_lost())
          pair.nodes[i]->crash(pair.world.now());
        else
          pair.nodes[i]->kill(pair.world.now());
        pair.nodes[i]->start(pair.quota, pair.world.now());
      }
      if (pair.world.is_so(.3)) pair.nodes[i]->ask({pair.world.now(), pair.world.now()});
      pair.work(i);
      pair.world.run_until(pair.world.now() + 100ms);
      if (turn == 2'000) {
        is_calm = true;
        pair.network = SimNetwork{};
      }
      if (pair.nodes[0]->memory().is_lost() || pair.nodes[1]->memory().is_lost()) continue;
      // I1, each way, and all of it together.
      const auto there = pair.counters(0, true) - pair.counters(1, false);
      const auto back = pair.counters(1, true) - pair.counters(0, false);
      REQUIRE(there >= 0);
      REQUIRE(back >= 0);
      REQUIRE(pair.nodes[0]->book().hold() + pair.nodes[1]->book().hold() + there + back == 30);
    }
    // What was said late and twice is over: all of it has arrived.
    CHECK(pair.nodes[0]->book().hold() + pair.nodes[1]->book().hold() == 30);
    CHECK_FALSE(pair.nodes[0]->sharing().is_contradicted());
    CHECK_FALSE(pair.nodes[1]->sharing().is_contradicted());
  }
}
