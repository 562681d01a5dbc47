#pragma once

#include "net/base/result.hpp"
#include "persistence/usage_walk.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// `?last=…&by=…` of GET /admin/v1/usage.
struct UsageQuery {
  Milliseconds last{24 * 3'600'000};
  std::vector<UsageDimension> by;      // in the order asked for; none: one total
  std::vector<std::string> nodes = {}; // only what these counted; none: all
};

/// `last` as "24h" or "30d" (empty: 24h); `by` as names separated by commas (empty: none).
/// Errors: invalid_value, with `param` "last" or "by" and what there is in the message.
Result<UsageQuery> read_usage_query(std::string_view last, std::string_view by);

struct UsageRow {
  std::vector<std::string> key; // one a dimension of `by`
  UsageCounters counters;
  // Microseconds; empty where `by` has a key, route or team.
  LatencySketch first_token;
  LatencySketch latency;
};

/// A range answered.
struct UsageAnswer {
  UsageQuery query;
  WallTime from{}; // a minute's beginning within the last two days, else an hour's
  WallTime to{};
  std::vector<UsageRow> rows; // by cost, then requests, descending, then key
  UsageCounters total;
};

/// From the totals in memory and, where the range goes back beyond them, the closed days' files.
/// Errors: storage_unavailable. Thread: the history's.
Result<UsageAnswer> answer_usage(const UsagePast& past, const UsageQuery& query, WallTime now);

/// The same from a data folder, without a running node. Errors: not_found where there is no store.
Result<UsageAnswer>
usage_from_folder(const std::string& data, const UsageQuery& query, WallTime now);

/// `{"items":[…]}` as the contract has it (section 4).
std::string render_usage_json(const UsageAnswer& answer);
/// For a terminal: a line a row, and the total.
std::string render_usage_table(const UsageAnswer& answer);

/// Hands over every slice that lies in [from, to], in part at least, oldest day of a node first.
using SliceVisitor = std::function<void(const UsageTotals& totals, const UsageTotals::Entry&)>;
Result<void>
visit_slices(const UsagePast& past, WallTime from, WallTime to, const SliceVisitor& visit);

} // namespace gateway
