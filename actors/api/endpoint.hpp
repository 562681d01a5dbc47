#pragma once

#include "actors/api/context.hpp"
#include "net/base/co.hpp"
#include "net/http/exchange.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// One path of the HTTP interface. A pattern that ends in '*' takes every path that begins so.
struct Route {
  std::string_view method;
  std::string_view pattern;
  Co<void> (*serve)(Context&, Exchange&);
};

/// The routes of every line of endpoints.def.
std::span<const Route> all_routes();

/// Serves one io thread: finds the route of each request and answers what has none.
class Api final : public Handler {
public:
  explicit Api(Context& context) : context_(context) {}
  Co<void> handle(Exchange& exchange) override;

private:
  Context& context_;
};

/// An error in OpenAI's shape, with retry-after where it is known.
Co<void> answer_error(Exchange& exchange, Error error);
/// An error under /admin/v1: application/problem+json (dashboard.md, section 8).
Co<void> answer_problem(Exchange& exchange, Error error);
Co<void> answer_json(Exchange& exchange, std::string body);
/// JSON of any status, a problem from 400 on; `version`: of the document it is about, its ETag.
Co<void>
answer_json(Exchange& exchange, int status, std::optional<std::uint64_t> version, std::string body);
/// A problem's body; `more` are members beside the common ones, each with its comma in front.
std::string problem_body(
  int status, std::string_view type, std::string_view detail, std::string_view more = {});

/// False where no admin asks; that was answered then.
Co<bool> is_admin(Context& context, Exchange& exchange);

std::string percent_decoded(std::string_view text);
/// The value of `name` in a query string, percent-decoded; empty if it is not there.
std::string query_value(std::string_view query, std::string_view name);

} // namespace gateway
