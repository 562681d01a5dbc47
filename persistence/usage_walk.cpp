#include "persistence/usage_walk.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace gateway {
namespace {

constexpr std::array<Milliseconds, 11> step_sizes{
  usage_second,
  usage_detail,
  30'000ms,
  usage_minute,
  300'000ms,
  600'000ms,
  usage_hour,
  usage_quarter,
  usage_day_length,
  usage_week,
  // What usage_days_max needs to stay within the points.
  2 * usage_week};

constexpr std::array packed_lengths{usage_day_length, usage_quarter, usage_hour};

constexpr std::uint32_t unknown = std::numeric_limits<std::uint32_t>::max();

constexpr std::chrono::days one{1};

const std::string& part_of(const UsageName& name, UsageDimension dimension) noexcept {
  return name[static_cast<std::size_t>(dimension)];
}

WallTime start_of_step(WallTime at, Milliseconds step) noexcept {
  constexpr auto monday = std::chrono::days{4}; // the first one of 1970
  if (step % usage_week == 0ms) return span_of(at - monday, step).start + monday;
  return span_of(at, step).start;
}

bool is_monday(Day day) noexcept {
  return std::chrono::weekday{day} == std::chrono::Monday;
}

/// Whether nothing of the range is told in longer stretches only. A closed day has its hours, and
/// no range that reaches into one has shorter steps: the last days are in memory.
bool allows(const UsageState& state, Milliseconds step, WallTime from, WallTime to) noexcept {
  if (step < usage_hour && from < state.first_held_day) return false;
  return std::ranges::none_of(state.totals.slices(), [&](const UsageTotals::Entry& entry) {
    const auto& span = entry.span;
    return span.length > step && span.start >= state.first_held_day && span.end() > from
      && span.start < to;
  });
}

Result<std::optional<WallTime>> first_of(const UsagePart& part) {
  const auto held_day = part.state->first_held_day;
  GATEWAY_TRY(const auto first, part.history->first_day(held_day));
  if (first) return std::optional<WallTime>{*first};
  for (const auto& [span, slice] : part.state->totals.slices())
    if (span.start >= held_day) return std::optional{span.start};
  return std::optional<WallTime>{};
}

} // namespace

UsageGrid grid_over(WallTime from, WallTime to, Milliseconds step) noexcept {
  UsageGrid grid{start_of_step(from, step), step, 0};
  grid.steps = static_cast<std::size_t>((to - grid.from + step - 1ms) / step);
  return grid;
}

Result<UsageGrid> fitting_grid(WallTime from, WallTime to) {
  if (from >= to || to - from > std::chrono::days{usage_days_max})
    return fail(
      ErrorKind::invalid_value,
      "The range is empty, backwards or longer than " + std::to_string(usage_days_max) + " days.",
      "from");
  const auto* fitting = std::ranges::find_if(step_sizes, [&](Milliseconds step) {
    return grid_over(from, to, step).steps <= series_points_max;
  });
  return grid_over(from, to, fitting == step_sizes.end() ? step_sizes.back() : *fitting);
}

/// The longest stretch that speeds by this walk's dimension are told in.
Result<Milliseconds>
UsageWalk::longest_speeds(const UsagePart& part, WallTime from, WallTime to) const {
  const auto held_day = part.state->first_held_day;
  auto longest = usage_minute;
  for (const auto& entry : part.state->totals.value_speeds().slices())
    if (entry.span.start >= held_day && entry.span.end() > from && entry.span.start < to)
      longest = std::max(longest, entry.span.length);
  GATEWAY_TRY(const auto first, part.history->first_day(held_day));
  const auto behind = std::min(held_day, day_of(to - 1ms) + one);
  for (auto day = std::max(first.value_or(behind), day_of(from)); day < behind; day += one) {
    GATEWAY_TRY(const auto packed, part.history->packed(day, usage_day_length));
    longest = std::max(longest, packed->finest_speeds(by_));
  }
  return longest;
}

Result<UsageGrid> UsageWalk::grid(WallTime from, WallTime to, bool speeds) const {
  GATEWAY_TRY(auto shortest, fitting_grid(from, to));
  if (speeds && speed_group_of(by_) != SpeedGroup::source && shortest.step < usage_day_length)
    for (const auto& part : past_) {
      GATEWAY_TRY(const auto longest, longest_speeds(part, from, to));
      shortest.step = std::max(shortest.step, longest);
    }
  for (const auto step : step_sizes) {
    const auto allowing = [&](const UsagePart& part) {
      return allows(*part.state, step, from, to);
    };
    if (step >= shortest.step && std::ranges::all_of(past_, allowing))
      return grid_over(from, to, step);
  }
  return grid_over(from, to, step_sizes.back());
}

Result<std::optional<WallTime>> UsageWalk::began() {
  std::optional<WallTime> first;
  for (const auto& part : past_) {
    GATEWAY_TRY(const auto its, first_of(part));
    if (its && (!first || *its < *first)) first = its;
  }
  return first;
}

