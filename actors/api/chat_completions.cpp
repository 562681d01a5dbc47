#include "actors/api/call.hpp"
#include "actors/api/endpoint.hpp"

#include <array>

namespace gateway {
namespace {

Co<void> serve(Context& context, Exchange& exchange) {
  Call call{context, exchange, Conversation::Endpoint::chat};
  co_await call.run();
}

} // namespace

std::span<const Route> chat_completions_routes() {
  static constexpr std::array routes{
    Route{"POST", "/v1/chat/completions", serve}, Route{"POST", "/chat/completions", serve}};
  return routes;
}

} // namespace gateway
