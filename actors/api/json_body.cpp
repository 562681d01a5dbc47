#include "actors/api/json_body.hpp"

#include "actors/api/endpoint.hpp"
#include "actors/config/json_reader.hpp"

namespace gateway {

Co<std::optional<std::string>> body_of(Exchange& exchange, std::size_t bytes_max) {
  const auto body = co_await exchange.body(bytes_max);
  if (body) co_return std::string(*body);
  co_await answer_problem(exchange, body.error());
  co_return std::nullopt;
}

Co<std::optional<JsonNode>> object_of(Exchange& exchange, std::size_t bytes_max) {
  const auto text = co_await body_of(exchange, bytes_max);
  if (!text) co_return std::nullopt;
  Problems problems;
  auto node = read_json(*text, problems);
  if (node && node->is_object() && !problems.any_error()) co_return node;
  const bool broken = problems.any_error();
  Error error{ErrorKind::invalid_json, "The body is no JSON object.", "", {}};
  if (broken) error.message = "The body is no good JSON: " + problems.all().front().message + ".";
  co_await answer_problem(exchange, std::move(error));
  co_return std::nullopt;
}

} // namespace gateway
