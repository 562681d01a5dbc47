#pragma once

#include "net/base/result.hpp"
#include "persistence/day.hpp"
#include "persistence/files.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace gateway {

/// `settings.log` of the document.
struct RetentionRule {
  std::int64_t days = 30;
  std::int64_t bytes_max = 20'000'000'000;
};

struct RetentionReport {
  std::vector<std::string> removed; // file names
  std::uint64_t bytes_left = 0;
  bool over = false; // more than bytes_max is left: days that are still open
};

/// Removes journal, index and trace files, whole days and the oldest first, that are older than the
/// rule's days or too much. Never touches `first_open_day` or later: their lines are not in a day's
/// totals yet. Errors: storage_unavailable. Thread: the store thread.
Result<RetentionReport> apply_retention(
  Files& files,
  const std::string& folder,
  const RetentionRule& rule,
  Day first_open_day,
  WallTime now);

} // namespace gateway
