#include "actors/api/endpoint.hpp"
#include "actors/api/list_query.hpp"
#include "actors/api/other_nodes.hpp"
#include "actors/api/scope_json.hpp"
#include "actors/api/series_json.hpp"
#include "actors/runtime/ask.hpp"

#include <algorithm>
#include <array>
#include <ranges>

namespace gateway {
namespace {

constexpr std::size_t notes_max = 100;
constexpr std::size_t top_usual = 8;

Failed odd_value(std::string message, std::string param) {
  return fail(ErrorKind::invalid_value, std::move(message), std::move(param));
}

// A chart as it was asked for.
struct Chart {
  UsageSeriesQuery query;
  std::string by; // empty: nothing is told apart
  std::vector<UsageMetric> metrics;
};

Result<std::vector<UsageMetric>> read_metrics(std::string_view query) {
  std::vector<UsageMetric> metrics;
  for (const auto& name : read_list(query, "metric")) {
    const auto metric = read_metric(name);
    if (!metric || std::ranges::find(metrics, *metric) != metrics.end())
      return odd_value(
        "metric names some of requests, errors, failovers, tokens_in, tokens_out, tokens_cached, "
        "cost_n, list_cost_n, ttft_ms, latency_ms, inflight and queue_ms, each once, separated by "
        "commas.",
        "metric");
    metrics.push_back(*metric);
  }
  if (metrics.empty()) metrics.push_back(UsageMetric::requests);
  return metrics;
}

Result<Chart> read_chart(std::string_view query, WallTime now) {
  Chart chart;
  GATEWAY_TRY(const auto range, read_stretch(query, now));
  GATEWAY_TRY(chart.metrics, read_metrics(query));
  GATEWAY_TRY(chart.query.top, read_count(query, "top", top_usual, series_top_max));
  chart.query.from = range.from;
  chart.query.to = range.to;
  chart.query.nodes = read_list(query, "node");
  chart.query.ranked_by = chart.metrics.front();
  chart.query.speeds = std::ranges::any_of(chart.metrics, is_speed);
  const auto by = query_value(query, "by");
  if (by.empty() || by == "none") return chart;
  chart.by = by;
  chart.query.by = read_dimension(by);
  if (!chart.query.by)
    return odd_value(
      "by is one of provider, model, key, node, route, team, status and none.", "by");
  return chart;
}

// What happened within the range, the newest notes_max of it. A chart is worth having without.
Co<std::vector<ChartNote>> notes_of(Context& context, WallTime from, WallTime to) {
  EventsRequest question;
  question.query.from = from;
  question.query.to = to;
  question.query.kinds = {EventKind::config, EventKind::cooldown};
  question.query.limit = notes_max;
  auto asked = ask<EventsAnswer>(context.unit, context.events, std::move(question));
  const auto found = co_await asked;
  std::vector<ChartNote> notes;
  if (!found) co_return notes;
  for (const auto& [place, event] : found->page.items | std::views::reverse) {
    const std::string kind{event_kind_text(event.kind)};
    notes.push_back({event.at, kind, event.text, event.ref, event.until});
  }
  co_return notes;
}

Co<void> series(Context& context, Exchange& exchange) {
  auto chart = read_chart(exchange.head().query, wall_now());
  if (!chart) co_return co_await answer_problem(exchange, std::move(chart.error()));
  const auto merged = co_await sync_usage(context, chart->query.nodes);
  SeriesRequest question{chart->query};
  auto asked = ask<SeriesAnswer>(context.unit, context.history, std::move(question));
  auto answer = co_await asked;
  if (!answer || !answer->series)
    co_return co_await answer_problem(exchange, answer ? answer->series.error() : answer.error());
  auto& drawn = *answer->series;
  const auto notes = co_await notes_of(context, drawn.grid.from, chart->query.to);
  std::string body = "{";
  append_merged_scope(body, context.node, chart->query.nodes, merged);
  body += ',';
  append_series_json(body, drawn, chart->query.to, chart->by, chart->metrics);
  body += ',';
  append_notes_json(body, notes);
  body += '}';
  co_await answer_json(exchange, std::move(body));
}

Result<UsageSeriesQuery> read_breakdown(std::string_view query, WallTime now) {
  UsageSeriesQuery wanted;
  GATEWAY_TRY(const auto range, read_stretch(query, now));
  GATEWAY_TRY(wanted.top, read_count(query, "limit", top_usual, breakdown_items_max));
  wanted.from = range.from;
  wanted.to = range.to;
  wanted.nodes = read_list(query, "node");
  wanted.by = read_dimension(query_value(query, "by"));
  if (!wanted.by)
    return odd_value("by is one of provider, model, key, node, route, team and status.", "by");
  wanted.speeds = true;
  const auto name = query_value(query, "metric");
  const auto metric = name.empty() ? UsageMetric::requests : read_metric(name);
  if (!metric || is_speed(*metric) || *metric == UsageMetric::inflight)
    return odd_value(
      "metric is one of requests, errors, failovers, tokens_in, tokens_out, tokens_cached, cost_n "
      "and list_cost_n.",
      "metric");
  wanted.ranked_by = *metric;
  return wanted;
}

Co<void> breakdown(Context& context, Exchange& exchange) {
  auto wanted = read_breakdown(exchange.head().query, wall_now());
  if (!wanted) co_return co_await answer_problem(exchange, std::move(wanted.error()));
  const auto merged = co_await sync_usage(context, wanted->nodes);
  BreakdownRequest question{*wanted};
  auto asked = ask<BreakdownAnswer>(context.unit, context.history, std::move(question));
  auto answer = co_await asked;
  if (!answer || !answer->breakdown)
    co_return co_await answer_problem(
      exchange, answer ? answer->breakdown.error() : answer.error());
  std::string body = "{";
  append_merged_scope(body, context.node, wanted->nodes, merged);
  body += ',';
  append_breakdown_json(body, *answer->breakdown);
  body += '}';
  co_await answer_json(exchange, std::move(body));
}

} // namespace

std::span<const Route> history_routes() {
  static constexpr std::array routes{
    Route{"GET", "/admin/v1/series", AdminRole::viewer, series},
    Route{"GET", "/admin/v1/breakdown", AdminRole::viewer, breakdown}};
  return routes;
}

} // namespace gateway
