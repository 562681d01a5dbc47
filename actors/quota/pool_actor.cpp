#include "actors/ledger/pricing.hpp"
#include "actors/quota/budget_watch.hpp"
#include "actors/quota/pool_limits.hpp"
#include "actors/runtime/cast.hpp"
#include "actors/runtime/hand_on.hpp"
#include "actors/runtime/journal_wait.hpp"
#include "actors/runtime/share_talk.hpp"
#include "net/base/log.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <chrono>
#include <numeric>

namespace gateway {
namespace pool_actor {
namespace {

constexpr std::chrono::seconds tick_every{1};

// Limits that belong to no single provider: a pool's, a key's, a team's; or a budget.
struct PoolStop {
  PoolStop() = default;
  static inline const char* name = "pool";

  StopSpec spec;
  std::shared_ptr<PermitBooks> books; // null until configured
  std::vector<std::uint32_t> numbers; // of the version in force
  JournalWait waiting;
  ShareTalk shares;
  std::string spender; // whose budget it is: "key/NAME", "team/NAME", "route/NAME"; else empty
  BudgetWatch watch;
};

using Self = StopActor::stateful_pointer<PoolStop>;

// A key is asked before any provider has estimated the cost: by what was expected when ranking.
// A budget is asked last, and takes what the call may cost at most.
CallCost cost_of(const Walk& walk, bool of_budget) {
  if (!walk.key_admitted) {
    if (walk.candidates.empty()) return {};
    const auto& first = walk.candidates.front();
    return {first.input_estimate, first.output_estimate, 0};
  }
  auto cost = walk.cost;
  if (!of_budget) return cost;
  const auto& price = walk.offer().model->price;
  const auto most = price ? highest_cost(*price, cost.input_tokens, cost.output_reserve)
                          : std::optional<NanoDollars>{};
  if (!most) broken_promise("a budget is asked for what has no price");
  // What costs anything needs a budget with anything left.
  cost.nano_dollars = std::max<std::int64_t>(most->count, 1);
  return cost;
}

PassedOver passed_over(const PoolStop& stop, const Refused& refused) {
  if (!stop.spender.empty())
    return stop.spender.starts_with("route/") ? PassedOver::paid_spent : PassedOver::budget_spent;
  return refused.never ? PassedOver::too_large : PassedOver::quota_spent;
}

// The caller is told of the tightest of all that limits him.
void show_limits(PoolStop& stop, Walk& walk, Instant now) {
  if (walk.key_admitted) return;
  const auto show = [&](std::optional<LimitLeft>& shown, bool of_tokens) {
    const auto its = stop.books->tightest(stop.numbers, of_tokens, now);
    if (its && (!shown || its->left < shown->left)) shown = its;
  };
  show(walk.caller_limits.requests, false);
  show(walk.caller_limits.tokens, true);
}

// Long windows are used only as far as the journal on disk says: it is kept ahead of use.
void keep_journal_ahead(Self self) {
  auto& state = self->state;
  if (!state.books) return;
  if (auto wanted = state.books->journal_wanted(state.spec.clocks.moment()))
    self->send(state.spec.journal, JournalAppend{std::move(*wanted)});
}

caf::result<RouteAnswer> admit(Self self, AdmitRequest request) {
  auto& state = self->state;
  auto& walk = *request.walk;
  if (!state.books) // its limits could not be taken up; the log says why
    return refuse_and_hand_on(
      self, std::move(request), Refusal{PassedOver::disabled, {}, 0, 0, {}, false});
  const auto now = state.spec.clocks.now();
  const Asker asker{&walk, walk.has_asked, walk.behind};
  auto taken = state.books->admit(state.numbers, cost_of(walk, !state.spender.empty()), now, asker);
  show_limits(state, walk, now);
  if (auto* permits = std::get_if<Permits>(&taken)) {
    grant(walk, std::move(*permits));
    return hand_on(self, std::move(request));
  }
  keep_journal_ahead(self);
  const auto& refused = std::get<Refused>(taken);
  if (refused.waiting_for_journal && state.waiting.may_wait())
    return state.waiting.wait(self, std::move(request));
  state.shares.tell_news(self, *state.books, now);
  if (refused.may_come && state.shares.may_wait(walk, now))
    return state.shares.wait(self, std::move(request));
  Refusal refusal;
  refusal.why = passed_over(state, refused);
  refusal.quota = state.spender.empty() ? state.spec.name : state.spender;
  refusal.quota += " " + std::string{refused.name};
  refusal.limit = refused.limit;
  refusal.left = refused.left;
  refusal.retry_after = refused.retry_after;
  return refuse_and_hand_on(self, std::move(request), std::move(refusal));
}

void configure(Self self, const StopConfigured& configured) {
  auto& state = self->state;
  auto specs = limits_of(*configured.plan->document, state.spec.name);
  if (configured.shares) configured.shares->enter(specs);
  const auto now = state.spec.clocks.moment();
  if (state.books) {
    auto numbers = state.books->reconfigure(specs, now);
    if (numbers)
      state.numbers = *std::move(numbers);
    else
      log::error(
        "limits not configured of={} problem={}", state.spec.name, numbers.error().message);
    return;
  }
  auto books = PermitBooks::make(state.spec.memory, specs, now);
  if (!books) {
    log::error("limits not configured of={} problem={}", state.spec.name, books.error().message);
    return;
  }
  state.books = std::make_shared<PermitBooks>(*std::move(books));
  state.numbers.resize(specs.size());
  std::iota(state.numbers.begin(), state.numbers.end(), 0u);
  keep_journal_ahead(self);
}

void give_back(Self self, PermitsReturned returned) {
  const auto now = self->state.spec.clocks.now();
  Settlement unsent;
  unsent.written = false;
  unsent.ended = now;
  self->state.books->settle(std::move(returned.permits), unsent, now);
}

void watch_budget(PoolStop& stop, Instant now) {
  if (stop.spender.empty() || !stop.books) return;
  for (const auto& quota : stop.books->states(now))
    if (const auto level = stop.watch.note(quota.cooling, quota.limit))
      log::warn("budget is nearly spent of={} used_percent={}", stop.spender, *level);
}

void journal_answered(Self self, const JournalAppended& appended) {
  auto& state = self->state;
  if (appended.stands)
    state.books->journal_synced(appended.ticket);
  else
    state.books->journal_failed();
  state.waiting.answered(self, appended.stands);
}

void tick(Self self) {
  auto& state = self->state;
  const auto now = state.spec.clocks.moment();
  if (state.books) state.books->tick(now);
  watch_budget(state, now.at);
  keep_journal_ahead(self);
  self->delayed_send(self, tick_every, StopTick{});
}

StateAnswer state_of(Self self) {
  StateAnswer answer;
  answer.provider.name = self->state.spec.name;
  if (self->state.books)
    answer.provider.quotas = self->state.books->states(self->state.spec.clocks.now());
  return answer;
}

StopActor::behavior_type pool(Self self, StopSpec spec) {
  self->state.spender = spender_of(spec.name);
  self->state.shares = {spec.broker, spec.name};
  self->state.spec = std::move(spec);
  self->delayed_send(self, tick_every, StopTick{});
  return {
    [self](AdmitRequest& request) { return admit(self, std::move(request)); },
    [self](SettleBatch& batch) {
      const auto now = self->state.spec.clocks.now();
      for (auto& call : batch.calls) {
        self->state.books->settle(std::move(call.permits), call.settlement, now);
      }
    },
    [self](PermitsReturned& returned) { give_back(self, std::move(returned)); },
    [self](CallCounted& counted) {
      self->state.books->counted(
        counted.permits, counted.counted_at, self->state.spec.clocks.now());
      return std::move(counted);
    },
    [self](const JournalAppended& appended) { journal_answered(self, appended); },
    [self](StopTick) { tick(self); },
    [self](const SharesOrdered& ordered) {
      auto& state = self->state;
      if (state.books)
        state.shares.carry_out(self, *state.books, ordered, state.spec.clocks.moment());
    },
    [self](SharesSettled) {
      auto& state = self->state;
      if (state.books) state.shares.say(self, *state.books, state.spec.clocks.now());
    },
    [self](HopTick) { self->state.shares.look(self); },
    [](const RestsHeard&) {}, // no provider speaks to it
    [self](const StopConfigured& configured) { configure(self, configured); },
    [self](StateRequest) { return state_of(self); },
    [self](const ProviderActRequest&) { return state_of(self); }, // providers alone have orders
  };
}

} // namespace
} // namespace pool_actor

StopActor spawn_pool(caf::actor_system& system, StopSpec spec) {
  return system.spawn(pool_actor::pool, std::move(spec));
}

} // namespace gateway
