#pragma once

#include "actors/dashboard/recent_speed.hpp"
#include "actors/dashboard/request_tally.hpp"
#include "actors/dashboard/time_ring.hpp"
#include "net/base/time.hpp"

#include <cstdint>
#include <string>

namespace gateway {

/// What a node says of itself. Those of other nodes come over the cluster.
struct NodeFacts {
  std::string id;
  std::string version;
  WallTime started{};
  WallTime last_seen{};
  std::int64_t cpu_thousandths = 0; // of a core, in use
  std::int64_t rss_bytes = 0;
  bool draining = false;
  bool storage_ok = true;
  std::uint64_t config_version = 0;
  bool book_recovering = false;
  std::int64_t shares = 0; // quotas it holds a share of
  std::int64_t in_flight = 0;
  bool is_linked = true; // or this node itself
};

/// Whether more changed than its load, of which ticks tell.
bool is_another(const NodeFacts& before, const NodeFacts& now);
/// It is gone, or said nothing for so long that it may be.
bool is_stale(const NodeFacts& node, WallTime now) noexcept;

/// One node at this moment.
class NodeLive {
public:
  void add(const RequestTally::Cell& cell, WallTime now) {
    seconds_.at(now.time_since_epoch() / 1s) += cell.counters.requests;
    speed_.add(cell.first_token, now);
  }

  /// So many ended in that second since 1970, as the node itself tells.
  void set_second(std::int64_t second, std::int64_t requests) { seconds_.at(second) = requests; }

  /// Requests that ended within the last ten whole seconds, a second.
  double requests_per_second(WallTime now) const noexcept {
    constexpr int span = 10;
    std::int64_t sum = 0;
    const auto running = now.time_since_epoch() / 1s;
    for (auto second = running - span; second < running; ++second)
      if (const auto* count = seconds_.find(second)) sum += *count;
    return static_cast<double>(sum) / span;
  }
  LatencySketch first_token(WallTime now) const { return speed_.all(now); }

  NodeFacts facts;

private:
  TimeRing<std::int64_t, 16> seconds_;
  RecentSpeed speed_;
};

/// Appends a ClusterNode (openapi.yaml).
void append_node_json(std::string& out, const NodeLive& node, WallTime now);

} // namespace gateway
