#pragma once

#include "persistence/usage_series.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Charts and breakdowns as JSON (openapi.yaml, Series and Breakdown).
namespace gateway {

/// Something that happened within a chart's range, to be drawn beside it.
struct ChartNote {
  WallTime at{};
  std::string kind;
  std::string text;
  std::string ref; // what it is about; empty if nothing
  std::optional<WallTime> until;
};

/// Appends the members of a chart but for its scope. `by`: the name of what is told apart, empty
/// where nothing is.
void append_series_json(
  std::string& out,
  const UsageSeriesAnswer& chart,
  WallTime to,
  std::string_view by,
  std::span<const UsageMetric> metrics);
/// Appends the member `"notes":[…]`.
void append_notes_json(std::string& out, std::span<const ChartNote> notes);

/// Appends the members of a breakdown but for its scope.
void append_breakdown_json(std::string& out, const UsageBreakdown& breakdown);

} // namespace gateway
