#include "tests/actors/cluster/simulation.hpp"

#include <algorithm>
#include <utility>

/// What clients do: calls that come, go to the provider, and are given up.
namespace gateway {
namespace {

constexpr Nanoseconds patience = 15s;
constexpr Nanoseconds patience_cut_off = 3s;
constexpr int tries_max = 3;

} // namespace

void ClusterSimulation::reweigh() {
  const auto count = nodes_.size();
  const auto kind = world_.below(4);
  weights_.assign(count, kind == 0 ? 1. : kind == 1 ? .02 : 0.);
  if (kind == 1) weights_[world_.below(count)] = 1;
  if (kind == 2) {
    weights_[world_.below(count)] = 1;
    weights_[world_.below(count)] = .7;
  }
  if (kind == 3) {
    const auto first = world_.below(count);
    for (std::size_t i = 0; i < count; ++i)
      weights_[(first + i) % count] = 1 / static_cast<double>(i + 1);
  }
  const auto wait = plan_.moves_every > 0 ? plan_.moves_every : world_.uniform(40, 120);
  world_.after(sim_seconds(wait), [this] { reweigh(); });
}

void ClusterSimulation::arrive() {
  const auto much = static_cast<double>(limit_) / mean_ >= 40 ? 1.4 : 4.;
  if (plan_.load < 0) return;
  const auto rate = (plan_.load > 0 ? plan_.load : much) * calls_per_second();
  SimCall call;
  call.came = call.here_since = world_.now();
  if (plan_.kind == SimKind::tokens) {
    const auto used = std::clamp(world_.lognormal(6.5, .8), 20., 8'000.);
    call.used = static_cast<std::int64_t>(used);
    call.reserve = static_cast<std::int64_t>(used * world_.uniform(1, 1.5)) + 1;
  }
  auto* node = nodes_[world_.weighted(weights_)].get();
  // Nobody is at home: a client asks the next.
  const auto is_open = [this](const SimNode& one) {
    return one.is_up() && !gone_.contains(one.number());
  };
  for (std::size_t i = 0; i < 4 * nodes_.size() && !is_open(*node); ++i)
    node = nodes_[world_.below(nodes_.size())].get();
  if (is_open(*node)) {
    when_awake(*node, node->life, [this, node, call] {
      const auto most = static_cast<std::size_t>(std::max(10., 5 * calls_per_second()));
      if (node->queue.size() < most) node->ask(call);
      work(*node);
    });
  }
  world_.after(sim_seconds(world_.exponential(1 / rate)), [this] { arrive(); });
}

/// The call was admitted; its write comes `late`, if its process still lives then.
void ClusterSimulation::go(SimNode& node, const SimCall& call, Nanoseconds late) {
  if (plan_.kind == SimKind::places) return go_to_place(node, late);
  const auto life = node.life;
  const auto counted =
    sim_seconds(world_.is_so(.97) ? world_.uniform(.005, .08) : world_.uniform(.08, delay * .98));
  const auto first_byte = counted + sim_seconds(world_.uniform(.1, 4));
  world_.after(late, [this, &node, life, call, counted, first_byte] {
    if (node.life != life) return;
    const auto written = world_.now();
    world_.after(counted, [this, call] { log_.push_back({world_.now(), call.used}); });
    const auto known = written + std::min(first_byte, sim_seconds(delay));
    world_.at(known, [this, &node, life, call, known] {
      when_awake(node, life, [this, &node, call, known] {
        node.settle(call.used, known, world_.now());
        work(node);
      });
    });
    if (call.reserve == call.used) return;
    world_.at(written + first_byte, [this, &node, life, call] {
      when_awake(node, life, [this, &node, call] {
        node.put_back(call.reserve - call.used);
        work(node);
      });
    });
  });
}

/// It has a place from when it arrives until the provider is through with it, whatever becomes of
/// the process meanwhile; a hang-up is noticed within D.
void ClusterSimulation::go_to_place(SimNode& node, Nanoseconds late) {
  const auto life = node.life;
  const auto arrives =
    sim_seconds(world_.is_so(.9) ? world_.uniform(.005, .08) : world_.uniform(.08, delay * .98));
  const auto longest = SimLimit::longest_call;
  const auto takes = sim_seconds(
    world_.is_so(.9) ? std::clamp(world_.lognormal(.4, .6), .6, 10.)
                     : longest * world_.uniform(.7, .98));
  const auto is_left = world_.is_so(.1);
  const auto left = sim_seconds(world_.uniform(0, 2));
  const auto way = sim_seconds(world_.uniform(.001, .08));
  world_.after(late, [=, this, &node] {
    if (node.life != life) return;
    auto place = std::make_shared<SimPlace>();
    place->arrives = world_.now() + arrives;
    world_.at(place->arrives, [this] { log_.push_back({world_.now(), 1}); });
    if (is_left)
      world_.after(left, [this, &node, life, place] {
        when_awake(node, life, [this, &node, place] { hang_up(node, place); });
      });
    world_.after(takes, [=, this, &node] {
      end(*place);
      world_.after(way, [this, &node, life, place] {
        when_awake(node, life, [this, &node, place] {
          if (place->is_left) return;
          place->is_left = true;
          node.put_back(1);
          work(node);
        });
      });
    });
  });
}

void ClusterSimulation::hang_up(SimNode& node, const std::shared_ptr<SimPlace>& place) {
  if (place->is_left) return;
  place->is_left = true;
  node.settle_by_now(1, world_.now());
  const auto noticed = world_.now() + sim_seconds(world_.uniform(0, delay * .98));
  world_.at(std::max(noticed, place->arrives), [this, place] { end(*place); });
}

void ClusterSimulation::end(SimPlace& place) {
  if (!std::exchange(place.is_over, true)) log_.push_back({world_.now(), -1});
}

/// What a client is told of a call that has waited too long: 503 where another node may do better.
void ClusterSimulation::give_up(SimNode& node) {
  const auto now = world_.now();
  while (!node.queue.empty() && now - node.queue.front().came > patience) node.queue.pop_front();
  if (!node.sharing().is_somebody_out_of_reach()) return;
  while (!node.queue.empty() && now - node.queue.front().here_since > patience_cut_off
         && node.queue.front().tries < tries_max) {
    auto call = node.queue.front();
    node.queue.pop_front();
    ++call.tries;
    auto& other = *nodes_[(node.number() + 1 + world_.below(nodes_.size() - 1)) % nodes_.size()];
    if (gone_.contains(other.number())) continue;
    world_.after(50ms, [this, call, &other]() mutable {
      call.here_since = world_.now();
      when_awake(other, other.life, [this, call, &other] {
        other.ask(call);
        work(other);
      });
    });
  }
}

} // namespace gateway
