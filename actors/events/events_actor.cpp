#include "actors/events/event_rate.hpp"
#include "actors/runtime/cast.hpp"
#include "net/base/log.hpp"
#include "persistence/event_log.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <optional>
#include <string>
#include <utility>

namespace gateway {
namespace events_actor {
namespace {

struct EventsState {
  EventsState() = default;
  static inline const char* name = "events";

  EventsSpec spec;
  std::optional<EventLog> log;
  std::optional<Day> trimmed;
  EventRate rate;
};

using Self = EventsActor::stateful_pointer<EventsState>;

void trim(EventsState& state, WallTime now) {
  if (state.trimmed == day_of(now)) return;
  state.trimmed = day_of(now);
  if (auto done = state.log->trim(now); !done)
    log::error("old events not removed problem={}", done.error().message);
}

EventWritten write(EventsState& state, EventRecord event, std::uint64_t ticket) {
  const auto now = state.spec.clocks.wall();
  if (event.at == WallTime{}) event.at = now;
  event.node = state.spec.node;
  if (event.kind == EventKind::cooldown) {
    if (!state.rate.take(state.spec.clocks.now())) return {ticket, true};
    if (const auto left_out = state.rate.take_left_out(); left_out > 0)
      event.text += " (" + std::to_string(left_out) + " like it before are not listed)";
  }
  trim(state, now);
  const auto written = state.log->append(event, now);
  if (written) return {ticket, true};
  log::error(
    "event not written kind={} problem={}", event_kind_text(event.kind), written.error().message);
  return {ticket, false};
}

EventsAnswer find(const EventsState& state, const EventQuery& query) {
  auto page = state.log->find(query);
  if (!page) return {{}, {}, page.error().message};
  auto count = state.log->count(query);
  if (!count) return {{}, {}, count.error().message};
  return {*std::move(page), *count, ""};
}

EventsActor::behavior_type events(Self self, EventsSpec spec) {
  self->state.log.emplace(real_files(), spec.data);
  self->state.spec = std::move(spec);
  return {
    [self](const EventHappened& happened) {
      return write(self->state, happened.event, happened.ticket);
    },
    [self](const EventsRequest& request) { return find(self->state, request.query); },
  };
}

} // namespace
} // namespace events_actor

EventsActor spawn_events(caf::actor_system& system, EventsSpec spec) {
  return system.spawn<caf::detached>(events_actor::events, std::move(spec));
}

} // namespace gateway
