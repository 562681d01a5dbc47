#include "persistence/usage_metric.hpp"

#include <algorithm>
#include <array>

namespace gateway {
namespace {

constexpr std::array<std::string_view, usage_metric_count> metrics{
  "requests",
  "errors",
  "failovers",
  "tokens_in",
  "tokens_out",
  "tokens_cached",
  "cost_n",
  "list_cost_n",
  "ttft_ms",
  "latency_ms",
  "inflight",
  "queue_ms"};

} // namespace

std::string_view metric_text(UsageMetric metric) noexcept {
  return metrics[static_cast<std::size_t>(metric)];
}

std::optional<UsageMetric> read_metric(std::string_view text) noexcept {
  const auto found = std::ranges::find(metrics, text);
  if (found == metrics.end()) return std::nullopt;
  return static_cast<UsageMetric>(found - metrics.begin());
}

std::int64_t value_of(const UsageCounters& counters, UsageMetric metric) noexcept {
  switch (metric) {
  case UsageMetric::requests:
  case UsageMetric::ttft_ms:
  case UsageMetric::latency_ms:
  case UsageMetric::queue_ms: return counters.requests;
  case UsageMetric::errors: return counters.errors();
  case UsageMetric::failovers: return counters.failovers;
  case UsageMetric::tokens_in: return counters.tokens_in;
  case UsageMetric::tokens_out: return counters.tokens_out;
  case UsageMetric::tokens_cached: return counters.tokens_cached;
  case UsageMetric::cost_n: return counters.cost_n;
  case UsageMetric::list_cost_n: return counters.list_cost_n;
  case UsageMetric::inflight: return counters.busy_us;
  }
  return 0;
}

} // namespace gateway
