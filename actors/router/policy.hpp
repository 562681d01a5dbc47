#pragma once

#include "actors/router/walk.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gateway {

/// What a policy that takes turns remembers of one route between two requests; the router keeps it.
struct PolicyMemory {
  std::unordered_map<std::uint32_t, std::int64_t> credit; // weighted: by offer
};

/// In which order candidates that may answer are asked. Pure: no clock, no chance.
class Policy {
public:
  virtual ~Policy() = default;
  /// What people read in the route trace.
  virtual std::string_view summary() const noexcept = 0;
  /// Its order depends on the requests before this one.
  virtual bool takes_turns() const noexcept { return false; }
  /// Returns the candidates' numbers, first one first; each exactly once.
  virtual std::vector<std::size_t> order(std::span<const Candidate>, PolicyMemory&) const = 0;
};

const Policy* find_policy(std::string_view name) noexcept;
std::vector<std::string_view> policy_names();

} // namespace gateway
