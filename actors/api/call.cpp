#include "actors/api/call.hpp"

#include "actors/api/access.hpp"
#include "actors/api/endpoint.hpp"
#include "actors/api/gate.hpp"
#include "actors/router/refusal.hpp"
#include "actors/runtime/ask.hpp"

#include <algorithm>

namespace gateway {
namespace {

constexpr std::size_t request_id_bytes_max = 128;

// A client's x-request-id is taken over if it can do no harm in a log or a header.
bool is_sane(std::string_view id) {
  return !id.empty() && id.size() <= request_id_bytes_max && std::ranges::all_of(id, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-'
      || c == '_' || c == '.' || c == ':';
  });
}

CallNeeds needs_of(const Envelope& envelope, Conversation::Endpoint endpoint) {
  CallNeeds needs;
  needs.embedding = endpoint == Conversation::Endpoint::embeddings;
  needs.vision = envelope.needs_vision;
  needs.audio = envelope.needs_audio;
  needs.files = envelope.needs_files;
  needs.tools = envelope.needs_tools;
  needs.json_schema = envelope.needs_json_schema;
  needs.stream = envelope.stream;
  needs.size.text_bytes = envelope.text_bytes;
  needs.size.images = envelope.images;
  needs.size.messages = envelope.messages;
  needs.size.tools = envelope.tools;
  needs.size.choices = envelope.choices;
  needs.size.max_tokens = envelope.max_tokens;
  return needs;
}

} // namespace

Call::Call(Context& context, Exchange& exchange, Conversation::Endpoint endpoint)
    : context_(context), exchange_(exchange), endpoint_(endpoint) {
  context_.turn.call_began();
}

Call::~Call() {
  context_.turn.call_ended();
}

Co<void> Call::run() {
  id_ = context_.ids.next(started_);
  const auto sent_id = exchange_.head().find("x-request-id");
  if (sent_id && is_sane(*sent_id)) sent_id_ = *sent_id;
  in_force_ = context_.in_force;

  if (auto taken = co_await take_request(); !taken) {
    co_await answer(std::move(taken.error()));
    co_return;
  }
  watch_.emplace(
    exchange_.thread(),
    exchange_.socket(),
    [](void* self) noexcept {
      auto& call = *static_cast<Call*>(self);
      call.client_gone_ = true;
      if (call.active_ != nullptr) call.active_->cancel();
      if (call.place_ != nullptr) call.place_->wake();
    },
    this);

  std::optional<Error> problem;
  for (;;) {
    if (auto found = co_await find_permit(); !found) {
      problem = walk_->attempts.empty() ? std::move(found.error()) : all_failed();
      break;
    }
    const auto end = co_await attempt();
    if (end == End::answered || end == End::over) break;
    if (at_fault_ || !may_try_again()) {
      problem = at_fault_ ? *at_fault_ : all_failed();
      break;
    }
  }
  if (problem) co_await answer(std::move(*problem));
  if (key_ticket_) {
    auto& settlement = key_ticket_->story().settlement;
    settlement.written = !walk_->attempts.empty();
    settlement.written_at = settlement.first_byte_at = came_;
    settlement.ended = BootClock::now();
    settlement.usage_known = usage_.known;
    settlement.used_input = usage_.input;
    settlement.used_output = usage_.output;
    key_ticket_->settle();
  }
}

Co<Result<void>> Call::take_request() {
  const auto& settings = in_force_->directory->plan->document->settings;
  const auto key = check_inference(exchange_, context_.node, *in_force_->keys);
  if (!key) co_return fail(key.error());
  if (auto open = check_gate(context_); !open) co_return open;
  if (auto json = check_content_type(exchange_.head()); !json) co_return json;
  const auto body = co_await exchange_.body(static_cast<std::size_t>(settings.max_body_bytes));
  if (!body) co_return fail(body.error());
  auto envelope = endpoint_ == Conversation::Endpoint::chat
    ? context_.envelopes.read_chat(*body)
    : context_.envelopes.read_embeddings(*body);
  if (!envelope) co_return fail(body_problem(exchange_.head(), std::move(envelope.error())));
  envelope_ = std::move(*envelope);
  conversation_.emplace(endpoint_, *body, envelope_);

  walk_ = std::make_shared<Walk>();
  walk_->plan = in_force_->directory->plan;
  walk_->asked_model = envelope_.model;
  walk_->needs = needs_of(envelope_, endpoint_);
  walk_->preferences = envelope_.preferences;
  walk_->key = *key;
  walk_->came = came_;
  deadline_ = came_ + call_time_max;
  context_.retries.request_came();
  co_return Result<void>{};
}

