#include "actors/provider/account.hpp"
#include "actors/runtime/cast.hpp"
#include "actors/runtime/hand_on.hpp"
#include "actors/runtime/journal_wait.hpp"
#include "actors/runtime/share_talk.hpp"
#include "net/base/log.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <chrono>

namespace gateway {
namespace provider_actor {
namespace {

constexpr std::chrono::seconds tick_every{1};

struct ProviderStop {
  ProviderStop() = default;
  static inline const char* name = "provider";

  StopSpec spec;
  std::shared_ptr<Account> account;
  JournalWait waiting;
  ShareTalk shares;
};

using Self = StopActor::stateful_pointer<ProviderStop>;

PassedOver passed_over(Account::Declined::Why why) {
  switch (why) {
  case Account::Declined::Why::quota_spent: return PassedOver::quota_spent;
  case Account::Declined::Why::too_large: return PassedOver::too_large;
  case Account::Declined::Why::cooling_down: return PassedOver::cooling_down;
  case Account::Declined::Why::probing: return PassedOver::probing;
  case Account::Declined::Why::disabled: return PassedOver::disabled;
  case Account::Declined::Why::drained: return PassedOver::drained;
  }
  return PassedOver::disabled;
}

// Long windows are used only as far as the journal on disk says: it is kept ahead of use.
void keep_journal_ahead(Self self) {
  auto& state = self->state;
  if (auto wanted = state.account->journal_wanted(state.spec.clocks.moment()))
    self->send(state.spec.journal, JournalAppend{std::move(*wanted)});
}

caf::result<RouteAnswer> admit(Self self, AdmitRequest request) {
  auto& walk = *request.walk;
  auto& state = self->state;
  const auto now = state.spec.clocks.now();
  const Asker asker{&walk, walk.has_asked, walk.behind};
  auto answer = state.account->admit(walk.offer().model_number, walk.needs.size, now, asker);
  if (auto* admitted = std::get_if<Account::Admitted>(&answer)) {
    walk.probe = admitted->probe;
    walk.cost = admitted->cost;
    walk.uses = std::move(admitted->uses);
    grant(walk, std::move(admitted->permits));
    return hand_on(self, std::move(request));
  }
  keep_journal_ahead(self);
  auto& declined = std::get<Account::Declined>(answer);
  if (declined.waiting_for_journal && state.waiting.may_wait())
    return state.waiting.wait(self, std::move(request));
  if (auto* const books = state.account->books()) state.shares.tell_news(self, *books, now);
  if (declined.may_come && state.shares.may_wait(walk, now))
    return state.shares.wait(self, std::move(request));
  Refusal refusal{
    passed_over(declined.why),
    std::move(declined.quota),
    declined.limit,
    declined.left,
    declined.retry_after,
    declined.by_rate_limit,
    std::move(declined.by)};
  return refuse_and_hand_on(self, std::move(request), std::move(refusal));
}

void configure(Self self, const StopConfigured& configured) {
  auto& state = self->state;
  const auto& plan = configured.plan;
  std::vector<std::shared_ptr<ProviderGauges>> gauges;
  const ProviderConfig* config = nullptr;
  for (const auto& offer : plan->offers) {
    if ("provider/" + offer.provider->name != state.spec.name) continue;
    config = offer.provider;
    gauges.push_back(offer.gauges);
  }
  if (config == nullptr) {
    const auto name = state.spec.name.substr(state.spec.name.find('/') + 1);
    config = &plan->document->providers.at(name);
  }
  auto done = state.account->configure(
    plan->document, *config, gauges, configured.shares.get(), state.spec.clocks.moment());
  if (!done)
    log::error("provider not configured name={} problem={}", config->name, done.error().message);
  else
    keep_journal_ahead(self);
}

// Other nodes use the same account: what it was told concerns them.
void tell_rests(Self self, Instant now) {
  auto& state = self->state;
  if (!state.spec.rests) return;
  if (auto rests = state.account->take_rests(now))
    self->send(state.spec.rests, RestsTold{state.spec.name, std::move(*rests)});
}

// The audit log is told when calls stop coming here, and when they come again.
void tell_of_rests(Self self, PermitBooks::Moment now) {
  const auto& spec = self->state.spec;
  const auto provider = spec.name.substr(spec.name.find('/') + 1);
  for (const auto& change : self->state.account->take_rest_changes(now.at)) {
    EventRecord event;
    event.kind = EventKind::cooldown;
    event.ref = provider;
    event.text = change.model.empty() ? provider : provider + "/" + change.model;
    event.text += change.began ? " cools down" : " is back";
    if (change.reason) event.text += ": " + std::string{failure_text(*change.reason)};
    if (!change.said_to.empty()) event.text += ", as " + change.said_to + " was told";
    if (change.left) event.until = std::chrono::floor<Milliseconds>(now.wall) + *change.left;
    caf::anon_send(spec.events, EventHappened{std::move(event), 0});
  }
}

void tick(Self self) {
  auto& state = self->state;
  const auto now = state.spec.clocks.moment();
  state.account->tick(now);
  if (state.spec.events) tell_of_rests(self, now);
  keep_journal_ahead(self);
  self->delayed_send(self, tick_every, StopTick{});
}

StopActor::behavior_type provider(Self self, StopSpec spec) {
  self->state.account = std::make_shared<Account>(spec.memory, spec.seed);
  self->state.shares = {spec.broker, spec.name};
  self->state.spec = std::move(spec);
  self->delayed_send(self, tick_every, StopTick{});
  return {
    [self](AdmitRequest& request) { return admit(self, std::move(request)); },
    [self](SettleBatch& batch) {
      const auto now = self->state.spec.clocks.moment();
      for (auto& call : batch.calls) self->state.account->settle(std::move(call), now);
      tell_rests(self, now.at);
    },
    [self](PermitsReturned& returned) {
      self->state.account->give_back(
        std::move(returned.permits),
        returned.model,
        returned.model_number,
        returned.probe,
        self->state.spec.clocks.now());
    },
    [self](CallCounted& counted) {
      self->state.account->counted(
        counted.permits, counted.counted_at, self->state.spec.clocks.now());
      return std::move(counted);
    },
    [self](const JournalAppended& appended) {
      if (appended.stands)
        self->state.account->journal_synced(appended.ticket);
      else
        self->state.account->journal_failed();
      self->state.waiting.answered(self, appended.stands);
    },
    [self](StopTick) { tick(self); },
    [self](const SharesOrdered& ordered) {
      auto& state = self->state;
      if (auto* const books = state.account->books())
        state.shares.carry_out(self, *books, ordered, state.spec.clocks.moment());
    },
    [self](SharesSettled) {
      auto& state = self->state;
      if (auto* const books = state.account->books())
        state.shares.say(self, *books, state.spec.clocks.now());
    },
    [self](HopTick) { self->state.shares.look(self); },
    [self](RestsHeard& heard) {
      self->state.account->hear(heard.node, std::move(heard.rests), self->state.spec.clocks.now());
    },
    [self](const StopConfigured& configured) {
      configure(self, configured);
      tell_rests(self, self->state.spec.clocks.now());
    },
    [self](StateRequest) {
      return StateAnswer{self->state.account->state(self->state.spec.clocks.now())};
    },
    [self](ProviderActRequest& request) {
      const auto now = self->state.spec.clocks.now();
      self->state.account->carry_out(request.act, std::move(request.by), now);
      tell_rests(self, now);
      return StateAnswer{self->state.account->state(now)};
    },
  };
}

} // namespace
} // namespace provider_actor

StopActor spawn_provider(caf::actor_system& system, StopSpec spec) {
  return system.spawn(provider_actor::provider, std::move(spec));
}

} // namespace gateway
