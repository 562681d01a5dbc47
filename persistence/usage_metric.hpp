#pragma once

#include "persistence/usage_counters.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace gateway {

/// What charts and breakdowns tell, by the names of GET /admin/v1/series.
enum class UsageMetric : std::uint8_t {
  requests,
  errors,
  failovers,
  tokens_in,
  tokens_out,
  tokens_cached,
  cost_n,
  list_cost_n,
  ttft_ms,
  latency_ms,
  inflight,
  queue_ms
};
constexpr std::size_t usage_metric_count = 12;

std::string_view metric_text(UsageMetric metric) noexcept;
std::optional<UsageMetric> read_metric(std::string_view text) noexcept;

/// Quantiles of a sketch, not a sum of counters.
constexpr bool is_speed(UsageMetric metric) noexcept {
  return metric == UsageMetric::ttft_ms || metric == UsageMetric::latency_ms
    || metric == UsageMetric::queue_ms;
}
constexpr bool is_money(UsageMetric metric) noexcept {
  return metric == UsageMetric::cost_n || metric == UsageMetric::list_cost_n;
}

/// Its value; of a speed, the requests; of inflight, the microseconds that they were on their way.
std::int64_t value_of(const UsageCounters& counters, UsageMetric metric) noexcept;

} // namespace gateway