Co<Result<void>> Call::ask_router() {
  RouteRequest question{walk_, in_force_->directory};
  auto asked = ask<RouteAnswer>(context_.unit, context_.router, std::move(question));
  auto answer = co_await asked;
  if (!answer) co_return fail(std::move(answer.error()));
  directory_ = answer->directory;
  if (!walk_->held_key.empty() && !key_ticket_)
    key_ticket_.emplace(context_.turn, directory_, std::exchange(walk_->held_key, {}));
  if (walk_->admitted) co_return Result<void>{};
  co_return fail(walk_->refusal ? *walk_->refusal : no_candidate_error(*walk_));
}

// Waits for quota as long as the route allows: first come, first served on this thread.
Co<Result<void>> Call::find_permit() {
  constexpr Milliseconds between_asks{25}; // a settled call frees permits before they mature
  const auto* meaning = walk_->plan->find(walk_->asked_model);
  const auto* route = meaning != nullptr ? meaning->route : nullptr;
  const auto queue = route != nullptr ? route->queue : Milliseconds{0};
  const auto patience = came_ + queue;
  if (queue == Milliseconds{0} || patience <= BootClock::now()) co_return co_await ask_router();

  std::optional<WaitingRoom::Place> place;
  const auto& line = walk_->asked_model;
  if (context_.waiting.is_full(line))
    co_return fail(ErrorKind::overloaded, "Too many requests wait for this model already.");
  if (context_.waiting.somebody_waits(line)) place.emplace(context_.waiting, context_.unit, line);
  for (;;) {
    while (place && !place->is_first() && BootClock::now() < patience && !client_gone_) {
      place_ = &*place;
      co_await place->wait_until(patience);
      place_ = nullptr;
    }
    if (client_gone_) co_return fail(ErrorKind::cancelled, "The client has gone.");
    auto found = co_await ask_router();
    const auto now = BootClock::now();
    if (found || found.error().kind != ErrorKind::provider_quota_exhausted || now >= patience)
      co_return found;
    if (!place) place.emplace(context_.waiting, context_.unit, line);
    const auto wait =
      std::clamp(found.error().retry_after.value_or(between_asks), Milliseconds{1}, between_asks);
    place_ = &*place;
    co_await place->wait_until(std::min(now + wait, patience));
    place_ = nullptr;
    walk_->waited_us +=
      std::chrono::duration_cast<std::chrono::microseconds>(BootClock::now() - now).count();
  }
}

bool Call::may_try_again() {
  if (client_gone_) return false;
  const auto attempts = static_cast<std::int64_t>(walk_->attempts.size());
  const auto attempts_max = walk_->plan->document->settings.max_attempts;
  if (attempts >= attempts_max || BootClock::now() >= deadline_) return false;
  // Nothing has failed where a kept connection had ended: that is no load on anybody else.
  return lost_connection_ || context_.retries.take();
}

std::int64_t Call::since_came_us() const {
  return std::chrono::duration_cast<std::chrono::microseconds>(BootClock::now() - came_).count();
}

Target Call::target() const {
  const auto& offered = offer();
  Target target;
  target.provider = offered.provider->name;
  target.base_path = offered.provider->endpoint.path;
  target.upstream_model = offered.model->upstream_name;
  target.api_key = &offered.provider->api_key;
  target.quirks = &offered.provider->quirks;
  target.max_output = offered.model->max_output;
  return target;
}

} // namespace gateway
