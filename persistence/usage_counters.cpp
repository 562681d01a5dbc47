#include "persistence/usage_counters.hpp"

#include "persistence/record_line.hpp"

#include <algorithm>
#include <limits>

namespace gateway {
namespace {

// The order is the files': a new counter goes to the end.
constexpr std::array<std::int64_t UsageCounters::*, usage_counter_count> members{
  &UsageCounters::requests,
  &UsageCounters::failovers,
  &UsageCounters::failed,
  &UsageCounters::cancelled,
  &UsageCounters::cut,
  &UsageCounters::refused,
  &UsageCounters::tokens_in,
  &UsageCounters::tokens_cached,
  &UsageCounters::tokens_cache_write,
  &UsageCounters::tokens_out,
  &UsageCounters::tokens_reasoning,
  &UsageCounters::cost_n,
  &UsageCounters::list_cost_n,
  &UsageCounters::unpriced,
  &UsageCounters::busy_us};

constexpr std::array<std::string_view, usage_counter_count> names{
  "requests",
  "failovers",
  "failed",
  "cancelled",
  "cut",
  "refused",
  "tokens_in",
  "tokens_cached",
  "tokens_cache_write",
  "tokens_out",
  "tokens_reasoning",
  "cost_n",
  "list_cost_n",
  "unpriced",
  "busy_us"};

constexpr std::array<std::string_view, usage_dimension_count> dimensions{
  "node", "provider", "model", "key", "route", "team", "status"};

/// Sums stay at their largest value: a provider's nonsense must not turn a total negative.
std::int64_t saturated_sum(std::int64_t a, std::int64_t b) noexcept {
  std::int64_t sum = 0;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return b > 0 ? std::numeric_limits<std::int64_t>::max()
               : std::numeric_limits<std::int64_t>::min();
}

} // namespace

void UsageCounters::add(const RequestRecord& record) noexcept {
  UsageCounters one;
  one.requests = 1;
  one.failovers = record.outcome == Outcome::failover ? 1 : 0;
  one.failed = record.outcome == Outcome::failed ? 1 : 0;
  one.cancelled = record.outcome == Outcome::cancelled ? 1 : 0;
  one.cut = record.outcome == Outcome::cut ? 1 : 0;
  one.refused = record.outcome == Outcome::refused ? 1 : 0;
  one.tokens_in = record.tokens_in;
  one.tokens_cached = record.tokens_cached;
  one.tokens_cache_write = record.tokens_cache_write;
  one.tokens_out = record.tokens_out;
  one.tokens_reasoning = record.tokens_reasoning;
  one.cost_n = record.cost.value_or(NanoDollars{}).count;
  one.list_cost_n = record.list_cost.value_or(NanoDollars{}).count;
  one.unpriced = record.cost || record.provider.empty() ? 0 : 1;
  one.busy_us = record.latency_us;
  *this += one;
}

UsageCounters& UsageCounters::operator+=(const UsageCounters& other) noexcept {
  for (const auto member : members) this->*member = saturated_sum(this->*member, other.*member);
  return *this;
}

std::array<std::int64_t, usage_counter_count> as_row(const UsageCounters& counters) noexcept {
  std::array<std::int64_t, usage_counter_count> row{};
  for (std::size_t i = 0; i < row.size(); ++i) row[i] = counters.*members[i];
  return row;
}

UsageCounters from_row(const std::array<std::int64_t, usage_counter_count>& row) noexcept {
  UsageCounters counters;
  for (std::size_t i = 0; i < row.size(); ++i) counters.*members[i] = row[i];
  return counters;
}

const std::array<std::string_view, usage_counter_count>& usage_counter_names() noexcept {
  return names;
}

std::string_view dimension_text(UsageDimension dimension) noexcept {
  return dimensions[static_cast<std::size_t>(dimension)];
}

std::optional<UsageDimension> read_dimension(std::string_view text) noexcept {
  const auto found = std::ranges::find(dimensions, text);
  if (found == dimensions.end()) return std::nullopt;
  return static_cast<UsageDimension>(found - dimensions.begin());
}

UsageName usage_name(const RequestRecord& record) {
  return {
    record.node,
    record.provider,
    record.model,
    record.key,
    record.route,
    record.team,
    std::string{outcome_text(record.outcome)}};
}

} // namespace gateway
