#pragma once

#include "persistence/usage_totals.hpp"

#include <string>
#include <vector>

namespace gateway {

/// What a provider was used for in a stretch of time before this life of the node.
struct PastUsage {
  UsageSpan span;
  std::string provider;
  UsageCounters counters;
};

/// Of this UTC day and of the last hour, oldest first, from the store as it was loaded.
std::vector<PastUsage> past_usage(const UsageTotals& totals, WallTime now);

} // namespace gateway
