#include "actors/runtime/cast.hpp"
#include "net/base/log.hpp"
#include "persistence/usage_copies.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <memory>
#include <utility>

namespace gateway {
namespace history_actor {
namespace {

constexpr std::chrono::seconds tick_every{10};
// What others counted can be asked of them again; a crash costs no more than that.
constexpr std::chrono::minutes stored_every{5};
// Of the ledger, which answers between two turns' records.
constexpr std::chrono::seconds answer_max{30};

struct History {
  History() = default;
  static inline const char* name = "history";

  HistorySpec spec;
  std::unique_ptr<UsageHistory> days;  // this node's closed ones
  std::unique_ptr<UsageCopies> copies; // of other nodes
  Day loaded_before{};                 // days before it are being taken into memory
  WallTime store_due{};
};

using Self = HistoryActor::stateful_pointer<History>;

// Goes on with the totals as they are now. They are shared: nothing is copied but their outline.
template <class Then, class Otherwise>
void with_totals(Self self, Then then, Otherwise otherwise) {
  self->request(self->state.spec.ledger, answer_max, UsageStateRequest{})
    .then(
      [then](const UsageStateAnswer& answer) mutable { then(*answer.state, answer.version); },
      [otherwise](const caf::error&) mutable { otherwise(); });
}

// Answers from what all nodes counted, as far as it is known here; `read` may wait for the disk.
template <class Answer, class Read>
caf::result<Answer> report(Self self, Read read) {
  auto promise = self->make_response_promise<Answer>();
  with_totals(
    self,
    [self, promise, read](const UsageState& totals, std::uint64_t) mutable {
      UsagePast past{{totals, *self->state.days}};
      for (auto& [id, copy] : self->state.copies->all())
        past.emplace_back(copy.state(), copy.history());
      promise.deliver(Answer{read(past)});
    },
    [promise]() mutable {
      promise.deliver(Answer{fail(ErrorKind::internal, "the ledger did not answer")});
    });
  return promise;
}

// What a member wants to know, or this node itself what there is.
caf::result<UsageAskAnswer> tell(Self self, UsageAskRequest& asked) {
  auto promise = self->make_response_promise<UsageAskAnswer>();
  with_totals(
    self,
    [self, promise, question = std::move(asked.question)](
      const UsageState& totals, std::uint64_t version) mutable {
      auto own = self->state.spec.source;
      own.mark.version = version;
      const UsageTeller teller{own, self->state.spec.data, totals, *self->state.copies};
      promise.deliver(UsageAskAnswer{teller.answer(question)});
    },
    [promise]() mutable { promise.deliver(UsageAskAnswer{}); });
  return promise;
}

void store(Self self) {
  self->state.store_due = self->state.spec.clocks.wall() + stored_every;
  if (auto stored = self->state.copies->store(); !stored)
    log::warn("usage of other nodes not written problem={}", stored.error().message);
}

// The closed days that charts want most are taken into memory one by one, so that nobody waits
// long behind them.
void load_days(Self self) {
  auto& state = self->state;
  const auto more = state.days->load_next(state.loaded_before);
  if (!more) return log::warn("usage history not read problem={}", more.error().message);
  if (*more) self->send(self, HistoryTick{true});
}

void tick(Self self) {
  auto& state = self->state;
  const auto now = state.spec.clocks.wall();
  if (now >= state.store_due || state.store_due - now > stored_every) store(self);
  with_totals(
    self,
    [self](const UsageState& totals, std::uint64_t) {
      // A day that was closed belongs to the history from now on.
      const auto before = std::exchange(self->state.loaded_before, totals.first_held_day);
      if (before != totals.first_held_day) load_days(self);
    },
    [] {});
  self->delayed_send(self, tick_every, HistoryTick{});
}

HistoryActor::behavior_type history(Self self, HistorySpec spec) {
  auto& state = self->state;
  state.days = std::make_unique<UsageHistory>(spec.data);
  state.copies = std::make_unique<UsageCopies>(real_files(), spec.data, spec.source.id);
  state.spec = std::move(spec);
  if (auto loaded = state.copies->load(); !loaded)
    log::error("usage of other nodes not read problem={}", loaded.error().message);
  self->send(self, HistoryTick{});
  return {
    [self](const TotalsRequest& request) {
      const auto now = self->state.spec.clocks.wall();
      return report<TotalsAnswer>(self, [query = request.query, now](const UsagePast& past) {
        return answer_usage(past, query, now);
      });
    },
    [self](const SeriesRequest& request) {
      const auto now = self->state.spec.clocks.wall();
      return report<SeriesAnswer>(self, [query = request.query, now](const UsagePast& past) {
        return answer_usage_series(past, query, now);
      });
    },
    [self](const BreakdownRequest& request) {
      return report<BreakdownAnswer>(self, [query = request.query](const UsagePast& past) {
        return answer_usage_breakdown(past, query);
      });
    },
    [self](UsageAskRequest& asked) { return tell(self, asked); },
    [self](const UsageRowsHeard& heard) {
      return UsageRowsTaken{self->state.copies->take(heard.rows, heard.id)};
    },
    [self](const UsageDayHeard& heard) {
      const auto taken = self->state.copies->take_day(heard.id, heard.day, heard.text);
      return UsageDayTaken{taken ? "" : taken.error().message};
    },
    [self](HistoryTick of) { of.goes_on ? load_days(self) : tick(self); },
    [self](HistoryStopRequest) {
      store(self);
      return HistoryStopAnswer{};
    },
  };
}

} // namespace
} // namespace history_actor

HistoryActor spawn_history(caf::actor_system& system, HistorySpec spec) {
  return system.spawn<caf::detached>(history_actor::history, std::move(spec));
}

} // namespace gateway
