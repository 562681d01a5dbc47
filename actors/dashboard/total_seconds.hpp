#pragma once

#include "actors/dashboard/live_tick.hpp"
#include "actors/dashboard/request_tally.hpp"
#include "actors/dashboard/time_ring.hpp"
#include "net/base/time.hpp"

#include <array>
#include <string>

namespace gateway {

/// The last 15 minutes of all requests, a second at a time.
class TotalSeconds {
public:
  static constexpr std::size_t kept = 900;

  explicit TotalSeconds(WallTime started) : started_(started) {}

  void add(const RequestTally::Cell& cell, WallTime now);
  /// p50, p95, p99 of the running second so far, microseconds.
  std::array<std::int64_t, 3> first_token(WallTime now) const;
  /// `{"t0":…,"step_ms":1000,"v":[…],"ttft":[…]}`, the running second last; null where the node did
  /// not run.
  void append_json(std::string& out, WallTime now) const;

private:
  struct Second {
    std::array<std::int64_t, 6> totals{};
    LatencySketch first_token;
  };

  WallTime started_;
  TimeRing<Second, kept> seconds_;
};

} // namespace gateway
