#pragma once

#include "persistence/usage_query.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace gateway {

constexpr std::size_t series_points_max = 300;
constexpr std::size_t series_top_max = 50;

/// A chart: one dimension's values over time, in equal steps.
struct UsageSeriesQuery {
  WallTime from{};
  WallTime to{};
  std::optional<UsageDimension> by;
  std::size_t top = 8; // values told apart, at most series_top_max; the rest is one series
};

struct UsageSeries {
  std::string key;    // empty where nothing is told apart
  bool other = false; // all values that are not among the top ones
  std::vector<UsageCounters> steps;
  // By step, microseconds; empty sketches where `by` is neither provider nor model nor nothing.
  std::vector<LatencySketch> first_token;
  std::vector<LatencySketch> latency;
};

struct UsageSeriesAnswer {
  WallTime from{}; // of the first step
  Milliseconds step{0};
  std::vector<UsageSeries> series; // by requests, descending, then key; the rest last
};

/// At most series_points_max steps of 10s, 30s, 1m, 5m, 10m, 1h, 6h, 1d or 14d: the smallest that
/// fits and that the detail kept of that time allows. Errors: invalid_value where the range is
/// empty, backwards or longer than usage_days_max; storage_unavailable.
Result<UsageSeriesAnswer>
answer_usage_series(const UsageState& state, UsageHistory& history, const UsageSeriesQuery& query);

} // namespace gateway
