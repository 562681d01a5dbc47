#include "persistence/config_history.hpp"

#include "actors/api/config_json.hpp"
#include "actors/api/endpoint.hpp"
#include "actors/api/scope_json.hpp"
#include "actors/config/built_in.hpp"
#include "actors/runtime/ask.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace gateway {
namespace {

constexpr std::size_t history_limit = 100;
constexpr std::size_t history_limit_max = 500;

Co<void> answer_not_kept(Exchange& exchange) {
  Error error{ErrorKind::not_found, "That version is not kept.", "", {}};
  co_await answer_problem(exchange, std::move(error));
}

// The version in force.
Co<void> config(Context& context, Exchange& exchange) {
  ConfigReadRequest question;
  auto asked = ask<ConfigReadAnswer>(context.unit, context.config, std::move(question));
  auto found = co_await asked;
  if (!found) co_return co_await answer_problem(exchange, std::move(found.error()));
  if (!found->note) co_return co_await answer_not_kept(exchange);
  static const auto schema_version = text_digest(built_in_schema());
  std::string body = "{";
  append_whole_scope(body, context.node.node);
  body += R"(,"version":)" + std::to_string(found->note->version) + R"(,"doc":)" + found->document;
  body += R"(,"schema_version":")" + schema_version;
  body += found->locked ? R"(","locked":"settings.locked"})" : R"(","locked":null})";
  co_await answer_json(exchange, 200, found->note->version, std::move(body));
}

Co<void> schema(Context&, Exchange& exchange) {
  std::string body{built_in_schema()};
  co_await answer_json(exchange, std::move(body));
}

// "179..182"
Co<void> differences(Context& context, Exchange& exchange, std::string_view range) {
  const auto dots = range.find("..");
  const bool whole = dots != std::string_view::npos;
  const auto from = read_version(range.substr(0, dots));
  const auto to = whole ? read_version(range.substr(dots + 2)) : std::nullopt;
  if (!from || !to) {
    Error error{ErrorKind::invalid_value, "diff names two versions: 179..182.", "diff", {}};
    co_return co_await answer_problem(exchange, std::move(error));
  }
  ConfigDiffRequest question{*from, *to};
  auto asked = ask<ConfigDiffAnswer>(context.unit, context.config, std::move(question));
  auto found = co_await asked;
  if (!found) co_return co_await answer_problem(exchange, std::move(found.error()));
  if (!found->changes) co_return co_await answer_not_kept(exchange);
  std::string body = "{";
  append_whole_scope(body, context.node.node);
  body += R"(,"from":)" + std::to_string(*from) + R"(,"to":)" + std::to_string(*to);
  body += R"(,"diff":)";
  append_changes_json(body, *found->changes);
  body += '}';
  co_await answer_json(exchange, std::move(body));
}

std::string history_body(const Context& context, const ConfigHistoryAnswer& found) {
  std::string body = "{";
  append_whole_scope(body, context.node.node);
  body += R"(,"items":[)";
  for (const auto& note : found.items) {
    body += body.back() == '[' ? "{" : ",{";
    append_version_json(body, note, note.version == found.active);
    body += '}';
  }
  const auto next =
    found.more ? "\"" + std::to_string(found.items.back().version) + "\"" : std::string("null");
  const auto kept = std::min(found.active, config_versions_kept);
  body += R"(],"next":)" + next + R"(,"count":{"value":)" + std::to_string(kept);
  body += R"(,"exact":true}})";
  return body;
}

Co<void> history(Context& context, Exchange& exchange) {
  const auto query = exchange.head().query;
  const auto range = query_value(query, "diff");
  if (!range.empty()) co_return co_await differences(context, exchange, range);
  const auto limit_text = query_value(query, "limit");
  const auto cursor_text = query_value(query, "cursor");
  const auto limit = limit_text.empty() ? history_limit : read_version(limit_text);
  const auto cursor = cursor_text.empty() ? 0 : read_version(cursor_text);
  if (!limit || *limit == 0 || *limit > history_limit_max || !cursor) {
    const auto* wrong = cursor ? "limit" : "cursor";
    Error error{ErrorKind::invalid_value, "limit is 1 to 500, cursor what `next` said.", wrong, {}};
    co_return co_await answer_problem(exchange, std::move(error));
  }
  ConfigHistoryRequest question{*cursor, *limit};
  auto asked = ask<ConfigHistoryAnswer>(context.unit, context.config, std::move(question));
  auto found = co_await asked;
  if (!found) co_return co_await answer_problem(exchange, std::move(found.error()));
  co_await answer_json(exchange, history_body(context, *found));
}

Co<void> version(Context& context, Exchange& exchange) {
  const auto number = read_version(path_parameter(exchange));
  if (!number) co_return co_await answer_not_kept(exchange);
  ConfigReadRequest question{*number};
  auto asked = ask<ConfigReadAnswer>(context.unit, context.config, std::move(question));
  auto found = co_await asked;
  if (!found) co_return co_await answer_problem(exchange, std::move(found.error()));
  if (!found->note) co_return co_await answer_not_kept(exchange);
  std::string body = "{";
  append_whole_scope(body, context.node.node);
  body += ',';
  append_version_json(body, *found->note, found->active);
  body += R"(,"doc":)" + found->document + '}';
  co_await answer_json(exchange, std::move(body));
}

} // namespace

std::span<const Route> config_history_routes() {
  static constexpr std::array routes{
    Route{"GET", "/admin/v1/config", AdminRole::viewer, config},
    Route{"GET", "/admin/v1/config/schema", AdminRole::viewer, schema},
    Route{"GET", "/admin/v1/config/history", AdminRole::viewer, history},
    Route{"GET", "/admin/v1/config/history/{version}", AdminRole::viewer, version}};
  return routes;
}

} // namespace gateway
