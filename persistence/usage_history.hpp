#pragma once

#include "net/base/result.hpp"
#include "persistence/usage_totals.hpp"

#include <map>
#include <memory>
#include <string>

namespace gateway {

/// What the days in memory have at most, in cells; a usual node's year fits.
constexpr std::size_t usage_history_cells_max = 500'000;

/// The closed days' totals by hour, read from DATA/usage when asked for and kept.
/// Thread: one (the store thread), and it waits for the disk.
class UsageHistory {
public:
  explicit UsageHistory(std::string data) : data_(std::move(data)) {}

  /// The day's totals; none of anything where the day has no file. A file that cannot be understood
  /// counts as none and is logged. Errors: storage_unavailable where one cannot be read.
  Result<std::shared_ptr<const UsageTotals>> day(Day day);

private:
  std::string data_;
  std::map<Day, std::shared_ptr<const UsageTotals>> days_;
  std::size_t cells_ = 0;
};

} // namespace gateway
