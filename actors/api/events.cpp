#include "actors/api/endpoint.hpp"
#include "actors/api/event_json.hpp"
#include "actors/api/list_query.hpp"
#include "actors/api/scope_json.hpp"
#include "actors/api/time_range.hpp"
#include "actors/runtime/ask.hpp"
#include "net/base/json_text.hpp"

#include <array>
#include <charconv>

namespace gateway {
namespace {

constexpr std::size_t limit_max = 500;

Result<std::size_t> read_limit(const std::string& text) {
  EventQuery usual;
  std::size_t limit = text.empty() ? usual.limit : 0;
  const auto* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, limit);
  if (!text.empty() && read.ptr != end) limit = 0;
  if (limit == 0 || limit > limit_max)
    return fail(ErrorKind::invalid_value, "limit is 1 to 500.", "limit");
  return limit;
}

Result<std::vector<EventKind>> read_kinds(std::string_view text) {
  std::vector<EventKind> kinds;
  while (!text.empty()) {
    const auto name = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), name.size() + 1));
    const auto kind = read_event_kind(name);
    if (!kind)
      return fail(
        ErrorKind::invalid_value,
        "kind is one or more of sign_in, sign_in_refused, sign_out, config, provider, cooldown, "
        "node.",
        "kind");
    kinds.push_back(*kind);
  }
  return kinds;
}

Result<EventQuery> read_event_query(std::string_view text) {
  EventQuery query;
  GATEWAY_TRY(const auto range, read_time_range(text, wall_now()));
  query.from = range.from;
  query.to = range.to;
  GATEWAY_TRY(query.limit, read_limit(query_value(text, "limit")));
  GATEWAY_TRY(query.kinds, read_kinds(query_value(text, "kind")));
  query.nodes = read_list(text, "node");
  const auto cursor = query_value(text, "cursor");
  query.before = read_place(cursor);
  if (!cursor.empty() && !query.before)
    return fail(ErrorKind::invalid_value, "cursor is what `next` said.", "cursor");
  return query;
}

Co<void> events(Context& context, Exchange& exchange) {
  auto query = read_event_query(exchange.head().query);
  if (!query) co_return co_await answer_problem(exchange, std::move(query.error()));
  const auto nodes = query->nodes;
  EventsRequest question{*std::move(query)};
  auto asked = ask<EventsAnswer>(context.unit, context.events, std::move(question));
  auto found = co_await asked;
  if (!found) co_return co_await answer_problem(exchange, std::move(found.error()));
  if (!found->problem.empty()) {
    Error error{ErrorKind::storage_unavailable, std::move(found->problem), "", {}};
    co_return co_await answer_problem(exchange, std::move(error));
  }
  std::string body = "{";
  append_scope(body, context.node, nodes);
  body += R"(,"items":[)";
  for (const auto& item : found->page.items) {
    if (body.back() != '[') body += ',';
    append_event(body, item);
  }
  body += R"(],"next":)";
  body += found->page.next ? "\"" + place_text(*found->page.next) + "\"" : "null";
  append_number(body += R"(,"count":{"value":)", found->count.value);
  body += found->count.exact ? R"(,"exact":true}})" : R"(,"exact":false}})";
  co_await answer_json(exchange, std::move(body));
}

} // namespace

std::span<const Route> events_routes() {
  static constexpr std::array routes{Route{"GET", "/admin/v1/events", AdminRole::viewer, events}};
  return routes;
}

} // namespace gateway
