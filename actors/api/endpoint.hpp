#pragma once

#include "actors/api/context.hpp"
#include "actors/api/query_names.hpp"
#include "actors/api/route_pattern.hpp"
#include "net/base/co.hpp"
#include "net/base/header_list.hpp"
#include "net/http/exchange.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// One path of the HTTP interface; its pattern is written as in openapi.yaml (route_pattern.hpp).
struct Route {
  using Serve = Co<void> (*)(Context&, Exchange&);
  /// For those that want to know who asks.
  using ServeCaller = Co<void> (*)(Context&, Exchange&, const Caller&);

  /// Anybody may ask, or the endpoint looks itself: inference, signing in, operations.
  constexpr Route(std::string_view its_method, std::string_view its_pattern, Serve its_serve)
      : method(its_method), pattern(its_pattern), serve(its_serve) {}
  /// Served to admins of at least this role.
  constexpr Route(
    std::string_view its_method, std::string_view its_pattern, AdminRole least, Serve its_serve)
      : method(its_method), pattern(its_pattern), role(least), serve(its_serve) {}
  constexpr Route(
    std::string_view its_method,
    std::string_view its_pattern,
    AdminRole least,
    ServeCaller its_serve)
      : method(its_method), pattern(its_pattern), role(least), serve_caller(its_serve) {}

  std::string_view method;
  std::string_view pattern;
  std::optional<AdminRole> role;
  Serve serve = nullptr; // one of the two
  ServeCaller serve_caller = nullptr;
};

/// The routes of every line of endpoints.def. Those under /admin/v1 are the operations of
/// openapi.yaml: the build fails where one is missing there or here (check_routes.cpp).
std::span<const Route> all_routes();

/// What stands for the `{name}` in the pattern of this exchange's route, percent-decoded.
std::string path_parameter(const Exchange& exchange);

/// Serves one io thread: finds the route of each request, looks whether its caller may ask, and
/// answers what has no route.
class Api final : public Handler {
public:
  explicit Api(Context& context);
  Co<void> handle(Exchange& exchange) override;

private:
  Co<void> serve_admin(const Route& route, Exchange& exchange);

  Context& context_;
  const QueryNames& query_names_; // read once, whatever the number of threads
};

/// Calls the exchange what its client calls it, if that is sane, or by an id of ours.
void name_exchange(Context& context, Exchange& exchange);

/// An error in the shape of the format that is spoken at its path, OpenAI's where none is, with
/// retry-after where it is known.
Co<void> answer_error(Exchange& exchange, Error error);
/// What every answer of inference tells of this node: its name, and the version in force.
void add_node_headers(HeaderList& headers, const NodeState& node, const InForce& in_force);
/// Answers of inference that are no call: by which node and version they are.
Co<void> answer_inference(const Context& context, Exchange& exchange, std::string body);
Co<void> answer_inference_error(const Context& context, Exchange& exchange, Error error);
/// An error under /admin/v1: application/problem+json (dashboard.md, section 8).
Co<void> answer_problem(Exchange& exchange, Error error);
Co<void> answer_json(Exchange& exchange, std::string body);
/// JSON of any status, a problem from 400 on; `version`: of the document it is about, its ETag.
Co<void>
answer_json(Exchange& exchange, int status, std::optional<std::uint64_t> version, std::string body);
/// A problem's body; `more` are members beside the common ones, each with its comma in front.
std::string problem_body(
  const Exchange& exchange,
  int status,
  std::string_view type,
  std::string_view detail,
  std::string_view more = {});

/// Any answer; one under /admin is kept by no cache.
Co<void> send_answer(Exchange& exchange, int status, HeaderList& headers, const std::string& body);

/// The value of `name` in a query string, percent-decoded; empty if it is not there.
std::string query_value(std::string_view query, std::string_view name);
/// The values of every `name`, in their order.
std::vector<std::string> query_values(std::string_view query, std::string_view name);
/// The names in it, in their order.
std::vector<std::string> query_names(std::string_view query);

} // namespace gateway
