#pragma once

#include "persistence/usage_day.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace gateway {

/// The sums of one stretch in one group, by value and node.
class UsagePile {
public:
  /// The groups: one a dimension, and one in which nothing but nodes is told apart.
  static constexpr std::size_t all = usage_dimension_count;
  static constexpr auto node = static_cast<std::size_t>(UsageDimension::node);

  /// Nodes are told apart in every group: their speeds are in the one in which nothing else is.
  static constexpr bool has_speeds(std::size_t group) noexcept { return group != node; }
  static constexpr SpeedGroup speed_group(std::size_t group) noexcept {
    return group == all ? SpeedGroup::source : speed_group_of(static_cast<UsageDimension>(group));
  }

  struct Key {
    std::uint32_t value = 0;
    std::uint32_t node = 0;
  };

  void set_nodes(std::size_t nodes) noexcept { nodes_ = nodes; }

  void add(const Key& key, const UsageCounters& counters) { sum_of(key).counters += counters; }
  /// Of many sources in one sum.
  void add(const Key& key, const SpeedBuckets& speeds) {
    auto& sum = sum_of(key);
    sum.first_token.add(speeds.first_token);
    sum.latency.add(speeds.latency);
    sum.queued.add(speeds.queued);
  }
  /// Of few sources, and a value of which there may be thousands.
  void join(const Key& key, const SpeedBuckets& speeds);
  /// Of a value that has one a stretch. There may be thousands: a SketchSum each is too large.
  void merge(const Key& key, const UsageSpeeds& speeds) { sum_of(key).merged.merge(speeds); }

  /// Appends a row a value and node, and is empty afterwards.
  void move_to(std::string& out, bool speeds);

private:
  struct Sum {
    UsageCounters counters;
    SketchSum first_token;
    SketchSum latency;
    SketchSum queued;
    UsageSpeeds merged;
    bool used = false;
  };

  Sum& sum_of(const Key& key);

  SketchSum joint_;
  std::size_t nodes_ = 1;
  std::vector<Sum> sums_;
  std::vector<std::size_t> used_; // in sums_
};

} // namespace gateway
