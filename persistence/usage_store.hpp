#pragma once

#include "net/base/result.hpp"
#include "persistence/coverage.hpp"
#include "persistence/files.hpp"
#include "persistence/record_batch.hpp"
#include "persistence/replay.hpp"
#include "persistence/usage_totals.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace gateway {

/// Totals, and exactly which lines of the journal are in them: what DATA/usage.json keeps.
struct UsageState {
  UsageTotals totals;
  Coverage coverage;      // of the open days' files
  UsageCounters all_time; // since there is a store
  /// Days before it are closed: they stand in DATA/usage/YYYY-MM-DD.json, and their journal files
  /// are not read again.
  Day first_open_day{};
  /// From this day on `totals` has everything; earlier days are only in their files.
  Day first_held_day{};
};

/// A state to be written, and the days that are over.
struct UsageSnapshot {
  UsageState state;
  WallTime taken{};
  /// For Journal::set_first_open_day, at once: no line goes to an earlier day's file any more.
  Day first_appendable_day{};
  /// Days before it are closed if all their lines are in.
  Day close_before{};
};

/// What a start found.
struct LoadReport {
  bool snapshot_used = false;
  bool snapshot_damaged = false; // set aside; everything was read again
  /// Lines that it counts are gone from the journal: a machine crash, or a file was removed.
  bool snapshot_outlived = false;
  std::uint64_t records_replayed = 0;
  Damage damage;
};

/// A snapshot is due a minute after the last one, or after so many records: what a start has to
/// read.
constexpr Milliseconds snapshot_every{60'000};
constexpr std::uint64_t snapshot_records = 200'000;
/// After midnight a day stays open so long, for lanes that still have lines of it.
constexpr Milliseconds day_open_after_midnight{5 * 60'000};

/// The ledger's totals: fed with batches, kept as a snapshot and the journal behind it.
/// Thread: the ledger's; write() belongs on its store thread.
class UsageStore {
public:
  /// Reads the snapshot, then the journal from where that ends; repairs the files (torn last lines
  /// are cut, damaged ones set aside). Call before Journal::open, with the folder locked.
  /// Errors: storage_unavailable.
  static Result<UsageStore>
  load(Files& files, const std::string& data, WallTime now, LoadReport& report);

  void add(const RecordBatch& batch);
  const UsageTotals& totals() const noexcept { return state_.totals; }
  const UsageState& state() const noexcept { return state_; }
  /// As UsageTotals::seal.
  std::uint64_t seal() noexcept { return state_.totals.seal(); }

  /// For Journal::set_first_open_day, right after a load.
  Day first_appendable_day() const noexcept { return first_appendable_day_; }

  /// Makes coarser what is old by now, a little at a time: call it often.
  void fold(WallTime now);
  /// It is time for a snapshot: there is something no snapshot has, or a day to be closed.
  bool snapshot_due(WallTime now) const noexcept;
  /// Folds what is old and copies the state, which costs a pointer per slice.
  UsageSnapshot take(WallTime now);

  /// Writes the days that are over to their files, then the snapshot. Returns the first day that is
  /// open now, for closed(). Errors: storage_unavailable; then what stood before stands.
  /// Thread: the store thread, one at a time.
  static Result<Day> write(Files& files, const std::string& data, UsageSnapshot snapshot);

  /// A snapshot was written that has every day before this one in its own file.
  void closed(Day first_open_day);

private:
  explicit UsageStore(UsageState state) : state_(std::move(state)) {}

  UsageState state_;
  Day first_appendable_day_{};
  WallTime last_taken_{};
  WallTime last_folded_{};
  std::uint64_t since_taken_ = 0;
};

/// The state of a data folder as it is now, without changing anything in it: for `llm-gateway
/// usage`, also beside a running node. Errors: not_found where there is no store, else
/// storage_unavailable.
Result<UsageState> read_usage_state(const std::string& data, WallTime now);

/// DATA/usage/YYYY-MM-DD.json.
std::string usage_day_path(const std::string& data, Day day);
/// The days that have such a file, the oldest first. Errors: storage_unavailable.
Result<std::vector<Day>> usage_days(const std::string& data);

} // namespace gateway
