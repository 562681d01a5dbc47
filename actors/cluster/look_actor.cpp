#include "actors/runtime/cast.hpp"
#include "net/peer/probe.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <utility>

namespace gateway {
namespace look_actor {
namespace {

struct Look {
  Look() = default;
  static inline const char* name = "look";

  LookSpec spec;
};

using Self = LookActor::stateful_pointer<Look>;

ResolveAnswer resolve(const PeerAddress& name) {
  auto addresses = resolve_host(name.host);
  if (!addresses) return {fail(std::move(addresses.error()))};
  std::vector<PeerAddress> places;
  for (auto& address : *addresses) places.push_back({std::move(address), name.port});
  return {std::move(places)};
}

ProbeAnswer probe(const PeerAddress& place, const PeerCertificates& certificates) {
  auto outcome = probe_peer(place.host, place.port, certificates);
  if (!outcome) return {fail(std::move(outcome.error()))};
  return {ProbeAnswer::Found{std::move(outcome->address), std::move(outcome->said)}};
}

LookActor::behavior_type look(Self self, LookSpec spec) {
  self->state.spec = std::move(spec);
  return {
    [self](const ResolveRequest& request) {
      self->quit();
      return resolve(request.name);
    },
    [self](const ProbeRequest& request) {
      self->quit();
      return probe(request.place, *self->state.spec.tls->certificates());
    },
  };
}

} // namespace
} // namespace look_actor

LookActor spawn_look(caf::actor_system& system, LookSpec spec) {
  return system.spawn<caf::detached>(look_actor::look, std::move(spec));
}

} // namespace gateway
