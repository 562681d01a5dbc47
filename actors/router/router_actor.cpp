#include "actors/router/ranking.hpp"
#include "actors/runtime/cast.hpp"
#include "actors/runtime/hand_on.hpp"

#include <caf/logger.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>

namespace gateway {
namespace router_actor {
namespace {

// Bare names are a stranger's text: what a policy remembers of them is bounded.
constexpr std::size_t policy_memories_max = 10'000;

struct RouterState {
  RouterState() = default;
  RouterState(const RouterState&) = delete;
  RouterState& operator=(const RouterState&) = delete;
  // The supervisor's end is the end of all it has spawned.
  ~RouterState() {
    for (const auto& [stop_name, stop] : stops)
      caf::anon_send_exit(stop, caf::exit_reason::user_shutdown);
  }

  static inline const char* name = "router";

  std::shared_ptr<RouterSpec> spec;
  std::shared_ptr<GaugeBoard> gauges;
  // Those of the version in force, and removed ones at which calls of older versions still settle.
  std::map<std::string, StopActor> stops;
  std::shared_ptr<const ShareTable> shares;
  std::shared_ptr<const Directory> directory;
  std::vector<std::weak_ptr<const Directory>> older; // while a call may be under way under them
  bool nobody_asks = false;                          // there was none at the last look
  bool looking = false;                              // a tick is on its way
  std::unordered_map<std::string, PolicyMemory> memories;
};

using Self = RouterActor::stateful_pointer<RouterState>;

StopActor spawn_stop(Self self, const std::string& name) {
  const auto& spec = *self->state.spec;
  const auto seed = spec.seed + std::hash<std::string>{}(name);
  StopSpec its{
    name, spec.memory, spec.journal, spec.clocks, seed, spec.events, spec.broker, spec.rests};
  auto stop = name.starts_with("provider/") ? spawn_provider(self->home_system(), std::move(its))
                                            : spawn_pool(self->home_system(), std::move(its));
  // CAF's spawn leaves a reference to the system's logger in this thread, and the system's
  // destructor waits until the last one is gone; an io thread outlives the system.
  caf::logger::set_current_actor_system(nullptr);
  return stop;
}

void forget_unused(std::vector<std::weak_ptr<const Directory>>& older) {
  std::erase_if(older, [](const auto& directory) { return directory.expired(); });
}

void look_later(Self self) {
  auto& state = self->state;
  if (std::exchange(state.looking, true)) return;
  self->delayed_send(self, state.spec->removed_look_every, RouterTick{});
}

// Ends the stops that no version names any more. Their slots are kept until their permits have
// cooled: one whose name comes back goes on with the books it left.
void end_removed(Self self) {
  auto& state = self->state;
  state.looking = false;
  forget_unused(state.older);
  const bool nobody_asks = state.older.empty();
  // What the last calls gave off at their end has reached the stops by the next look.
  const bool settled = std::exchange(state.nobody_asks, nobody_asks) && nobody_asks;
  const std::set<std::string> named{
    state.directory->plan->stops.begin(), state.directory->plan->stops.end()};
  bool removed_left = false;
  for (auto stop = state.stops.begin(); stop != state.stops.end();) {
    const bool removed = !named.contains(stop->first);
    if (removed && settled) {
      caf::anon_send_exit(stop->second, caf::exit_reason::user_shutdown);
      stop = state.stops.erase(stop);
      continue;
    }
    removed_left |= removed;
    ++stop;
  }
  if (removed_left) look_later(self);
}

// A stop is told of the version before anybody can ask it under that version.
void publish(Self self, std::shared_ptr<const Document> document) {
  auto& state = self->state;
  const auto plan = make_plan(std::move(document), *state.gauges);
  auto directory = std::make_shared<Directory>();
  directory->plan = plan;
  for (const auto& name : plan->stops) {
    auto& stop = state.stops[name];
    if (!stop) stop = spawn_stop(self, name);
    self->send(stop, StopConfigured{plan, state.shares});
    directory->stops.push_back(stop);
  }
  forget_unused(state.older);
  if (state.directory) state.older.emplace_back(state.directory);
  state.nobody_asks = false;
  state.directory = directory;
  state.memories.clear();
  if (state.stops.size() > plan->stops.size()) look_later(self);
  state.spec->in_force(std::move(directory));
}

void share(Self self, std::shared_ptr<const ShareTable> shares) {
  auto& state = self->state;
  state.shares = std::move(shares);
  if (!state.directory) return;
  for (const auto& stop : state.directory->stops)
    self->send(stop, StopConfigured{state.directory->plan, state.shares});
}

caf::result<RouteAnswer> route(Self self, RouteRequest request) {
  auto& state = self->state;
  auto& walk = *request.walk;
  if (state.memories.size() > policy_memories_max) state.memories.clear();
  rank(
    walk,
    [&](const std::string& route) -> PolicyMemory& { return state.memories[route]; },
    state.spec->clocks.now());
  return hand_on(self, AdmitRequest{std::move(request.walk), std::move(request.directory)});
}

RouterActor::behavior_type router(Self self, RouterSpec spec) {
  self->state.shares = spec.shares;
  self->state.spec = std::make_shared<RouterSpec>(std::move(spec));
  self->state.gauges = std::make_shared<GaugeBoard>();
  return {
    [self](RouteRequest& request) { return route(self, std::move(request)); },
    [self](const DocumentPublished& published) { publish(self, published.document); },
    [self](const SharesInForce& in_force) { share(self, in_force.shares); },
    [self](RouterTick) { end_removed(self); },
  };
}

} // namespace
} // namespace router_actor

RouterActor spawn_router(caf::actor_system& system, RouterSpec spec) {
  return system.spawn(router_actor::router, std::move(spec));
}

} // namespace gateway
