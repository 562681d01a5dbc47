#include "actors/api/endpoint.hpp"
#include "actors/api/provider_json.hpp"
#include "actors/api/provider_states.hpp"
#include "actors/api/scope_json.hpp"
#include "actors/api/trace_json.hpp"
#include "actors/runtime/ask.hpp"
#include "net/base/json_text.hpp"
#include "persistence/record_line.hpp"

#include <array>

namespace gateway {
namespace {

constexpr std::string_view requests_path = "/admin/v1/requests/";
constexpr std::string_view providers_path = "/admin/v1/providers/";
constexpr std::size_t id_bytes_max = 128;

Co<void> usage(Context& context, Exchange& exchange) {
  if (!co_await is_admin(context, exchange)) co_return;
  const auto query = exchange.head().query;
  auto wanted = read_usage_query(query_value(query, "last"), query_value(query, "by"));
  if (!wanted) {
    co_await answer_problem(exchange, std::move(wanted.error()));
    co_return;
  }
  TotalsRequest question{*std::move(wanted)};
  auto asked = ask<TotalsAnswer>(context.unit, context.ledger, std::move(question));
  auto answer = co_await asked;
  if (!answer || !answer->usage) {
    co_await answer_problem(exchange, answer ? answer->problem : answer.error());
    co_return;
  }
  std::string body = "{";
  append_scope(body, context.node);
  // The plain totals are an object of their own; its members stand beside the scope.
  const auto totals = render_usage_json(*answer->usage);
  body += "," + totals.substr(totals.find('{') + 1);
  co_await answer_json(exchange, std::move(body));
}

Co<void> request(Context& context, Exchange& exchange) {
  if (!co_await is_admin(context, exchange)) co_return;
  const auto id = percent_decoded(exchange.head().path.substr(requests_path.size()));
  Error unknown{ErrorKind::not_found, "There is no request of that id.", "", {}};
  if (id.empty() || id.size() > id_bytes_max) {
    co_await answer_problem(exchange, std::move(unknown));
    co_return;
  }
  FindRequest question{id};
  auto asked = ask<FindAnswer>(context.unit, context.ledger, std::move(question));
  auto answer = co_await asked;
  if (!answer || !answer->problem.empty()) {
    Error failed{
      ErrorKind::storage_unavailable, answer ? answer->problem : answer.error().message, "", {}};
    co_await answer_problem(exchange, std::move(failed));
    co_return;
  }
  if (!answer->record) {
    co_await answer_problem(exchange, std::move(unknown));
    co_return;
  }
  std::string body = "{";
  append_scope(body, context.node);
  body += R"(,"request":)";
  append_request_json(body, *answer->record);
  body += R"(,"overhead_ms":)" + to_ms_json(answer->record->overhead_us);
  // A trace that can't be read is none: what else is known of the request counts more.
  const auto trace = answer->trace.empty() ? Result<std::string>{""} : trace_json(answer->trace);
  if (!trace || trace->empty())
    body += R"(,"config_version":)" + std::to_string(answer->record->config_version)
      + R"(,"trace":"not_kept")";
  else
    body += "," + trace->substr(1, trace->size() - 2);
  body += R"(,"messages":null})";
  co_await answer_json(exchange, std::move(body));
}

Co<void> providers(Context& context, Exchange& exchange) {
  if (!co_await is_admin(context, exchange)) co_return;
  const auto in_force = context.in_force;
  const auto states = co_await provider_states(context, *in_force->directory);
  std::string body = "{";
  append_scope(body, context.node);
  body += R"(,"items":[)";
  std::size_t count = 0;
  for (const auto& state : states) {
    if (!state.is_provider) continue;
    if (count++ > 0) body += ',';
    append_provider_json(body, state, states, *in_force->directory->plan, context.node.node);
  }
  body += R"(],"next":null,"count":{"value":)" + std::to_string(count) + R"(,"exact":true}})";
  co_await answer_json(exchange, std::move(body));
}

Co<void> provider(Context& context, Exchange& exchange) {
  if (!co_await is_admin(context, exchange)) co_return;
  const auto name = percent_decoded(exchange.head().path.substr(providers_path.size()));
  const auto in_force = context.in_force;
  const auto states = co_await provider_states(context, *in_force->directory);
  for (const auto& state : states) {
    if (!state.is_provider || state.name != name) continue;
    std::string body;
    append_provider_json(body, state, states, *in_force->directory->plan, context.node.node);
    body.pop_back();
    body += ',';
    append_scope(body, context.node);
    append_models_json(body, state);
    body += '}';
    co_await answer_json(exchange, std::move(body));
    co_return;
  }
  Error unknown{ErrorKind::not_found, "There is no provider of that name.", "", {}};
  co_await answer_problem(exchange, std::move(unknown));
}

} // namespace

std::span<const Route> admin_routes() {
  static constexpr std::array routes{
    Route{"GET", "/admin/v1/usage", usage},
    Route{"GET", "/admin/v1/requests/*", request},
    Route{"GET", "/admin/v1/providers", providers},
    Route{"GET", "/admin/v1/providers/*", provider}};
  return routes;
}

} // namespace gateway
