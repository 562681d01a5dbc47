#include "actors/api/series_json.hpp"

#include "actors/dashboard/request_json.hpp"
#include "net/base/json_text.hpp"

#include <fmt/format.h>

#include <array>
#include <optional>

namespace gateway {
namespace {

struct Quantile {
  std::string_view name;
  int permille;
};
constexpr std::array quantiles{Quantile{"p50", 500}, Quantile{"p95", 950}, Quantile{"p99", 990}};

/// Appends a value a step, null where nothing can be known of it.
template <class Append>
void append_steps(std::string& out, const UsageSeriesAnswer& chart, const Append& append) {
  out += ",\"v\":[";
  for (std::size_t step = 0; step < chart.grid.steps; ++step) {
    if (step > 0) out += ',';
    if (step < chart.first_known || step >= chart.behind_known)
      out += "null";
    else
      append(step);
  }
  out += "]}";
}

void append_quantile(std::string& out, const LatencySketch& sketch, int permille) {
  const auto value = sketch.quantile(permille);
  out += value ? to_ms_json(*value) : "null";
}

void append_in_flight(
  std::string& out, const UsageSeriesAnswer& chart, const UsageSeries& series, std::size_t step) {
  const auto mean = mean_in_flight(chart, series, step);
  out += mean ? fmt::format("{:.3f}", *mean) : "null";
}

const LatencySketch& sketch_of(const UsageSpeeds& speeds, UsageMetric metric) noexcept {
  if (metric == UsageMetric::queue_ms) return speeds.queued;
  return metric == UsageMetric::ttft_ms ? speeds.first_token : speeds.latency;
}

/// Appends the member `"ttft_ms":{"p50":…}`.
void append_quantiles(std::string& out, UsageMetric metric, const UsageSpeeds& speeds) {
  out += ',';
  append_json_string(out, metric_text(metric));
  out += ":{";
  for (const auto& [name, permille] : quantiles) {
    if (out.back() != '{') out += ',';
    append_json_string(out, name);
    out += ':';
    append_quantile(out, sketch_of(speeds, metric), permille);
  }
  out += '}';
}

/// Appends what all series of a value begin with.
void append_head(
  std::string& out, UsageMetric metric, std::string_view by, const UsageSeries& series) {
  out += out.back() == '[' ? R"({"metric":)" : R"(,{"metric":)";
  append_json_string(out, metric_text(metric));
  out += R"(,"key":{)";
  if (!by.empty() && !series.other) {
    append_json_string(out, by);
    out += ':';
    append_json_string(out, series.key);
  }
  out += series.other ? R"(},"other":true)" : R"(},"other":false)";
}

void append_metric(
  std::string& out,
  const UsageSeriesAnswer& chart,
  std::string_view by,
  UsageMetric metric,
  const UsageSeries& series) {
  if (!is_speed(metric)) {
    append_head(out, metric, by, series);
    append_steps(out, chart, [&](std::size_t step) {
      if (metric == UsageMetric::inflight) return append_in_flight(out, chart, series, step);
      const auto value = value_of(series.steps[step], metric);
      if (is_money(metric)) return append_quoted_number(out, value);
      append_number(out, value);
    });
    return;
  }
  for (const auto& [name, permille] : quantiles) {
    append_head(out, metric, by, series);
    out += R"(,"quantile":)";
    append_json_string(out, name);
    append_steps(out, chart, [&, q = permille](std::size_t step) {
      append_quantile(out, sketch_of(series.speeds[step], metric), q);
    });
  }
}

void append_counters(std::string& out, const UsageCounters& counters) {
  constexpr std::array metrics{
    UsageMetric::requests,
    UsageMetric::errors,
    UsageMetric::failovers,
    UsageMetric::tokens_in,
    UsageMetric::tokens_cached,
    UsageMetric::tokens_out,
    UsageMetric::cost_n,
    UsageMetric::list_cost_n};
  for (const auto metric : metrics) {
    if (out.back() != '{') out += ',';
    append_json_string(out, metric_text(metric));
    out += ':';
    const auto value = value_of(counters, metric);
    is_money(metric) ? append_quoted_number(out, value) : append_number(out, value);
  }
}

} // namespace

void append_series_json(
  std::string& out,
  const UsageSeriesAnswer& chart,
  WallTime to,
  std::string_view by,
  std::span<const UsageMetric> metrics) {
  out += R"("from":)";
  append_number(out, milliseconds_since_epoch(chart.grid.from));
  out += R"(,"to":)";
  append_number(out, milliseconds_since_epoch(to));
  out += R"(,"step_ms":)";
  append_number(out, chart.grid.step.count());
  out += R"(,"series":[)";
  for (const auto metric : metrics)
    for (const auto& series : chart.series) append_metric(out, chart, by, metric, series);
  out += ']';
}

void append_notes_json(std::string& out, std::span<const ChartNote> notes) {
  out += R"("notes":[)";
  for (const auto& note : notes) {
    out += out.back() == '[' ? R"({"t":)" : R"(,{"t":)";
    append_number(out, milliseconds_since_epoch(note.at));
    out += R"(,"kind":)";
    append_json_string(out, note.kind);
    out += R"(,"text":)";
    append_json_string(out, note.text);
    out += R"(,"ref":)";
    append_text_or_null(out, note.ref);
    out += R"(,"until":)";
    append_time_or_null(out, note.until);
    out += '}';
  }
  out += ']';
}

void append_breakdown_json(std::string& out, const UsageBreakdown& breakdown) {
  out += R"("from":)";
  append_number(out, milliseconds_since_epoch(breakdown.from));
  out += R"(,"to":)";
  append_number(out, milliseconds_since_epoch(breakdown.to));
  out += R"(,"items":[)";
  for (const auto& item : breakdown.items) {
    out += out.back() == '[' ? R"({"key":)" : R"(,{"key":)";
    append_json_string(out, item.key);
    append_counters(out, item.counters);
    append_quantiles(out, UsageMetric::ttft_ms, item.speeds);
    append_quantiles(out, UsageMetric::latency_ms, item.speeds);
    out += '}';
  }
  out += R"(],"other":{)";
  append_counters(out, breakdown.other);
  out += R"(},"total":{)";
  append_counters(out, breakdown.total);
  out += '}';
}

} // namespace gateway
