#pragma once

#include "actors/quota/quota.hpp"
#include "tests/actors/quota/strict_providers.hpp"

#include <cstdint>
#include <vector>

namespace gateway {

/// What a simulated cluster shares: requests or tokens of a minute, places of calls that run at a
/// time, requests of an hour, a day or a month.
enum class SimKind : std::uint8_t { requests, tokens, places, hour, day, month };

/// One limit, and the providers that count it: as strict as they can be.
class SimLimit {
public:
  /// How long a call may run at the provider, whatever became of who made it.
  static constexpr double longest_call = 40;

  explicit SimLimit(SimKind kind) : kind_(kind) {}

  SimKind kind() const { return kind_; }
  QuotaSpec spec(std::int64_t limit) const;
  /// What the provider has to be out of before what was used comes back.
  Nanoseconds window() const;
  /// A node speaks so many times less often than it would, and dies for so many times longer: else
  /// hours would take hours.
  double slowness() const;
  /// Of those that the limit allows; `mean`: what one costs.
  double calls_per_second(std::int64_t limit, double mean) const;
  /// When it is where the simulation begins.
  WallTime begins() const;

  /// What any of the providers would have refused; `log`: in order.
  std::int64_t over(const std::vector<Count>& log, std::int64_t limit) const;
  /// Share of what the limit allows that was used.
  double used(
    const std::vector<Count>& log, std::int64_t limit, Nanoseconds from, Nanoseconds until) const;

private:
  SimKind kind_;
};

} // namespace gateway
