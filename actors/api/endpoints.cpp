#include "actors/api/access.hpp"
#include "actors/api/endpoint.hpp"
#include "net/base/header_list.hpp"
#include "net/base/json_text.hpp"
#include "net/dialects/conversation.hpp"

#include <algorithm>

namespace gateway {

#define GATEWAY_ENDPOINT(name) std::span<const Route> name##_routes();
#include "actors/api/endpoints.def"
#undef GATEWAY_ENDPOINT

namespace {

bool fits(std::string_view pattern, std::string_view path) {
  if (pattern.ends_with('*')) return path.starts_with(pattern.substr(0, pattern.size() - 1));
  return pattern == path;
}

// Of an answer to HEAD the session leaves the body out.
bool takes(const Route& route, std::string_view method) {
  return route.method == method || (method == "HEAD" && route.method == "GET");
}

std::string allowed_methods(std::string_view path) {
  std::string methods;
  for (const auto& route : all_routes())
    if (fits(route.pattern, path) && methods.find(route.method) == std::string::npos) {
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

Co<void> send(Exchange& exchange, int status, const HeaderList& headers, const std::string& body) {
  const auto fields = headers.all();
  // A client that left before its answer needs none.
  [[maybe_unused]] const auto sent = co_await exchange.respond(status, fields, body);
}

int from_hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = to_lower_ascii(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
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

Co<void> Api::handle(Exchange& exchange) {
  const auto& head = exchange.head();
  bool known_path = false;
  for (const auto& route : all_routes()) {
    if (!fits(route.pattern, head.path)) continue;
    known_path = true;
    if (takes(route, head.method)) {
      co_await route.serve(context_, exchange);
      co_return;
    }
  }
  const bool admin = head.path.starts_with("/admin/");
  Error error{ErrorKind::not_found, "There is nothing at this path.", "", {}};
  if (known_path)
    error = {
      ErrorKind::method_not_allowed, "This path takes " + allowed_methods(head.path) + ".", "", {}};
  if (admin)
    co_await answer_problem(exchange, std::move(error));
  else
    co_await answer_error(exchange, std::move(error));
}

Co<void> answer_error(Exchange& exchange, Error error) {
  HeaderList headers;
  headers.add("content-type", "application/json");
  if (error.kind == ErrorKind::method_not_allowed)
    headers.add("allow", allowed_methods(exchange.head().path));
  add_retry_after(headers, error);
  co_await send(exchange, http_status(error.kind), headers, error_body(error));
}

Co<void> answer_problem(Exchange& exchange, Error error) {
  HeaderList headers;
  headers.add("content-type", "application/problem+json");
  if (error.kind == ErrorKind::method_not_allowed)
    headers.add("allow", allowed_methods(exchange.head().path));
  add_retry_after(headers, error);
  const auto status = http_status(error.kind);
  const auto body = problem_body(status, code_text(error.kind), error.message);
  co_await send(exchange, status, headers, body);
}

std::string
problem_body(int status, std::string_view type, std::string_view detail, std::string_view more) {
  std::string body = "{\"type\":";
  append_json_string(body, type);
  body += ",\"title\":";
  append_json_string(body, type);
  body += ",\"status\":";
  append_number(body, status);
  body += ",\"detail\":";
  append_json_string(body, detail);
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
  co_await send(exchange, status, headers, body);
}

Co<bool> is_admin(Context& context, Exchange& exchange) {
  const auto in_force = context.in_force;
  const auto allowed = check_admin(exchange, context.node, *in_force->keys);
  if (allowed) co_return true;
  co_await answer_problem(exchange, allowed.error());
  co_return false;
}

std::string percent_decoded(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (
      text[i] == '%' && i + 2 < text.size() && from_hex(text[i + 1]) >= 0
      && from_hex(text[i + 2]) >= 0) {
      plain += static_cast<char>(from_hex(text[i + 1]) * 16 + from_hex(text[i + 2]));
      i += 2;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

std::string query_value(std::string_view query, std::string_view name) {
  const auto decoded = [](std::string_view text) {
    std::string spaced{text};
    std::ranges::replace(spaced, '+', ' '); // as forms write them
    return percent_decoded(spaced);
  };
  while (!query.empty()) {
    const auto pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    const auto equals = pair.find('=');
    if (decoded(pair.substr(0, equals)) != name) continue;
    return equals == std::string_view::npos ? "" : decoded(pair.substr(equals + 1));
  }
  return "";
}

} // namespace gateway
