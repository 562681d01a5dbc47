#pragma once

#include "actors/dashboard/live_tick.hpp"
#include "actors/dashboard/request_tally.hpp"
#include "actors/dashboard/time_ring.hpp"
#include "net/base/time.hpp"

#include <array>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace gateway {

/// The last 15 minutes of all requests, a second at a time.
class TotalSeconds {
public:
  static constexpr std::size_t kept = 900;

  explicit TotalSeconds(WallTime started) : started_(started) {}

  void add(const RequestTally::Cell& cell, WallTime now);
  /// One second's totals, by its number since 1970.
  using Told = std::pair<std::int64_t, std::array<std::int64_t, 6>>;
  /// What another node tells of the time before it was heard.
  void add(const Told& told, WallTime now);
  /// The seconds in which anything ended, the oldest first.
  std::vector<Told> told(WallTime now) const;
  struct Second {
    std::array<std::int64_t, 6> totals{};
    LatencySketch first_token; // of a second that was told: empty
  };
  /// By its number since 1970; nothing where none ended in it.
  const Second* find(std::int64_t number) const noexcept { return seconds_.find(number); }
  WallTime started() const noexcept { return started_; }

private:
  WallTime started_;
  TimeRing<Second, kept> seconds_;
};

/// p50, p95, p99 of the running second so far, of all of them together, microseconds.
std::array<std::int64_t, 3> first_token_of(std::span<const TotalSeconds* const> all, WallTime now);
/// `{"t0":…,"step_ms":1000,"v":[…],"ttft":[…]}`, the running second last; null where the first of
/// them had not begun.
void append_seconds_json(std::string& out, std::span<const TotalSeconds* const> all, WallTime now);

} // namespace gateway
