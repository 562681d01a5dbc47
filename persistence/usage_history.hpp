#pragma once

#include "net/base/result.hpp"
#include "persistence/usage_day.hpp"
#include "persistence/usage_totals.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gateway {

/// What the days by hour and all dimensions take in memory at most; a usual node's three weeks.
constexpr std::size_t usage_history_bytes_max = 64 * 1024 * 1024;
/// What the packed days take; a usual node's year and a half, the rest is read when asked for.
constexpr std::size_t usage_packed_bytes_max = 128 * 1024 * 1024;
/// The newest packed days have their hours, more of them their quarters in memory: what charts of
/// the last days, and of the last months, need. Of older ones they are read when asked for.
constexpr std::chrono::days usage_hours_in_memory{14};
constexpr std::chrono::days usage_quarters_in_memory{92};

/// The closed days, out of DATA/usage: by all dimensions for reports, packed for charts.
/// Thread: one, and it waits for the disk.
class UsageHistory {
public:
  /// What it takes in memory at most.
  struct Bounds {
    std::size_t days = usage_history_bytes_max;  // by hour and all dimensions
    std::size_t packed = usage_packed_bytes_max; // as charts read them
  };
  explicit UsageHistory(std::string data) : UsageHistory(std::move(data), Bounds{}) {}
  UsageHistory(std::string data, Bounds bounds) : data_(std::move(data)), bounds_(bounds) {}

  /// The day's totals by hour, without speeds by key, route and team; none of anything where the
  /// day has no file. A file that cannot be
  /// understood counts as none and is logged. Errors: storage_unavailable where one cannot be read.
  Result<std::shared_ptr<const UsageTotals>> day(Day day);

  /// The day packed, with stretches of that length or shorter. The first time it is made of the
  /// day's totals, and kept beside them. Errors: as above.
  Result<std::shared_ptr<const UsageDay>> packed(Day day, Milliseconds length);

  /// The week from that Monday as one sum, kept in memory as long as there is room; null, where
  /// there is none. A year of them is read in a third to a fifth of the time of its days. After
  /// `first_day`, which knows the files. Errors: as above.
  Result<std::shared_ptr<const UsageDay>> week(Day monday);

  /// Takes the newest packed day before `before` into memory that is not there yet, or the newest
  /// week of such days; false where there is none, or no room. For a node's start: one at a time.
  /// Errors: as above.
  Result<bool> load_next(Day before);

  /// A file came that was not there before: all is read anew.
  void forget() { *this = UsageHistory(std::move(data_), bounds_); }

  /// The first day that has a file, where it is before `before`. Errors: storage_unavailable.
  Result<std::optional<Day>> first_day(Day before);

  /// What it takes in memory, about.
  std::size_t bytes() const noexcept { return bytes_ + packed_bytes_ + weeks_bytes_; }

private:
  struct Kept {
    std::shared_ptr<const UsageTotals> totals;
    std::size_t bytes = 0;
    std::uint64_t used = 0; // the larger the later
  };

  Result<UsageTotals> read_day(Day day) const;
  Milliseconds detail_in_memory(Day day) const noexcept;
  bool keep(Day day, const UsageDay& packed);
  Result<void> list_days(Day before);

  std::string data_;
  Bounds bounds_;
  std::map<Day, Kept> days_;
  std::size_t bytes_ = 0;
  std::uint64_t uses_ = 0;
  std::map<Day, std::shared_ptr<const UsageDay>> packed_;
  std::size_t packed_bytes_ = 0;
  std::map<Day, std::shared_ptr<const UsageDay>> weeks_; // by their Monday
  std::size_t weeks_bytes_ = 0;
  bool has_room_for_weeks_ = true; // as far as was tried since a day was closed
  std::vector<Day> files_;         // the oldest first
  std::optional<Day> listed_before_;
};

} // namespace gateway
