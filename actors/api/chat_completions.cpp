#include "actors/api/call.hpp"
#include "actors/api/endpoint.hpp"

#include <array>

namespace gateway {
namespace {

Co<void> serve(Context& context, Exchange& exchange) {
  static const FrontDoor door{"/v1/chat/completions", openai_format()};
  Call call{context, exchange, door};
  co_await call.run();
}

} // namespace

std::span<const Route> chat_completions_routes() {
  static constexpr std::array routes{
    Route{"POST", "/v1/chat/completions", serve}, Route{"POST", "/chat/completions", serve}};
  return routes;
}

} // namespace gateway
