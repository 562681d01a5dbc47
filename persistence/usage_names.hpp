#pragma once

#include "persistence/usage_speeds.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace gateway {

/// Combinations of all dimensions told apart; one more counts as "(other)".
constexpr std::size_t usage_names_max = 8'192;

/// The combinations that were met, numbered from 0. A copy is cheap: it shares the texts.
class UsageNames {
public:
  UsageNames() = default;
  UsageNames(const UsageNames& other) : names_(other.names_) {}
  UsageNames& operator=(const UsageNames& other);
  UsageNames(UsageNames&&) noexcept = default;
  UsageNames& operator=(UsageNames&&) noexcept = default;
  ~UsageNames() = default;

  std::uint32_t index_of(const UsageName& name);
  std::uint32_t index_of(const RequestRecord& record);
  /// The first name whose speeds are in the same sketch of that group.
  std::uint32_t first_of(std::uint32_t index, SpeedGroup group);

  const UsageName& operator[](std::uint32_t index) const noexcept { return *names_[index]; }
  std::size_t size() const noexcept { return names_.size(); }

private:
  using Indices = std::unordered_map<std::string, std::uint32_t>;

  void learn_all();
  void learn(std::uint32_t index);

  std::vector<std::shared_ptr<const UsageName>> names_;

  // Only for adding; empty in a fresh copy and built again when that is added to.
  Indices indices_;                                // of a name's texts, joined
  std::array<Indices, speed_group_count> grouped_; // the first of the texts of a group
  std::vector<std::array<std::uint32_t, speed_group_count>> firsts_; // by name
  std::string joined_;
};

} // namespace gateway
