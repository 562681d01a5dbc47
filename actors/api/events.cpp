#include "actors/api/endpoint.hpp"
#include "actors/api/event_json.hpp"
#include "actors/api/list_query.hpp"
#include "actors/api/other_nodes.hpp"
#include "actors/api/scope_json.hpp"
#include "actors/api/time_range.hpp"
#include "actors/runtime/ask.hpp"
#include "persistence/event_merge.hpp"

#include <array>
#include <charconv>
#include <map>

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
        "node, replay.",
        "kind");
    kinds.push_back(*kind);
  }
  return kinds;
}

// A page as it was asked for: of each node's events what `query` says, behind its own place.
struct AskedEvents {
  EventQuery query;
  std::optional<MergedEventsCursor> behind;
};

Result<AskedEvents> read_asked(std::string_view text) {
  AskedEvents asked;
  auto& query = asked.query;
  GATEWAY_TRY(const auto range, read_time_range(text, wall_now()));
  query.from = range.from;
  query.to = range.to;
  GATEWAY_TRY(query.limit, read_limit(query_value(text, "limit")));
  GATEWAY_TRY(query.kinds, read_kinds(query_value(text, "kind")));
  query.nodes = read_list(text, "node");
  const auto cursor = query_value(text, "cursor");
  asked.behind = read_merged_events_cursor(cursor);
  if (!cursor.empty() && !asked.behind)
    return fail(ErrorKind::invalid_value, "cursor is what `next` said.", "cursor");
  return asked;
}

// What that node is asked; nothing where the pages before have all of its events.
std::optional<EventQuery> part_of(const AskedEvents& asked, const std::string& node) {
  auto query = asked.query;
  if (!asked.behind) return query;
  const auto at = asked.behind->places.find(node);
  if (at == asked.behind->places.end() || !at->second) return std::nullopt;
  query.before = at->second;
  return query;
}

// Of this node, where it has a part.
Co<Result<std::optional<EventsOfNode>>>
own_events(Context& context, std::optional<EventQuery> query) {
  if (!query) co_return std::optional<EventsOfNode>{};
  EventsRequest question{*std::move(query)};
  auto asking = ask<EventsAnswer>(context.unit, context.events, std::move(question));
  auto found = co_await asking;
  if (!found) co_return fail(std::move(found.error()));
  if (!found->problem.empty())
    co_return fail(ErrorKind::storage_unavailable, std::move(found->problem));
  std::optional<EventsOfNode> own{EventsOfNode{std::move(found->page), found->count}};
  co_return own;
}

Co<void> events(Context& context, Exchange& exchange) {
  const auto wanted = read_asked(exchange.head().query);
  if (!wanted) co_return co_await answer_problem(exchange, wanted.error());
  const auto& nodes = wanted->query.nodes;
  std::map<std::string, std::string> questions;
  std::vector<std::string> merged;
  for (const auto& node : linked_nodes(context.node, nodes)) {
    if (const auto part = part_of(*wanted, node))
      questions.emplace(node, encode_event_query(*part));
    else if (wanted->behind->places.contains(node))
      merged.push_back(node); // all of it was told
  }
  const auto answers = co_await ask_nodes(context, PeerTopic::events, std::move(questions));
  std::map<std::string, EventsOfNode> pages;
  for (const auto& [node, bytes] : answers) {
    auto read = decode_events(bytes);
    if (!read) continue;
    pages.emplace(node, *std::move(read));
    merged.push_back(node);
  }
  std::optional<EventQuery> part;
  if (is_asked(context.node, nodes)) part = part_of(*wanted, context.node.node);
  auto asking = own_events(context, std::move(part));
  auto own = co_await asking;
  if (!own) co_return co_await answer_problem(exchange, std::move(own.error()));
  if (*own) pages.emplace(context.node.node, **std::move(own));
  const auto page = merge_events(std::move(pages), wanted->query.limit, wanted->behind);
  std::string body = "{";
  append_merged_scope(body, context.node, nodes, merged);
  body += R"(,"items":[)";
  for (const auto& item : page.items) {
    if (body.back() != '[') body += ',';
    append_event(body, item);
  }
  body += R"(],"next":)";
  body += page.next ? '"' + merged_cursor_text(*page.next) + "\"," : "null,";
  append_count(body, page.count);
  body += '}';
  co_await answer_json(exchange, std::move(body));
}

} // namespace

std::span<const Route> events_routes() {
  static constexpr std::array routes{Route{"GET", "/admin/v1/events", AdminRole::viewer, events}};
  return routes;
}

} // namespace gateway
