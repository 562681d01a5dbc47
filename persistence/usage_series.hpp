#pragma once

#include "persistence/usage_metric.hpp"
#include "persistence/usage_walk.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace gateway {

constexpr std::size_t series_top_max = 50;
constexpr std::size_t breakdown_items_max = 500;

/// What a chart or a breakdown asks of the past.
struct UsageSeriesQuery {
  WallTime from{};
  WallTime to{}; // not included
  std::optional<UsageDimension> by = {};
  std::size_t top = 8; // values told apart; the rest is one
  UsageMetric ranked_by = UsageMetric::requests;
  bool speeds = false;                 // sketches are asked for
  std::vector<std::string> nodes = {}; // only what these counted; none: all
};

struct UsageSeries {
  std::string key;    // empty where nothing is told apart
  bool other = false; // all values that are not among the top ones
  std::vector<UsageCounters> steps;
  // By step, where they are asked for; empty sketches where there are none.
  std::vector<UsageSpeeds> speeds;
};

/// A chart. Its steps are whole, also where the range ends within one.
struct UsageSeriesAnswer {
  UsageGrid grid;
  WallTime as_of{};
  // The steps of which something can be known, none of them before the store began or in the
  // future: [first_known, behind_known).
  std::size_t first_known = 0;
  std::size_t behind_known = 0;
  /// By the metric they are ranked by, descending, then key; the rest last. Exactly one where
  /// nothing is told apart.
  std::vector<UsageSeries> series;
};

/// How many requests were on their way in that step, in the mean; of the step that runs, so far.
/// Nothing where it has not begun.
std::optional<double>
mean_in_flight(const UsageSeriesAnswer& chart, const UsageSeries& series, std::size_t step);

/// Errors: as UsageWalk::grid. Thread: the history's.
Result<UsageSeriesAnswer>
answer_usage_series(const UsagePast& past, const UsageSeriesQuery& query, WallTime now);

/// The same summed over the chart's whole range, so that the counters of both agree. Speeds by key,
/// route and team are of the stretches that they are kept in that begin within it.
struct UsageBreakdown {
  WallTime from{}; // of the chart's first step
  WallTime to{};   // as asked for
  struct Item {
    std::string key;
    UsageCounters counters;
    UsageSpeeds speeds; // where they are asked for
  };
  std::vector<Item> items;
  UsageCounters other;
  UsageCounters total;
};
Result<UsageBreakdown> answer_usage_breakdown(const UsagePast& past, const UsageSeriesQuery& query);

} // namespace gateway
