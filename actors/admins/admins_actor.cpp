#include "actors/admins/admins.hpp"
#include "actors/runtime/cast.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <optional>
#include <utility>

namespace gateway {
namespace {

struct AdminsState {
  AdminsState() = default;
  static inline const char* name = "admins";

  EventsActor events;
  Clocks clocks;
  std::optional<Admins> admins;
  bool ticking = false;
};

using Self = AdminsActor::stateful_pointer<AdminsState>;

// Tells the audit log of refused sign-ins, now or when it is time.
void tell_refused(Self self) {
  auto& state = self->state;
  const auto now = state.clocks.now();
  if (auto sum = state.admins->refused().take_due(now)) {
    EventRecord event;
    event.kind = EventKind::sign_in_refused;
    event.text = std::move(sum->text);
    event.client = std::move(sum->client);
    caf::anon_send(state.events, EventHappened{std::move(event), 0});
  }
  const auto due = state.admins->refused().due();
  if (!due || state.ticking) return;
  state.ticking = true;
  self->delayed_send(self, *due - now, AdminsTick{});
}

CallerAnswer who_is(Self self, const CallerRequest& request) {
  auto& state = self->state;
  const bool by_key = !request.key.empty();
  auto found = by_key
    ? state.admins->by_key(request.key.reveal(), request.client, *request.keys, state.clocks.now())
    : state.admins->by_session(request.session.reveal(), *request.keys, state.clocks.wall());
  if (found) return {*std::move(found), {}};
  tell_refused(self);
  return {std::nullopt, std::move(found.error())};
}

SignInAnswer sign_in(Self self, const SignInRequest& request) {
  auto& state = self->state;
  auto made = state.admins->sign_in(
    request.token.reveal(),
    request.client,
    *request.keys,
    {state.clocks.now(), state.clocks.wall()});
  if (made) return {std::move(made->caller), Secret{std::move(made->token)}, {}};
  tell_refused(self);
  return {std::nullopt, {}, std::move(made.error())};
}

AdminsActor::behavior_type admins(Self self, AdminsSpec spec) {
  auto& state = self->state;
  state.events = std::move(spec.events);
  state.clocks = std::move(spec.clocks);
  state.admins.emplace(std::move(spec.secrets), state.clocks.now());
  for (auto& ended : spec.ended) state.admins->end_session(std::move(ended), state.clocks.wall());
  return {
    [self](const CallerRequest& request) { return who_is(self, request); },
    [self](const SignInRequest& request) { return sign_in(self, request); },
    [self](const SignOutRequest& request) {
      auto& its = self->state;
      its.admins->end_session(request.session, its.clocks.wall());
      return SignOutAnswer{};
    },
    [self](AdminsTick) {
      self->state.ticking = false;
      tell_refused(self);
    },
  };
}

} // namespace

AdminsActor spawn_admins(caf::actor_system& system, AdminsSpec spec) {
  return system.spawn(admins, std::move(spec));
}

} // namespace gateway
