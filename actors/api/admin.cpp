#include "actors/api/endpoint.hpp"
#include "actors/api/event_json.hpp"
#include "actors/api/list_query.hpp"
#include "actors/api/other_nodes.hpp"
#include "actors/api/provider_answer.hpp"
#include "actors/api/scope_json.hpp"
#include "actors/runtime/ask.hpp"

#include <array>

namespace gateway {
namespace {

Co<void> usage(Context& context, Exchange& exchange) {
  const auto query = exchange.head().query;
  auto wanted = read_usage_query(query_value(query, "last"), query_value(query, "by"));
  if (!wanted) {
    co_await answer_problem(exchange, std::move(wanted.error()));
    co_return;
  }
  wanted->nodes = read_list(query, "node");
  const auto nodes = wanted->nodes;
  const auto merged = co_await sync_usage(context, nodes);
  TotalsRequest question{*std::move(wanted)};
  auto asked = ask<TotalsAnswer>(context.unit, context.history, std::move(question));
  auto answer = co_await asked;
  if (!answer || !answer->usage) {
    co_await answer_problem(exchange, answer ? answer->usage.error() : answer.error());
    co_return;
  }
  std::string body = "{";
  append_merged_scope(body, context.node, nodes, merged);
  // The plain totals are an object of their own; its members stand beside the scope.
  const auto totals = render_usage_json(*answer->usage);
  body += "," + totals.substr(totals.find('{') + 1);
  co_await answer_json(exchange, std::move(body));
}

// What happened to a provider lately, the newest first. Null where that can't be read: what else is
// known of it counts more.
Co<std::string> events_of(Context& context, std::string provider) {
  constexpr std::size_t shown_max = 20;
  constexpr std::chrono::days looked_back{7};
  EventsRequest question;
  question.query.from = wall_now() - looked_back;
  question.query.kinds = {EventKind::provider, EventKind::cooldown};
  question.query.ref = std::move(provider);
  question.query.limit = shown_max;
  auto asked = ask<EventsAnswer>(context.unit, context.events, std::move(question));
  const auto found = co_await asked;
  if (!found || !found->problem.empty()) co_return "null";
  std::string json = "[";
  for (const auto& item : found->page.items) {
    if (json.back() != '[') json += ',';
    append_event(json, item);
  }
  json += ']';
  co_return json;
}

// What the dashboard says, with the scope that every answer has. `more` are members beside it.
Co<void> answer_view(
  Context& context,
  Exchange& exchange,
  ViewRequest question,
  Error unknown,
  std::string more = {}) {
  const auto nodes = question.scope.nodes();
  auto asked = ask<ViewAnswer>(context.unit, context.dashboard, std::move(question));
  const auto view = co_await asked;
  if (!view) unknown = view.error();
  if (!view || !view->known) {
    co_await answer_problem(exchange, std::move(unknown));
    co_return;
  }
  std::string body = "{";
  append_merged_scope(body, context.node, nodes, view->nodes);
  body += ',';
  body += view->json;
  body += more;
  body += '}';
  co_await answer_json(exchange, std::move(body));
}

ViewScope read_scope(const Exchange& exchange) {
  return ViewScope{read_list(exchange.head().query, "node")};
}

Co<void>
answer_provider_of(Context& context, Exchange& exchange, std::string name, ViewScope scope) {
  auto events = std::string{"[]"};
  if (scope.has(context.node.node)) {
    auto asked = events_of(context, name);
    events = co_await asked;
  }
  auto unknown = no_provider();
  if (!scope.is_whole()) unknown.message = "These nodes have told of no provider of that name.";
  ViewRequest question;
  question.part = ViewRequest::Part::provider;
  question.id = std::move(name);
  question.scope = std::move(scope);
  auto more = ",\"events\":" + events;
  auto answered =
    answer_view(context, exchange, std::move(question), std::move(unknown), std::move(more));
  co_await answered;
}

// A page of a list of the dashboard's.
Co<void> answer_list(Context& context, Exchange& exchange, ViewRequest::Part part) {
  constexpr std::size_t limit_max = 500;
  const auto query = exchange.head().query;
  ViewRequest question;
  question.part = part;
  const auto limit = read_count(query, "limit", question.page.limit, limit_max);
  if (!limit) co_return co_await answer_problem(exchange, limit.error());
  question.page.limit = *limit;
  question.page.after = query_value(query, "cursor");
  question.scope = read_scope(exchange);
  Error none;
  auto answered = answer_view(context, exchange, std::move(question), std::move(none));
  co_await answered;
}

Co<void> providers(Context& context, Exchange& exchange) {
  return answer_list(context, exchange, ViewRequest::Part::providers);
}

Co<void> provider(Context& context, Exchange& exchange) {
  return answer_provider_of(context, exchange, path_parameter(exchange), read_scope(exchange));
}

Co<void> cluster(Context& context, Exchange& exchange) {
  ViewRequest question;
  question.part = ViewRequest::Part::cluster;
  question.scope = read_scope(exchange);
  return answer_view(context, exchange, std::move(question), {});
}

Co<void> budgets(Context& context, Exchange& exchange) {
  return answer_list(context, exchange, ViewRequest::Part::budgets);
}

} // namespace

Co<void> answer_provider(Context& context, Exchange& exchange, std::string name) {
  return answer_provider_of(context, exchange, std::move(name), {});
}

Error no_provider() {
  return {ErrorKind::not_found, "There is no provider of that name.", "", {}};
}

std::span<const Route> admin_routes() {
  static constexpr std::array routes{
    Route{"GET", "/admin/v1/usage", AdminRole::viewer, usage},
    Route{"GET", "/admin/v1/cluster", AdminRole::viewer, cluster},
    Route{"GET", "/admin/v1/budgets", AdminRole::viewer, budgets},
    Route{"GET", "/admin/v1/providers", AdminRole::viewer, providers},
    Route{"GET", "/admin/v1/providers/{id}", AdminRole::viewer, provider}};
  return routes;
}

} // namespace gateway
