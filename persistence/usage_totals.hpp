#pragma once

#include "persistence/day.hpp"
#include "persistence/usage_counters.hpp"
#include "persistence/usage_names.hpp"
#include "persistence/usage_span.hpp"
#include "persistence/usage_speeds.hpp"
#include "persistence/usage_value_speeds.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace gateway {

constexpr Milliseconds usage_seconds_kept{6 * 60'000}; // a chart of seconds is of five minutes
constexpr Milliseconds usage_detail_kept{2 * 3'600'000};
constexpr Milliseconds usage_minutes_kept{48 * 3'600'000};
/// Cells of all slices; beyond it the oldest detail becomes minutes, then hours, before its age
/// asks for it. Hours stay, and so does the hour that runs, so it may be passed for a while.
constexpr std::size_t usage_cells_max = 200'000;

/// Counters by all dimensions, and speeds by source, for one span.
struct UsageSlice {
  struct Cell {
    std::uint32_t name = 0; // of UsageTotals::name
    UsageCounters counters;
  };
  std::vector<Cell> cells;         // by name
  std::vector<NamedSpeeds> speeds; // by name
  std::uint64_t version = 0;       // of the totals that may write to it; grows with each that does
};

/// What was used, recently in detail: seconds for six minutes, ten of them for two hours,
/// minutes for two days, hours beyond. Every record is in exactly one slice, but for the time that
/// it took, which is in those it took it in; so any range is a sum of slices. A copy is cheap
/// (it shares the slices) and stays as it was: a snapshot is written from one on another thread
/// while this one goes on. Thread: one; copies may go to others.
class UsageTotals {
public:
  UsageTotals() = default;
  UsageTotals(const UsageTotals& other);
  UsageTotals& operator=(const UsageTotals& other);
  UsageTotals(UsageTotals&&) noexcept = default;
  UsageTotals& operator=(UsageTotals&&) noexcept = default;
  ~UsageTotals() = default;

  /// Counts the record at `at`, when it ended.
  void add(const RequestRecord& record, WallTime at);
  void add(const UsageSpan& span, const UsageName& name, const UsageCounters& counters);
  /// In that group only: each has them once.
  void add_speeds(
    const UsageSpan& span, SpeedGroup group, const UsageName& name, const UsageSpeeds& speeds);

  /// Makes coarser what is old by now; call every few seconds.
  void fold(WallTime now);
  /// Makes all seconds into tens of them: files have no more detail.
  void fold_seconds();
  /// Drops all that lies wholly before `day`, and names that nothing has any more.
  void drop_before(Day day);
  /// The same in hours, of [from, to) only: what a day's file has. Speeds by value that are kept in
  /// longer stretches stay in these.
  UsageTotals hours(WallTime from, WallTime to) const;
  /// For whoever asks for none by key, route or team: they are many.
  void drop_value_speeds() { value_speeds_ = {}; }

  /// What is in them now has a version up to the one returned, what is written to from now on a
  /// larger one.
  std::uint64_t seal() noexcept;
  /// Puts a slice of somebody else's totals in the place of all that lies within its span: what
  /// these are a copy of has nothing finer there. `names`: its names here.
  void put(const UsageSpan& span, const UsageSlice& slice, std::span<const std::uint32_t> names);
  void put(const UsageValueSpeeds::Entry& entry, std::span<const std::uint32_t> names);
  /// Drops all that begins at `from` or later.
  void drop_from(WallTime from);
  std::uint32_t index_of(const UsageName& name) { return names_.index_of(name); }

  struct Entry {
    UsageSpan span;
    std::shared_ptr<UsageSlice> slice;
  };
  /// By start, then length; a coarse one may stand beside finer ones of its time.
  std::span<const Entry> slices() const noexcept { return slices_; }
  const UsageValueSpeeds& value_speeds() const noexcept { return value_speeds_; }
  const UsageName& name(std::uint32_t index) const noexcept { return names_[index]; }
  std::size_t names() const noexcept { return names_.size(); }
  std::size_t cells() const noexcept { return cells_; }
  /// What it takes in memory, about; slices that copies share are counted too.
  std::size_t bytes() const noexcept;

private:
  UsageSlice& writable(const UsageSpan& span);
  std::int64_t add_busy_before(const UsageSpan& last, std::uint32_t name, std::int64_t busy_us);
  void add_cell(UsageSlice& slice, std::uint32_t name, const UsageCounters& counters);
  UsageSpeeds& source_speeds(UsageSlice& slice, std::uint32_t name);
  void merge(const UsageSpan& span, const UsageSlice& finer);
  void coarsen(WallTime before, Milliseconds from, Milliseconds to);
  WallTime middle_of(Milliseconds length) const noexcept;
  void relieve();
  void forget_unused_names();

  std::vector<Entry> slices_;
  UsageValueSpeeds value_speeds_;
  UsageNames names_; // of both
  std::size_t cells_ = 0;
  std::size_t relieve_at_ = usage_cells_max;
  /// Slices of another version are shared with a copy, and copied before they are written to.
  mutable std::uint64_t version_ = 0;
};

} // namespace gateway
