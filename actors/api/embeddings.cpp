#include "actors/api/call.hpp"
#include "actors/api/endpoint.hpp"

#include <array>

namespace gateway {
namespace {

Co<void> serve(Context& context, Exchange& exchange) {
  Call call{context, exchange, Conversation::Endpoint::embeddings};
  co_await call.run();
}

} // namespace

std::span<const Route> embeddings_routes() {
  static constexpr std::array routes{
    Route{"POST", "/v1/embeddings", serve}, Route{"POST", "/embeddings", serve}};
  return routes;
}

} // namespace gateway
