#pragma once

#include "persistence/latency_sketch.hpp"
#include "persistence/usage_counters.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace gateway {

/// By what speeds are kept, each node's apart: by its sources (provider, model and how requests
/// ended), and by one other dimension at a time. Every request's times are in exactly one sketch of
/// each group, so that each of them answers for all requests.
enum class SpeedGroup : std::uint8_t { source, key, route, team };
constexpr std::size_t speed_group_count = 4;
/// Those of one dimension each.
inline constexpr std::array value_speed_groups{
  SpeedGroup::key, SpeedGroup::route, SpeedGroup::team};

/// Whose speeds tell that dimension apart; nothing: none is told apart.
constexpr SpeedGroup speed_group_of(std::optional<UsageDimension> by) noexcept {
  if (by == UsageDimension::key) return SpeedGroup::key;
  if (by == UsageDimension::route) return SpeedGroup::route;
  return by == UsageDimension::team ? SpeedGroup::team : SpeedGroup::source;
}

/// What such a group tells apart.
constexpr UsageDimension dimension_of(SpeedGroup value_group) noexcept {
  if (value_group == SpeedGroup::key) return UsageDimension::key;
  return value_group == SpeedGroup::route ? UsageDimension::route : UsageDimension::team;
}

/// How long requests took, microseconds.
struct UsageSpeeds {
  LatencySketch first_token; // of answered ones, as the next
  LatencySketch latency;
  LatencySketch queued; // in line for quota, of those that had to wait there

  void add(const RequestRecord& record);
  void merge(const UsageSpeeds& other);
  bool empty() const noexcept { return first_token.empty() && latency.empty() && queued.empty(); }
  /// What it takes in memory, about.
  std::size_t bytes() const noexcept;
  friend bool operator==(const UsageSpeeds&, const UsageSpeeds&) = default;
};

/// Whether UsageSpeeds::add has something of it.
bool has_times(const RequestRecord& record) noexcept;

struct NamedSpeeds : UsageSpeeds {
  std::uint32_t name = 0; // of UsageNames: the first one of its group's texts, whatever the rest
};
/// Sorted by name; the one of that name is made where there is none.
UsageSpeeds& speeds_of(std::vector<NamedSpeeds>& sorted, std::uint32_t name);

} // namespace gateway
