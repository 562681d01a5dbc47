#pragma once

#include "net/base/result.hpp"
#include "persistence/numbered_texts.hpp"
#include "persistence/usage_history.hpp"
#include "persistence/usage_store.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gateway {

constexpr int usage_days_max = 3'660;
constexpr std::size_t series_points_max = 300;

/// Equal steps over a range. They begin at whole multiples of their length, weeks on Mondays.
struct UsageGrid {
  WallTime from{};
  Milliseconds step{0};
  std::size_t steps = 0;

  WallTime end() const noexcept { return from + steps * step; }
  bool has(WallTime at) const noexcept { return at >= from && at < end(); }
  std::size_t index_of(WallTime at) const noexcept {
    return static_cast<std::size_t>((at - from) / step);
  }
  friend bool operator==(const UsageGrid&, const UsageGrid&) = default;
};

/// The steps of that length that cover [from, to).
UsageGrid grid_over(WallTime from, WallTime to, Milliseconds step) noexcept;

/// The steps over [from, to) at their shortest: 1s, 10s, 30s, 1m, 5m, 10m, 1h, 6h, 1d, 7d or 14d,
/// and at most series_points_max. Errors: invalid_value where the range is empty, backwards or
/// longer than usage_days_max.
Result<UsageGrid> fitting_grid(WallTime from, WallTime to);

/// Takes in what a walk meets, by time within each node's. Values are numbered by the walk.
class UsageVisitor {
public:
  virtual ~UsageVisitor() = default;
  virtual void
  counted(const UsageSpan& span, std::uint32_t value, const UsageCounters& counters) = 0;
  /// Speeds, in microseconds: of a walk that asks for them.
  virtual void timed(const UsageSpan& span, std::uint32_t value, const SpeedBuckets& speeds) = 0;
};

/// What one node counted: its totals in memory, and its closed days. Both outlive whoever looks.
struct UsagePart {
  UsagePart(const UsageState& its_state, UsageHistory& its_history) noexcept
      : state(&its_state), history(&its_history) {}

  const UsageState* state;
  UsageHistory* history;
};
/// What all nodes counted.
using UsagePast = std::vector<UsagePart>;

/// A walk through the past, one dimension told apart: through each node's totals in memory and,
/// before them, through its closed days at the least detail that will do.
/// Thread: the history's.
class UsageWalk {
public:
  /// `nodes`: only what these counted; none: all.
  UsageWalk(UsagePast past, std::optional<UsageDimension> by, std::vector<std::string> nodes)
      : past_(std::move(past)), by_(by), nodes_(std::move(nodes)) {}

  /// As fitting_grid, in steps that the detail kept of the range allows; with `speeds`, that of its
  /// dimension's speeds as well.
  Result<UsageGrid> grid(WallTime from, WallTime to, bool speeds) const;
  /// Hands over all that lies in the grid's steps, whole steps. Of speeds that are kept in longer
  /// stretches than its steps, those that begin within it. Errors: storage_unavailable.
  Result<void> visit(const UsageGrid& grid, bool speeds, UsageVisitor& visitor);
  /// When the first of all that is known was; nothing where nothing is.
  Result<std::optional<WallTime>> began();

  std::size_t values() const noexcept { return values_.size(); }
  const std::string& text(std::uint32_t value) const noexcept { return values_.text(value); }

private:
  /// Which of our numbers a source's own are; filled as they are met.
  using Known = std::vector<std::uint32_t>;
  std::uint32_t value_of(Known& known, std::uint32_t theirs, const std::string& text);

  bool is_wanted(const std::string& node) const noexcept;
  Result<Milliseconds> longest_speeds(const UsagePart& part, WallTime from, WallTime to) const;
  Result<void>
  visit_part(const UsagePart& part, const UsageGrid& grid, bool speeds, UsageVisitor& visitor);
  Result<void> visit_day(
    UsageHistory& history, Day day, const UsageGrid& grid, bool speeds, UsageVisitor& visitor);
  void visit_packed(
    const UsageDay& packed,
    Milliseconds length,
    const UsageGrid& grid,
    bool speeds,
    UsageVisitor& visitor);
  void visit_totals(
    const UsageTotals& totals,
    const UsageSpan& within,
    const UsageGrid& grid,
    bool speeds,
    UsageVisitor& visitor);

  const UsagePast past_;
  const std::optional<UsageDimension> by_;
  const std::vector<std::string> nodes_;
  NumberedTexts values_;
};

} // namespace gateway
