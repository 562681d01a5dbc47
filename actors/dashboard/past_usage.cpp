#include "actors/dashboard/past_usage.hpp"

#include <algorithm>

namespace gateway {

std::vector<PastUsage> past_usage(const UsageTotals& totals, WallTime now) {
  const auto from = std::min<WallTime>(day_of(now), now - usage_hour);
  std::vector<PastUsage> past;
  for (const auto& entry : totals.slices()) {
    if (entry.span.end() <= from) continue;
    for (const auto& cell : entry.slice->cells) {
      const auto& name = totals.name(cell.name);
      const auto& provider = name[static_cast<std::size_t>(UsageDimension::provider)];
      if (!provider.empty()) past.push_back({entry.span, provider, cell.counters});
    }
  }
  return past;
}

} // namespace gateway
