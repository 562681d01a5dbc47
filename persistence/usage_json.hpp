#pragma once

#include "net/base/result.hpp"
#include "persistence/usage_store.hpp"

#include <string>
#include <string_view>

namespace gateway {

/// A state as DATA/usage.json keeps it: names once, a slice a line, counters as rows of numbers
/// whose order `counters` tells, and behind them the speeds by key, route and team, which a file of
/// an earlier version lacks.
std::string render_usage_state(const UsageState& state, WallTime taken);
/// Errors: invalid_json or invalid_value, in a text that is none of ours or damaged.
Result<UsageState> read_usage_state_text(std::string_view text);

/// A day's totals as DATA/usage/YYYY-MM-DD.json keeps them: by hour.
std::string render_usage_day(const UsageTotals& totals, Day day);
Result<UsageTotals> read_usage_day_text(std::string_view text);

} // namespace gateway
