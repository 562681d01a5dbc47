#include "actors/api/call.hpp"
#include "actors/api/endpoint.hpp"
#include "actors/api/gate.hpp"
#include "actors/router/ranking.hpp"
#include "actors/router/refusal.hpp"
#include "net/base/json_text.hpp"
#include "net/unified/messages_envelope.hpp"

#include <algorithm>
#include <array>

namespace gateway {
namespace {

const FrontDoor& door() {
  static const FrontDoor messages{"/v1/messages", anthropic_format()};
  return messages;
}

Co<void> serve(Context& context, Exchange& exchange) {
  Call call{context, exchange, door()};
  co_await call.run();
}

/// What the first who could answer would count, as far as its answers so far have taught.
Result<std::int64_t>
estimated_tokens(const InForce& in_force, const KeyConfig* key, Envelope envelope) {
  Walk walk;
  walk.plan = in_force.directory->plan;
  walk.asked_model = envelope.model;
  walk.needs = needs_of(envelope, door().asks);
  walk.preferences = std::move(envelope.preferences);
  walk.key = key;
  walk.came = BootClock::now();
  rank(walk, {}, walk.came); // without memory: who only counts takes no turn
  if (walk.refusal) return fail(*std::move(walk.refusal));
  if (walk.candidates.empty()) return fail(no_candidate_error(walk));
  return std::max<std::int64_t>(1, walk.candidates.front().input_estimate);
}

Co<Result<std::int64_t>> count(Context& context, Exchange& exchange) {
  const auto in_force = context.in_force;
  const auto& settings = in_force->directory->plan->document->settings;
  const auto key = check_call(context, exchange, *in_force->keys);
  if (!key) co_return fail(key.error());
  const auto body = co_await exchange.body(static_cast<std::size_t>(settings.max_body_bytes));
  if (!body) co_return fail(body.error());
  auto envelope = read_messages_envelope(*body, true);
  if (!envelope) co_return fail(body_problem(exchange.head(), std::move(envelope.error())));
  co_return estimated_tokens(*in_force, *key, *std::move(envelope));
}

/// An estimate, for every model alike. A provider's own count would take a round trip before each
/// turn of an agent; and how many of them a provider allows is a limit of its own that no document
/// names, so that the promise that limits hold would not.
Co<void> count_tokens(Context& context, Exchange& exchange) {
  name_exchange(context, exchange);
  const auto tokens = co_await count(context, exchange);
  if (!tokens) co_return co_await answer_inference_error(context, exchange, tokens.error());
  std::string body = R"({"input_tokens":)";
  append_number(body, *tokens);
  co_await answer_inference(context, exchange, body + '}');
}

} // namespace

std::span<const Route> messages_routes() {
  static constexpr std::array routes{
    Route{"POST", "/v1/messages", serve},
    Route{"POST", "/messages", serve},
    Route{"POST", "/v1/messages/count_tokens", count_tokens},
    Route{"POST", "/messages/count_tokens", count_tokens}};
  return routes;
}

} // namespace gateway
