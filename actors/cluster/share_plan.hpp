#pragma once

#include "net/base/time.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace gateway {

/// One who shares a quota, as the broker sees it: itself, or a client with all of its own clients.
struct Sharer {
  std::uint32_t member = 0;
  std::int64_t hold = 0; // what lies there, on its way to it counted once
  std::int64_t want = 0;
  std::int64_t demand = 0;
  std::int64_t owed = 0;           // a part of `want`: paid before anybody uses anything
  std::vector<std::int64_t> needs; // first come first
  Instant waiting_since{};
  // Planned:
  std::int64_t target = 0;
  std::int64_t grant = 0;
};

struct SharePlanRules {
  std::int64_t limit = 0;
  std::int64_t typical = 1; // a dear call's cost
  /// No idle permits at nodes: whole calls are granted in the order of their waiting.
  bool is_small = false;
  /// What nobody waits for may be handed out ahead of demand.
  bool may_hand_ahead = false;
};

/// A limit is small where it would be wasted if each node had some permits idle.
bool is_small_limit(std::int64_t limit, std::int64_t typical, std::size_t nodes) noexcept;

/// Fills in targets, and grants out of `pool`. What is granted is not wanted any more.
void plan_shares(
  std::span<Sharer> sharers, std::int64_t pool, const SharePlanRules& rules, Instant now);

} // namespace gateway
