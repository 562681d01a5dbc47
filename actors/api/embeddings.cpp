#include "actors/api/call.hpp"
#include "actors/api/endpoint.hpp"

#include <array>

namespace gateway {
namespace {

Co<void> serve(Context& context, Exchange& exchange) {
  static const FrontDoor door{"/v1/embeddings", openai_format(), FrontDoor::Asks::embeddings};
  Call call{context, exchange, door};
  co_await call.run();
}

} // namespace

std::span<const Route> embeddings_routes() {
  static constexpr std::array routes{
    Route{"POST", "/v1/embeddings", serve}, Route{"POST", "/embeddings", serve}};
  return routes;
}

} // namespace gateway