Result<void> UsageWalk::visit(const UsageGrid& grid, bool speeds, UsageVisitor& visitor) {
  for (const auto& part : past_)
    if (auto visited = visit_part(part, grid, speeds, visitor); !visited) return visited;
  return {};
}

Result<void> UsageWalk::visit_part(
  const UsagePart& part, const UsageGrid& grid, bool speeds, UsageVisitor& visitor) {
  const auto held_day = part.state->first_held_day;
  GATEWAY_TRY(const auto first, part.history->first_day(held_day));
  const auto behind = std::min(held_day, day_of(grid.end() - 1ms) + one);
  for (auto day = std::max(first.value_or(behind), day_of(grid.from)); day < behind;) {
    const auto next = day + usage_week;
    // Steps of a week and more begin on Mondays.
    if (grid.step >= usage_week && is_monday(day) && next <= behind) {
      GATEWAY_TRY(const auto week, part.history->week(day));
      if (week) {
        visit_packed(*week, usage_week, grid, speeds, visitor);
        day = next;
        continue;
      }
    }
    if (auto visited = visit_day(*part.history, day, grid, speeds, visitor); !visited)
      return visited;
    day += one;
  }
  const UsageSpan held{held_day, grid.end() - held_day};
  visit_totals(part.state->totals, held, grid, speeds, visitor);
  return {};
}

Result<void> UsageWalk::visit_day(
  UsageHistory& history, Day day, const UsageGrid& grid, bool speeds, UsageVisitor& visitor) {
  const auto length =
    std::ranges::find_if(packed_lengths, [&](Milliseconds packed) { return packed <= grid.step; });
  GATEWAY_TRY(const auto packed, history.packed(day, *length));
  visit_packed(*packed, *length, grid, speeds, visitor);
  return {};
}

void UsageWalk::visit_packed(
  const UsageDay& packed,
  Milliseconds length,
  const UsageGrid& grid,
  bool speeds,
  UsageVisitor& visitor) {
  Known known;
  const auto visit_rows = [&](Milliseconds stretch, bool with_speeds, bool with_counters) {
    packed.visit(stretch, by_, with_speeds, [&](const UsageDay::Row& row) {
      if (!grid.has(row.span.start) || !is_wanted(packed.text(UsageDimension::node, row.node)))
        return;
      const auto value = value_of(known, row.value, packed.text(by_, row.value));
      if (with_counters) visitor.counted(row.span, value, row.counters);
      if (!row.speeds.empty()) visitor.timed(row.span, value, row.speeds);
    });
  };
  const auto timed = std::max(length, packed.finest_speeds(by_));
  visit_rows(length, speeds && timed == length, true);
  if (speeds && timed > length) visit_rows(timed, true, false);
}

void UsageWalk::visit_totals(
  const UsageTotals& totals,
  const UsageSpan& within,
  const UsageGrid& grid,
  bool speeds,
  UsageVisitor& visitor) {
  static const std::string all;
  Known known;
  const auto value = [&](std::uint32_t name) {
    return value_of(known, name, by_ ? part_of(totals.name(name), *by_) : all);
  };
  const auto wanted = [&](std::uint32_t name) {
    return nodes_.empty() || is_wanted(part_of(totals.name(name), UsageDimension::node));
  };
  const auto is_within = [&](const UsageSpan& span) {
    return span.start >= within.start && span.start < within.end() && grid.has(span.start);
  };
  for (const auto& [span, slice] : totals.slices()) {
    if (!is_within(span)) continue;
    for (const auto& cell : slice->cells)
      if (wanted(cell.name)) visitor.counted(span, value(cell.name), cell.counters);
    if (!speeds || speed_group_of(by_) != SpeedGroup::source) continue;
    for (const auto& its : slice->speeds)
      if (wanted(its.name)) visitor.timed(span, value(its.name), buckets_of(its));
  }
  if (!speeds || speed_group_of(by_) == SpeedGroup::source) return;
  for (const auto& entry : totals.value_speeds().slices()) {
    const auto& span = entry.span;
    if (!is_within(span)) continue;
    for (const auto& its : entry.slice->of(speed_group_of(by_)))
      if (wanted(its.name)) visitor.timed(span, value(its.name), buckets_of(its));
  }
}

bool UsageWalk::is_wanted(const std::string& node) const noexcept {
  return nodes_.empty() || std::ranges::find(nodes_, node) != nodes_.end();
}

std::uint32_t UsageWalk::value_of(Known& known, std::uint32_t theirs, const std::string& text) {
  if (known.size() <= theirs) known.resize(theirs + std::size_t{1}, unknown);
  if (known[theirs] == unknown) known[theirs] = values_.number_of(text);
  return known[theirs];
}

} // namespace gateway
