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
  7 * usage_day_length,
  // What usage_days_max needs to stay within the points.
  14 * usage_day_length};

constexpr std::array packed_lengths{usage_day_length, usage_quarter, usage_hour};

constexpr std::uint32_t unknown = std::numeric_limits<std::uint32_t>::max();

constexpr std::chrono::days one{1};

const std::string& part_of(const UsageName& name, UsageDimension dimension) noexcept {
  return name[static_cast<std::size_t>(dimension)];
}

WallTime start_of_step(WallTime at, Milliseconds step) noexcept {
  constexpr auto monday = std::chrono::days{4}; // the first one of 1970
  if (step % (7 * usage_day_length) == 0ms) return span_of(at - monday, step).start + monday;
  return span_of(at, step).start;
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

Result<UsageGrid> UsageWalk::grid(WallTime from, WallTime to) const {
  GATEWAY_TRY(const auto shortest, fitting_grid(from, to));
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
  for (auto day = std::max(first.value_or(behind), day_of(grid.from)); day < behind; day += one)
    if (auto visited = visit_day(*part.history, day, grid, speeds, visitor); !visited)
      return visited;
  const UsageSpan held{held_day, grid.end() - held_day};
  visit_totals(part.state->totals, held, grid, speeds, visitor);
  return {};
}

Result<void> UsageWalk::visit_day(
  UsageHistory& history, Day day, const UsageGrid& grid, bool speeds, UsageVisitor& visitor) {
  const auto length =
    std::ranges::find_if(packed_lengths, [&](Milliseconds packed) { return packed <= grid.step; });
  GATEWAY_TRY(const auto packed, history.packed(day, *length));
  Known known;
  packed->visit(*length, by_, speeds, [&](const UsageDay::Row& row) {
    if (!grid.has(row.span.start) || !is_wanted(packed->text(UsageDimension::node, row.node)))
      return;
    const auto value = value_of(known, row.value, packed->text(by_, row.value));
    visitor.counted(row.span, value, row.counters);
    if (!row.speeds.empty()) visitor.timed(row.span, value, row.speeds);
  });
  return {};
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
  for (const auto& [span, slice] : totals.slices()) {
    if (span.start < within.start || span.start >= within.end() || !grid.has(span.start)) continue;
    for (const auto& cell : slice->cells)
      if (wanted(cell.name)) visitor.counted(span, value(cell.name), cell.counters);
    if (!speeds || !has_speeds(by_)) continue;
    for (const auto& speed : slice->speeds) {
      if (!wanted(speed.name)) continue;
      const SpeedBuckets its{
        speed.first_token.buckets(), speed.latency.buckets(), speed.queued.buckets()};
      visitor.timed(span, value(speed.name), its);
    }
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
