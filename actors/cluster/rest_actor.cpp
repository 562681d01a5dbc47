#include "actors/cluster/rest_board.hpp"
#include "actors/runtime/cast.hpp"
#include "net/base/log.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <map>
#include <set>
#include <string>

namespace gateway {
namespace rest_actor {
namespace {

struct RestTeller {
  RestTeller() = default;
  static inline const char* name = "rests";

  RestSpec spec;
  RestBoard board;
  std::map<std::string, StopActor> stops;
  std::set<std::string> linked;
};

using Self = RestActor::stateful_pointer<RestTeller>;

void tell_all(Self self) {
  auto& state = self->state;
  if (state.linked.empty()) return;
  const auto message = state.board.message(state.spec.clocks.now());
  for (const auto& peer : state.linked)
    self->send(state.spec.cluster, PeerSend{peer, FrameKind::rest, message});
}

void hear(Self self, const PeerHeard& said) {
  auto rests = decode_rests(said.bytes);
  if (!rests) return log::warn("peer={} problem={}", said.peer, rests.error().message);
  auto& state = self->state;
  for (auto& [name, its] : state.board.heard(said.peer, *std::move(rests)))
    if (const auto stop = state.stops.find(name); stop != state.stops.end())
      self->send(stop->second, RestsHeard{said.peer, std::move(its)});
}

void take_directory(Self self, const Directory& directory) {
  auto& stops = self->state.stops;
  stops.clear();
  for (std::size_t i = 0; i < directory.stops.size(); ++i)
    stops[directory.plan->stops[i]] = directory.stops[i];
}

RestActor::behavior_type rest_teller(Self self, RestSpec spec) {
  self->state.spec = std::move(spec);
  // So that it ends with the links.
  self->link_to(self->state.spec.cluster);
  self->send(self->state.spec.cluster, PeersListened{{FrameKind::rest}, PeerListenerActor{self}});
  self->delayed_send(self, RestBoard::again, RestTick{});
  return {
    [self](const PeerUp& up) {
      self->state.linked.insert(up.hello.name);
      tell_all(self);
    },
    [self](const PeerDown& down) { self->state.linked.erase(down.peer); },
    [self](const PeerHeard& said) { hear(self, said); },
    [](const ClusterTaken&) {},
    [self](const DirectoryInForce& in_force) { take_directory(self, *in_force.directory); },
    [self](const RestsTold& told) {
      if (self->state.board.told(told.stop, told.rests, self->state.spec.clocks.now()))
        tell_all(self);
    },
    [self](RestTick) {
      self->delayed_send(self, RestBoard::again, RestTick{});
      tell_all(self);
    },
  };
}

} // namespace
} // namespace rest_actor

RestActor spawn_rests(caf::actor_system& system, RestSpec spec) {
  return system.spawn(rest_actor::rest_teller, std::move(spec));
}

} // namespace gateway
