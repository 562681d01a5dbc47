#include "persistence/usage_series.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace gateway {
namespace {

constexpr std::array<Milliseconds, 9> step_sizes{
  10'000ms,
  30'000ms,
  60'000ms,
  300'000ms,
  600'000ms,
  3'600'000ms,
  6 * 3'600'000ms,
  24 * 3'600'000ms,
  // What usage_days_max needs to stay within the points.
  14 * 24 * 3'600'000ms};

std::size_t points(WallTime from, WallTime to, Milliseconds step) noexcept {
  const auto span = to - span_of(from, step).start;
  return static_cast<std::size_t>((span + step - Milliseconds{1}) / step);
}

/// The value that tells a name's series from the others.
const std::string& key_of(const UsageSeriesQuery& query, const UsageName& name) noexcept {
  static const std::string all;
  return query.by ? name[static_cast<std::size_t>(*query.by)] : all;
}

/// What is known of a range before it is cut into steps.
struct Outline {
  Milliseconds coarsest = usage_detail;
  std::map<std::string, std::int64_t> requests; // by value

  /// The values with a series of their own, the busiest first.
  std::vector<std::string> top(std::size_t count) const {
    std::vector<std::pair<std::int64_t, std::string>> ranked;
    for (const auto& [key, sum] : requests) ranked.emplace_back(-sum, key);
    std::ranges::sort(ranked);
    ranked.resize(std::min(ranked.size(), count));
    std::vector<std::string> keys;
    for (auto& [sum, key] : ranked) keys.push_back(std::move(key));
    return keys;
  }
};

class Chart {
public:
  Chart(const UsageSeriesQuery& query, Milliseconds step, const std::vector<std::string>& top)
      : query_(query),
        count_(points(query.from, query.to, step)), answer_{
                                                      span_of(query.from, step).start, step, {}} {
    for (const auto& key : top) add_series(key, false);
  }

  void add(const UsageTotals& totals, const UsageSpan& span, const UsageSlice& slice) {
    const auto steps = (span.start - answer_.from) / answer_.step;
    const auto at = static_cast<std::size_t>(
      std::clamp<std::int64_t>(steps, 0, static_cast<std::int64_t>(count_) - 1));
    for (const auto& cell : slice.cells)
      series_of(totals.name(cell.name)).steps[at] += cell.counters;
    const bool has_speed =
      !query_.by || *query_.by == UsageDimension::provider || *query_.by == UsageDimension::model;
    if (!has_speed) return;
    for (const auto& speed : slice.speeds) {
      auto& series = series_of(totals.name(speed.name));
      series.first_token[at].merge(speed.first_token);
      series.latency[at].merge(speed.latency);
    }
  }

  UsageSeriesAnswer answer() && { return std::move(answer_); }

private:
  UsageSeries& add_series(const std::string& key, bool other) {
    auto& series = answer_.series.emplace_back();
    series.key = key;
    series.other = other;
    series.steps.resize(count_);
    series.first_token.resize(count_);
    series.latency.resize(count_);
    return series;
  }

  UsageSeries& series_of(const UsageName& name) {
    const auto& key = key_of(query_, name);
    for (auto& series : answer_.series)
      if (series.other || series.key == key) return series; // the other one is the last
    return add_series("", true);
  }

  const UsageSeriesQuery& query_;
  const std::size_t count_;
  UsageSeriesAnswer answer_;
};

} // namespace

Result<UsageSeriesAnswer>
answer_usage_series(const UsageState& state, UsageHistory& history, const UsageSeriesQuery& query) {
  if (query.from >= query.to || query.to - query.from > std::chrono::days{usage_days_max})
    return fail(ErrorKind::invalid_value, "the range is empty or too long", "from");
  const auto last = query.to - Milliseconds{1};
  Outline outline;
  auto visited = visit_slices(
    state,
    history,
    query.from,
    last,
    [&](const UsageTotals& totals, const UsageTotals::Entry& entry) {
      outline.coarsest = std::max(outline.coarsest, entry.span.length);
      for (const auto& cell : entry.slice->cells)
        outline.requests[key_of(query, totals.name(cell.name))] += cell.counters.requests;
    });
  if (!visited) return fail(std::move(visited.error()));
  const auto step = std::ranges::find_if(step_sizes, [&](Milliseconds size) {
    return size >= outline.coarsest && points(query.from, query.to, size) <= series_points_max;
  });
  Chart chart{
    query,
    step == step_sizes.end() ? step_sizes.back() : *step,
    outline.top(std::min(query.top, series_top_max))};
  visited = visit_slices(
    state,
    history,
    query.from,
    last,
    [&](const UsageTotals& totals, const UsageTotals::Entry& entry) {
      chart.add(totals, entry.span, *entry.slice);
    });
  if (!visited) return fail(std::move(visited.error()));
  return std::move(chart).answer();
}

} // namespace gateway
