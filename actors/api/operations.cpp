#include "actors/api/access.hpp"
#include "actors/api/endpoint.hpp"
#include "actors/api/provider_states.hpp"
#include "actors/ledger/metrics.hpp"
#include "actors/runtime/ask.hpp"
#include "net/base/header_list.hpp"
#include "persistence/journal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace gateway {
namespace {

Co<void> healthz(Context&, Exchange& exchange) {
  std::string body = R"({"status":"ok"})";
  co_await answer_json(exchange, std::move(body));
}

Co<void> readyz(Context& context, Exchange& exchange) {
  const bool document = context.node.has_document.load();
  const bool storage = context.node.journal->writable();
  const bool draining = context.node.draining.load();
  const bool ready = document && storage && !draining;
  const auto body = fmt::format(
    R"({{"ready":{},"checks":{{"document":{},"storage":{},"accepting":{}}}}})",
    ready,
    document,
    storage,
    !draining);
  HeaderList headers;
  headers.add("content-type", "application/json");
  const auto all = headers.all();
  // Whoever asked and left does not need the answer.
  [[maybe_unused]] const auto sent = co_await exchange.respond(ready ? 200 : 503, all, body);
}

void append_quota_gauges(std::string& out, const std::vector<ProviderState>& states) {
  struct Gauge {
    std::string_view name;
    std::string_view help;
    std::int64_t (*value)(const QuotaState&);
  };
  constexpr std::array gauges{
    Gauge{
      "llm_gateway_quota_limit",
      "The limit in force.",
      [](const QuotaState& quota) { return quota.limit; }},
    Gauge{
      "llm_gateway_quota_used",
      "Permits in flight or cooling.",
      [](const QuotaState& quota) { return quota.in_flight + quota.cooling; }},
    Gauge{
      "llm_gateway_quota_held", "Permits that calls under way hold.", [](const QuotaState& quota) {
        return quota.in_flight;
      }}};
  for (const auto& gauge : gauges) {
    append_metric(out, gauge.name, "gauge", gauge.help);
    for (const auto& state : states)
      for (const auto& quota : state.quotas) {
        const auto owner = quota_owner_of(quota.spec.owner);
        append_sample(
          out,
          gauge.name,
          {{"provider", owner.name}, {"model", owner.model}, {"window", quota.spec.name}},
          std::to_string(gauge.value(quota)));
      }
  }
}

void append_provider_metrics(std::string& out, const std::vector<ProviderState>& states) {
  append_metric(
    out, "llm_gateway_provider_up", "gauge", "1 if the provider may be called at this moment.");
  for (const auto& state : states) {
    if (!state.is_provider) continue;
    const bool up = state.health == HealthState::ok || state.health == HealthState::degraded
      || state.health == HealthState::half_open;
    append_sample(out, "llm_gateway_provider_up", {{"provider", state.name}}, up ? "1" : "0");
  }
  append_metric(out, "llm_gateway_attempts_total", "counter", "Calls sent to a provider.");
  for (const auto& state : states)
    for (const auto& [outcome, count] : state.attempts)
      append_sample(
        out,
        "llm_gateway_attempts_total",
        {{"provider", state.name}, {"outcome", outcome}},
        std::to_string(count));
}

void append_node_gauges(std::string& out, const Context& context) {
  append_metric(out, "llm_gateway_streams", "gauge", "Open event streams.");
  append_sample(out, "llm_gateway_streams", {}, std::to_string(context.node.streams.load()));
  append_metric(out, "llm_gateway_connections", "gauge", "Open client connections.");
  append_sample(out, "llm_gateway_connections", {}, std::to_string(context.server.connections()));
  append_metric(
    out,
    "llm_gateway_cluster_members",
    "gauge",
    "Nodes that are linked with this one, and itself.");
  const auto seen = context.node.cluster.load();
  const auto linked = seen ? std::ranges::count_if(seen->members, &MemberState::is_linked) : 1;
  append_sample(out, "llm_gateway_cluster_members", {}, std::to_string(linked));
  append_metric(out, "llm_gateway_build_info", "gauge", "1, with the version as a label.");
  append_sample(
    out,
    "llm_gateway_build_info",
    {{"version", context.node.version}, {"node", context.node.node}},
    "1");
}

Co<void> metrics(Context& context, Exchange& exchange) {
  const auto in_force = context.in_force;
  if (exchange.on_loopback()) {
    const auto ours = check_host(exchange.head(), context.node);
    if (!ours) co_return co_await answer_error(exchange, ours.error());
  } else {
    const auto caller = co_await find_caller(context, exchange);
    if (!caller) co_return co_await answer_error(exchange, caller.error());
  }
  MetricsRequest question;
  auto asked = ask<MetricsAnswer>(context.unit, context.ledger, std::move(question));
  auto counters = co_await asked;
  const auto states = co_await provider_states(context, *in_force->directory);
  std::string body = counters ? std::move(counters->text) : "";
  append_provider_metrics(body, states);
  append_quota_gauges(body, states);
  append_node_gauges(body, context);
  HeaderList headers;
  headers.add("content-type", "text/plain; version=0.0.4; charset=utf-8");
  const auto all = headers.all();
  // As above.
  [[maybe_unused]] const auto sent = co_await exchange.respond(200, all, body);
}

} // namespace

std::span<const Route> operations_routes() {
  static constexpr std::array routes{
    Route{"GET", "/healthz", healthz},
    Route{"GET", "/readyz", readyz},
    Route{"GET", "/metrics", metrics}};
  return routes;
}

} // namespace gateway
