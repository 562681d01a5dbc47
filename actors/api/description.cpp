#include "actors/api/endpoint.hpp"
#include "actors/api/openapi.hpp"

#include <array>

namespace gateway {
namespace {

Co<void> description(Context&, Exchange& exchange) {
  std::string body{built_in_openapi()};
  co_await answer_json(exchange, std::move(body));
}

} // namespace

std::span<const Route> description_routes() {
  static constexpr std::array routes{
    Route{"GET", "/admin/v1/openapi.json", AdminRole::viewer, description}};
  return routes;
}

} // namespace gateway
