#include "actors/api/access.hpp"
#include "actors/api/endpoint.hpp"
#include "actors/api/openapi.hpp"
#include "net/base/header_list.hpp"
#include "net/base/json_text.hpp"
#include "net/base/log.hpp"
#include "net/dialects/client_format.hpp"

#include <algorithm>

namespace gateway {

#define GATEWAY_ENDPOINT(name) std::span<const Route> name##_routes();
#include "actors/api/endpoints.def"
#undef GATEWAY_ENDPOINT

namespace {

// Of an answer to HEAD the session leaves the body out.
bool takes(const Route& route, std::string_view method) {
  return route.method == method || (method == "HEAD" && route.method == "GET");
}

/// The pattern that serves a path: one that is this path goes before a template; none is empty.
std::string_view pattern_of(std::string_view path) {
  std::string_view found;
  for (const auto& route : all_routes()) {
    if (route.pattern == path) return route.pattern;
    if (found.empty() && fits(route.pattern, path)) found = route.pattern;
  }
  return found;
}

std::string allowed_methods(std::string_view path) {
  std::string methods;
  const auto pattern = pattern_of(path);
  for (const auto& route : all_routes())
    if (route.pattern == pattern && methods.find(route.method) == std::string::npos) {
      if (!methods.empty()) methods += ", ";
      methods += route.method == "GET" ? "GET, HEAD" : route.method;
    }
  return methods;
}

void add_retry_after(HeaderList& headers, const Error& error) {
  const auto status = http_status(error.kind);
  if (!error.retry_after || (status != 429 && status != 503)) return;
  headers.add("retry-after", std::chrono::ceil<std::chrono::seconds>(*error.retry_after).count());
  headers.add("retry-after-ms", error.retry_after->count());
}

const QueryNames& described_query_names() {
  static const QueryNames names{built_in_openapi()};
  return names;
}

/// What is spoken at a path and below it, also where nothing is.
const ClientFormat& format_at(std::string_view path) {
  if (path.starts_with("/v1/")) path.remove_prefix(3);
  const bool is_messages = path == "/messages" || path.starts_with("/messages/");
  return is_messages ? anthropic_format() : openai_format();
}

Co<void> send_error(Exchange& exchange, HeaderList& headers, const Error& error) {
  headers.add("content-type", "application/json");
  if (error.kind == ErrorKind::method_not_allowed)
    headers.add("allow", allowed_methods(exchange.head().path));
  add_retry_after(headers, error);
  co_await send_answer(
    exchange,
    http_status(error.kind),
    headers,
    format_at(exchange.head().path).error_body(error, exchange.id()));
}

} // namespace

std::span<const Route> all_routes() {
  static const auto routes = [] {
    std::vector<Route> all;
#define GATEWAY_ENDPOINT(name)                                                                     \
  all.insert(all.end(), name##_routes().begin(), name##_routes().end());
#include "actors/api/endpoints.def"
#undef GATEWAY_ENDPOINT
    return all;
  }();
  return routes;
}

std::string path_parameter(const Exchange& exchange) {
  const auto path = exchange.head().path;
  return parameter_in(pattern_of(path), path);
}

Api::Api(Context& context) : context_(context), query_names_(described_query_names()) {}

Co<void> Api::handle(Exchange& exchange) {
  const auto& head = exchange.head();
  const auto pattern = pattern_of(head.path);
  const bool admin = head.path.starts_with("/admin/");
  // A call of inference has an id of its own.
  if (head.method != "POST" || admin) name_exchange(context_, exchange);
  for (const auto& route : all_routes())
    if (route.pattern == pattern && takes(route, head.method)) {
      if (route.role) return serve_admin(route, exchange);
      return route.serve(context_, exchange);
    }
  Error error{ErrorKind::not_found, "There is nothing at this path.", "", {}};
  if (!pattern.empty())
    error = {
      ErrorKind::method_not_allowed, "This path takes " + allowed_methods(head.path) + ".", "", {}};
  if (exchange.id().empty()) name_exchange(context_, exchange);
  return admin ? answer_problem(exchange, std::move(error))
               : answer_inference_error(context_, exchange, std::move(error));
}

Co<void> Api::serve_admin(const Route& route, Exchange& exchange) {
  const auto caller = co_await find_caller(context_, exchange);
  if (!caller) co_return co_await answer_problem(exchange, caller.error());
  if (auto may = check_role(*caller, *route.role); !may)
    co_return co_await answer_problem(exchange, std::move(may.error()));
  if (auto known = query_names_.check(route.method, route.pattern, exchange.head().query); !known)
    co_return co_await answer_problem(exchange, std::move(known.error()));
  if (route.serve_caller != nullptr)
    co_await route.serve_caller(context_, exchange, *caller);
  else
    co_await route.serve(context_, exchange);
}

void name_exchange(Context& context, Exchange& exchange) {
  const auto sent = exchange.head().find("x-request-id");
  const bool is_sane = sent && is_sane_request_id(*sent);
  exchange.name(is_sane ? std::string{*sent} : context.ids.next(wall_now()));
}

Co<void> send_answer(Exchange& exchange, int status, HeaderList& headers, const std::string& body) {
  if (exchange.head().path.starts_with("/admin/")) headers.add("cache-control", "no-store");
  if (!exchange.id().empty()) {
    headers.add("x-request-id", exchange.id());
    const auto name = format_at(exchange.head().path).id_header();
    if (!name.empty()) headers.add(name, exchange.id());
  }
  if (!exchange.id().empty() && status == 500)
    log::error("admin request failed id={} path={}", exchange.id(), exchange.head().path);
  const auto fields = headers.all();
  // A client that left before its answer needs none.
  [[maybe_unused]] const auto sent = co_await exchange.respond(status, fields, body);
}

void add_node_headers(HeaderList& headers, const NodeState& node, const InForce& in_force) {
  headers.add("x-gateway-node", node.node);
  const auto& document = *in_force.directory->plan->document;
  headers.add("x-gateway-config", static_cast<std::int64_t>(document.version));
}

Co<void> answer_inference(const Context& context, Exchange& exchange, std::string body) {
  HeaderList headers;
  headers.add("content-type", "application/json");
  add_node_headers(headers, context.node, *context.in_force);
  co_await send_answer(exchange, 200, headers, body);
}

Co<void> answer_inference_error(const Context& context, Exchange& exchange, Error error) {
  HeaderList headers;
  add_node_headers(headers, context.node, *context.in_force);
  co_await send_error(exchange, headers, error);
}

Co<void> answer_error(Exchange& exchange, Error error) {
  HeaderList headers;
  co_await send_error(exchange, headers, error);
}

Co<void> answer_problem(Exchange& exchange, Error error) {
  HeaderList headers;
  headers.add("content-type", "application/problem+json");
  if (error.kind == ErrorKind::method_not_allowed)
    headers.add("allow", allowed_methods(exchange.head().path));
  add_retry_after(headers, error);
  const auto status = http_status(error.kind);
  std::string param;
  if (!error.param.empty()) append_json_string(param = ",\"param\":", error.param);
  const auto body = problem_body(exchange, status, code_text(error.kind), error.message, param);
  co_await send_answer(exchange, status, headers, body);
}

std::string problem_body(
  const Exchange& exchange,
  int status,
  std::string_view type,
  std::string_view detail,
  std::string_view more) {
  std::string body = "{\"type\":";
  append_json_string(body, type);
  body += ",\"title\":";
  append_json_string(body, type);
  body += ",\"status\":";
  append_number(body, status);
  body += ",\"detail\":";
  append_json_string(body, detail);
  body += ",\"request_id\":";
  append_json_string(body, exchange.id());
  body += more;
  body += '}';
  return body;
}

Co<void> answer_json(Exchange& exchange, std::string body) {
  return answer_json(exchange, 200, std::nullopt, std::move(body));
}

Co<void> answer_json(
  Exchange& exchange, int status, std::optional<std::uint64_t> version, std::string body) {
  HeaderList headers;
  headers.add("content-type", status < 400 ? "application/json" : "application/problem+json");
  if (version) headers.add("etag", "\"" + std::to_string(*version) + "\"");
  co_await send_answer(exchange, status, headers, body);
}

std::string query_value(std::string_view query, std::string_view name) {
  auto values = query_values(query, name);
  return values.empty() ? "" : std::move(values.front());
}

namespace {

/// Calls `take(name, value)` for each pair.
template <class Take>
void for_each_pair(std::string_view query, Take&& take) {
  const auto decoded = [](std::string_view text) {
    std::string spaced{text};
    std::ranges::replace(spaced, '+', ' '); // as forms write them
    return percent_decoded(spaced);
  };
  while (!query.empty()) {
    const auto pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    const auto value = equals == std::string_view::npos ? "" : pair.substr(equals + 1);
    take(decoded(pair.substr(0, equals)), decoded(value));
  }
}

} // namespace

std::vector<std::string> query_values(std::string_view query, std::string_view name) {
  std::vector<std::string> values;
  for_each_pair(query, [&](const std::string& its_name, std::string value) {
    if (its_name == name) values.push_back(std::move(value));
  });
  return values;
}

std::vector<std::string> query_names(std::string_view query) {
  std::vector<std::string> names;
  for_each_pair(
    query, [&](std::string name, const std::string&) { names.push_back(std::move(name)); });
  return names;
}

} // namespace gateway
