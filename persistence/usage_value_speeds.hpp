#pragma once

#include "persistence/usage_span.hpp"
#include "persistence/usage_speeds.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace gateway {

constexpr Milliseconds usage_value_minutes_kept{2 * 3'600'000}; // a chart is of the last hour
/// What they take in memory; beyond it the oldest minutes become hours before their age asks for
/// it, then hours quarters and quarters days. Days stay, so it may be passed.
constexpr std::size_t usage_value_bytes_max = 24 * 1024 * 1024;

/// Speeds by key, by route and by team, for one span.
struct ValueSpeedsSlice {
  std::array<std::vector<NamedSpeeds>, value_speed_groups.size()> groups; // each by name

  std::vector<NamedSpeeds>& of(SpeedGroup group) noexcept { return groups[place_of(group)]; }
  const std::vector<NamedSpeeds>& of(SpeedGroup group) const noexcept {
    return groups[place_of(group)];
  }
  /// With other numbers for the names.
  using Renaming = std::function<std::uint32_t(std::uint32_t name, SpeedGroup group)>;
  ValueSpeedsSlice renamed(const Renaming& renaming) const;
  std::size_t bytes() const noexcept;

private:
  static constexpr std::size_t place_of(SpeedGroup group) noexcept {
    return static_cast<std::size_t>(group) - static_cast<std::size_t>(value_speed_groups.front());
  }
};

/// How long requests took by key, by route and by team: minutes for two hours, hours beyond, and
/// never shorter, because there are many values. Every request's times are in exactly one sketch of
/// its key, one of its route and one of its team; no two slices share a moment, so any range is a
/// sum of slices. A copy is cheap, as UsageTotals' is. Thread: one; copies may go to others.
class UsageValueSpeeds {
public:
  struct Entry {
    UsageSpan span;
    std::shared_ptr<ValueSpeedsSlice> slice;
    /// What others may know of it by now: a version of the totals. 0: nothing yet.
    std::uint64_t told = 0;
    WallTime told_at{};
    bool is_untold = true;          // it was written to since
    mutable bool is_shared = false; // with a copy: cloned before it is written to
  };

  UsageValueSpeeds() = default;
  UsageValueSpeeds(const UsageValueSpeeds& other);
  UsageValueSpeeds& operator=(const UsageValueSpeeds& other);
  UsageValueSpeeds(UsageValueSpeeds&&) noexcept = default;
  UsageValueSpeeds& operator=(UsageValueSpeeds&&) noexcept = default;
  ~UsageValueSpeeds() = default;

  /// By place in value_speed_groups.
  using Names = std::array<std::uint32_t, value_speed_groups.size()>;
  /// Counts the record at `at`, when it ended.
  void add(const RequestRecord& record, WallTime at, const Names& names);
  void add(const UsageSpan& span, SpeedGroup group, std::uint32_t name, const UsageSpeeds& speeds);

  /// Makes coarser what is old by now. What was written to may be told to others as of `version`:
  /// a slice that runs six times at most, because it goes whole each time.
  void fold(WallTime now, std::uint64_t version);
  /// Puts an entry of somebody else's in the place of all that lies within its span.
  void put(Entry entry);
  void drop_before(WallTime at);
  /// Drops all that begins at `from` or later.
  void drop_from(WallTime from);

  /// By start.
  std::span<const Entry> slices() const noexcept { return slices_; }
  /// What it takes in memory, about; slices that copies share are counted too.
  std::size_t bytes() const noexcept { return bytes_; }

private:
  Entry& entry_of(WallTime at);
  Entry& entry_of(const UsageSpan& span);
  ValueSpeedsSlice& writable(Entry& entry);
  template <class Write>
  void change(ValueSpeedsSlice& slice, SpeedGroup group, std::uint32_t name, Write write);
  template <class Predicate>
  void drop_where(Predicate predicate);
  void coarsen(WallTime limit, Milliseconds to);
  void relieve();

  std::vector<Entry> slices_;
  std::size_t bytes_ = 0;
  std::size_t relieve_at_ = usage_value_bytes_max;
};

} // namespace gateway
