#include "actors/api/call.hpp"

#include "actors/api/endpoint.hpp"
#include "actors/api/gate.hpp"
#include "actors/router/all_failed.hpp"
#include "actors/router/ranking.hpp"
#include "actors/router/refusal.hpp"
#include "actors/router/walking.hpp"
#include "actors/runtime/ask.hpp"

#include <algorithm>

namespace gateway {
namespace {

// Where another node may have permits that this one can't get, nobody waits longer here.
constexpr Milliseconds patience_cut_off{3'000};

} // namespace

CallNeeds needs_of(const Envelope& envelope, FrontDoor::Asks asks) {
  CallNeeds needs;
  needs.embedding = asks == FrontDoor::Asks::embeddings;
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

Call::Call(Context& context, Exchange& exchange, const FrontDoor& door)
    : Place(context.calls), context_(context), exchange_(exchange), door_(door) {
  context_.turn.call_came();
}

Call::~Call() {
  if (in_step_) context_.turn.call_left();
}

Co<void> Call::run() {
  id_ = context_.ids.next(started_);
  const auto sent_id = exchange_.head().find("x-request-id");
  if (sent_id && is_sane_request_id(*sent_id)) sent_id_ = *sent_id;
  in_force_ = context_.in_force;

  co_await context_.unit.step();
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
    if (is_cut_) {
      problem = draining_error();
      break;
    }
    if (auto found = co_await find_permit(); !found) {
      const bool is_ours = found.error().kind == ErrorKind::draining;
      problem =
        is_ours || walk_->attempts.empty() ? elsewhere(std::move(found.error())) : no_answer();
      break;
    }
    const auto end = co_await attempt();
    if (end == End::answered || end == End::over) break;
    if (at_fault_ || (end == End::failed && !may_try_again())) {
      problem = at_fault_ ? *at_fault_ : no_answer();
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

// The node's drain is out of time. Who waits is woken and told; what is being written to a client
// that doesn't read ends with its connection.
void Call::cut() noexcept {
  if (client_gone_) return;
  is_cut_ = true;
  if (active_ != nullptr) active_->cancel();
  if (place_ != nullptr) place_->wake();
}

Co<Result<void>> Call::take_request() {
  const auto& settings = in_force_->directory->plan->document->settings;
  const auto key = check_call(context_, exchange_, *in_force_->keys);
  if (!key) co_return fail(key.error());
  const auto body = co_await exchange_.body(static_cast<std::size_t>(settings.max_body_bytes));
  if (!body) co_return fail(body.error());
  auto envelope = door_.read_envelope(context_.envelopes, *body);
  if (!envelope) co_return fail(body_problem(exchange_.head(), std::move(envelope.error())));
  envelope_ = std::move(*envelope);
  conversation_.emplace(door_, ClientRequest{*body, exchange_.head().headers}, envelope_);

  walk_ = std::make_shared<Walk>();
  walk_->plan = in_force_->directory->plan;
  walk_->asked_model = envelope_.model;
  walk_->needs = needs_of(envelope_, door_.asks);
  walk_->preferences = std::move(envelope_.preferences);
  walk_->key = *key;
  walk_->came = came_;
  deadline_ = came_ + call_time_max;
  context_.retries.request_came();
  co_return Result<void>{};
}

// Ranks who may answer and asks them in that order: the first stop asks the next ones itself.
Co<Result<void>> Call::ask_candidates() {
  const auto& directory = in_force_->directory;
  if (takes_turns(*walk_)) {
    RouteRequest question{walk_, directory};
    auto asked = ask<RouteAnswer>(context_.unit, context_.router, std::move(question));
    if (auto answer = co_await asked; !answer) co_return fail(std::move(answer.error()));
  } else {
    rank(*walk_, {}, walk_->candidates.empty() ? came_ : BootClock::now());
    if (const auto stop = next_stop(*walk_)) {
      AdmitRequest question{walk_, directory};
      auto asked = ask<RouteAnswer>(context_.unit, directory->stops[*stop], std::move(question));
      if (auto answer = co_await asked; !answer) co_return fail(std::move(answer.error()));
    }
  }
  if (!walk_->held_key.empty() && !key_ticket_)
    key_ticket_.emplace(context_.turn, directory, std::exchange(walk_->held_key, {}));
  if (walk_->admitted) co_return Result<void>{};
  co_return fail(walk_->refusal ? *walk_->refusal : no_candidate_error(*walk_));
}

// Out of quota here, while a node of the cluster is out of reach: what is left may lie where this
// node can't get it, but a client can (cluster-quota.md, section 11).
Error Call::elsewhere(Error error) const {
  if (error.kind != ErrorKind::provider_quota_exhausted || !context_.node.is_somebody_out_of_reach)
    return error;
  // What a provider itself refuses, it refuses all nodes.
  const bool may_have_some = std::ranges::any_of(walk_->candidates, [](const Candidate& candidate) {
    return candidate.passed_over == PassedOver::quota_spent
      || candidate.passed_over == PassedOver::paid_spent;
  });
  if (!may_have_some) return error;
  error.kind = ErrorKind::no_provider_available;
  error.message += " A node of the cluster is out of reach: another one may have some of it.";
  error.retry_after = Milliseconds{0};
  return error;
}

// Waits for quota as long as the route allows.
Co<Result<void>> Call::find_permit() {
  const auto* meaning = walk_->plan->find(walk_->asked_model);
  const auto* route = meaning != nullptr ? meaning->route : nullptr;
  auto queue = route != nullptr ? route->queue : Milliseconds{0};
  if (context_.node.is_somebody_out_of_reach) queue = std::min(queue, patience_cut_off);
  const auto patience = came_ + queue;
  if (queue == Milliseconds{0} || patience <= BootClock::now()) return ask_candidates();
  return wait_for_permit(patience);
}

// First come, first served on this thread.
Co<Result<void>> Call::wait_for_permit(Instant patience) {
  constexpr Milliseconds between_asks{25}; // a settled call frees permits before they mature
  std::optional<WaitingRoom::Place> place;
  const auto& line = walk_->asked_model;
  if (context_.waiting.is_full(line))
    co_return fail(ErrorKind::overloaded, "Too many requests wait for this model already.");
  if (context_.waiting.somebody_waits(line)) place.emplace(context_.waiting, context_.unit, line);
  for (;;) {
    const auto lined_up = BootClock::now();
    while (place && !place->is_first() && BootClock::now() < patience && !client_gone_
           && !is_cut_) {
      place_ = &*place;
      co_await place->wait_until(patience);
      place_ = nullptr;
    }
    count_waited(lined_up);
    if (client_gone_) co_return fail(ErrorKind::cancelled, "The client has gone.");
    if (is_cut_) co_return fail(draining_error());
    walk_->behind = place ? place->behind() : 0;
    auto found = co_await ask_candidates();
    walk_->has_asked = true;
    const auto now = BootClock::now();
    if (found || found.error().kind != ErrorKind::provider_quota_exhausted || now >= patience)
      co_return found;
    if (!place) place.emplace(context_.waiting, context_.unit, line);
    const auto wait =
      std::clamp(found.error().retry_after.value_or(between_asks), Milliseconds{1}, between_asks);
    place_ = &*place;
    co_await place->wait_until(std::min(now + wait, patience));
    place_ = nullptr;
    count_waited(now);
  }
}

void Call::count_waited(Instant since) {
  walk_->waited_us +=
    std::chrono::duration_cast<std::chrono::microseconds>(BootClock::now() - since).count();
}

Error Call::no_answer() const {
  return elsewhere(all_failed_error(*walk_, BootClock::now()));
}

bool Call::may_try_again() {
  if (client_gone_ || is_cut_) return false;
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
  target.host = offered.provider->endpoint.origin.host_header;
  target.base_path = offered.provider->endpoint.path;
  target.region = offered.provider->region;
  target.upstream_model = offered.model->upstream_name;
  target.api_key = &offered.provider->api_key;
  target.signing_keys = &offered.provider->signing_keys;
  target.now = wall_now();
  target.quirks = &offered.provider->quirks;
  target.max_output = offered.model->max_output;
  return target;
}

} // namespace gateway
