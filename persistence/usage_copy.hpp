#pragma once

#include "net/base/result.hpp"
#include "persistence/files.hpp"
#include "persistence/usage_history.hpp"
#include "persistence/usage_rows.hpp"
#include "persistence/usage_store.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// What another node's closed days take in memory at most: an eighth of this node's own.
constexpr UsageHistory::Bounds usage_copy_bounds{
  usage_history_bytes_max / 8, usage_packed_bytes_max / 8};
/// A closed day's file, as it comes from another node.
constexpr std::size_t usage_day_bytes_max = 32 * 1024 * 1024;

/// Another node's totals, kept here: that node alone writes them, this is what was heard of it
/// last. It stays when that node is gone. In a folder of its own: `rows`, and the closed days in
/// `usage/`. Thread: one, and it waits for the disk.
class UsageCopy {
public:
  /// A copy of nothing; the folder may not exist yet.
  UsageCopy(Files& files, std::string folder, UsageSource source);
  /// What lies in the folder. Errors: not_found; invalid_value where it is damaged;
  /// storage_unavailable.
  static Result<UsageCopy> load(Files& files, const std::string& folder);

  const UsageSource& source() const noexcept { return source_; }
  const UsageState& state() const noexcept { return state_; }
  /// Where its closed days lie, as DATA has this node's own.
  const std::string& folder() const noexcept { return folder_; }
  UsageHistory& history() noexcept { return history_; }

  /// False: they follow on something that is not here, or say nothing new.
  bool take(const UsageRows& rows);
  /// Rows for somebody who knows as much as `since`.
  std::string rows(const UsageMark& since) const;

  /// A closed day's file. Errors: invalid_value where the text is none; storage_unavailable.
  Result<void> take_day(Day day, std::string_view text);
  /// The closed days that are here, the oldest first. Errors: storage_unavailable.
  Result<std::vector<Day>> days() const { return usage_days(folder_); }

  /// Writes what changed. Errors: storage_unavailable.
  Result<void> store();

private:
  Result<void> forget_closed();

  Files* files_;
  std::string folder_;
  UsageSource source_;
  UsageState state_;
  UsageHistory history_;
  Day told_held_day_{}; // of the source; days before it are in their files there
  bool is_stored_ = true;
};

} // namespace gateway
