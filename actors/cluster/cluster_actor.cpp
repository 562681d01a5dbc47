#include "actors/cluster/peers.hpp"
#include "actors/runtime/cast.hpp"
#include "net/base/log.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace gateway {
namespace cluster_actor {
namespace {

constexpr Milliseconds tick_every{100};
constexpr std::chrono::seconds resolve_max{60};

struct Cluster {
  Cluster() = default;
  static inline const char* name = "cluster";

  ClusterSpec spec;
  std::optional<Peers> peers;
  std::map<Peers::Link, LinkActor> links;
  std::vector<PeersListened> listeners;
  DocumentLogActor log;
  bool has_news = false; // for all peers
};

using Self = ClusterActor::stateful_pointer<Cluster>;

Peers::Moment moment(Self self) {
  const auto& clocks = self->state.spec.clocks;
  return {clocks.now(), clocks.wall()};
}

Peers& peers(Self self) {
  return *self->state.peers;
}

LinkActor
make_link(Self self, Peers::Link number, std::optional<PeerAddress> place, caf::actor accepted) {
  auto& state = self->state;
  LinkSpec spec{
    ClusterActor{self},
    number,
    state.spec.tls,
    std::move(place),
    std::move(accepted),
    state.spec.clocks};
  auto link = spawn_link(self->system(), std::move(spec));
  // So that all end with this.
  self->link_to(link);
  state.links.emplace(number, link);
  return link;
}

template <class Fact>
void tell_listeners(Self self, const Fact& fact) {
  for (const auto& listened : self->state.listeners) self->send(listened.listener, fact);
}

void tell_seen(Self self) {
  const auto& spec = self->state.spec;
  spec.seen(std::make_shared<const ClusterState>(peers(self).state(spec.clocks.wall())));
}

// It may wait for that.
void hear_of_removal(Self self, const std::string& other_cluster) {
  self->state.spec.removed(other_cluster);
  if (self->state.log) self->send(self->state.log, RemovalHeard{other_cluster});
}

// What follows from what happened.
struct CarryOut {
  Self self;

  void operator()(const Peers::EndLink& end) const {
    if (const auto link = self->state.links.find(end.link); link != self->state.links.end())
      self->send(link->second, LinkEnd{end.why});
  }
  void operator()(const Peers::IsUp& up) const {
    tell_seen(self);
    tell_listeners(self, PeerUp{up.hello});
  }
  void operator()(const Peers::IsDown& down) const {
    tell_seen(self);
    tell_listeners(self, PeerDown{down.peer, down.for_good});
  }
  void operator()(const Peers::BeginCluster& begin) const {
    tell_listeners(self, ClusterTaken{begin.cluster, true});
  }
  void operator()(const Peers::KeepCluster& keep) const {
    tell_listeners(self, ClusterTaken{keep.cluster, false});
  }
  void operator()(const Peers::IsRemoved& removed) const { hear_of_removal(self, removed.cluster); }
  // With the next tick, once for all that happens until then.
  void operator()(Peers::TellAll) const { self->state.has_news = true; }
};

void carry_out(Self self) {
  for (const auto& event : peers(self).take_events()) std::visit(CarryOut{self}, event);
}

PlaceVerdict judge_place(Self self, const PlaceFound& found) {
  auto& state = self->state;
  PlaceVerdict verdict{peers(self).found(found.link, to_string(found.process)), peers(self).own()};
  if (verdict.choice == PlaceChoice::leave) state.links.erase(found.link);
  return verdict;
}

GreetAnswer greet(Self self, GreetRequest& request) {
  auto admission = peers(self).admit(
    std::move(request.hello), to_string(request.link.node()), request.seen, moment(self));
  caf::actor link;
  if (admission.link != 0)
    link = caf::actor_cast<caf::actor>(
      make_link(self, admission.link, std::nullopt, std::move(request.link)));
  carry_out(self);
  return {std::move(admission.greeting), std::move(link)};
}

GreetingVerdict judge_greeting(Self self, GreetingHeard& heard) {
  GreetingVerdict verdict{peers(self).greeted(heard.link, std::move(heard.hello), moment(self))};
  carry_out(self);
  return verdict;
}

void hear(Self self, LinkHeard& heard) {
  auto& state = self->state;
  const auto peer = peers(self).peer_of(heard.link);
  if (peer.empty()) return;
  if (heard.kind == FrameKind::member) {
    auto news = decode_hello(heard.bytes);
    if (news && news->name == peer) {
      peers(self).told(heard.link, *std::move(news), moment(self));
      return carry_out(self);
    }
    log::warn("peer said what no node says name={} kind=member", peer);
    return self->send(state.links.at(heard.link), LinkEnd{"what it said of itself was malformed"});
  }
  for (const auto& listened : state.listeners)
    if (std::ranges::find(listened.kinds, heard.kind) != listened.kinds.end())
      self->send(listened.listener, PeerHeard{peer, heard.kind, heard.bytes});
}

void resolve(Self self, const PeerAddress& name) {
  const auto failed = [self, name](const std::string& why) {
    peers(self).not_resolved(name, why, self->state.spec.clocks.now());
  };
  const auto look = spawn_look(self->system(), {self->state.spec.tls});
  self->request(look, resolve_max, ResolveRequest{name})
    .then(
      [self, name, failed](const ResolveAnswer& answer) {
        if (!answer.found) return failed(answer.found.error().message);
        peers(self).resolved(name, *answer.found, self->state.spec.clocks.now());
      },
      [failed](const caf::error&) { failed("the name service does not answer"); });
}

void tick(Self self) {
  self->delayed_send(self, tick_every, ClusterTick{});
  const auto due = peers(self).tick(self->state.spec.clocks.now());
  for (const auto& name : due.names) resolve(self, name);
  for (const auto& place : due.places) make_link(self, peers(self).begin(place), place, {});
  carry_out(self);
  if (!std::exchange(self->state.has_news, false)) return;
  const auto news = encode(peers(self).own());
  for (const auto number : peers(self).up_links())
    self->send(self->state.links.at(number), LinkSend{FrameKind::member, news});
}

void send_to(Self self, PeerSend& order) {
  if (const auto link = peers(self).link_of(order.peer))
    self->send(self->state.links.at(*link), LinkSend{order.kind, std::move(order.bytes)});
}

// Who listens late hears of all who are there.
void listen(Self self, PeersListened& listened) {
  for (auto& hello : peers(self).linked()) self->send(listened.listener, PeerUp{std::move(hello)});
  self->state.listeners.push_back(std::move(listened));
}

void take_record(Self self, const RecordInForce& in_force) {
  peers(self).follow(*in_force.record, in_force.self, self->state.spec.clocks.now());
  carry_out(self);
  tell_seen(self);
}

ClusterActor::behavior_type cluster(Self self, ClusterSpec spec) {
  auto& state = self->state;
  state.spec = std::move(spec);
  state.spec.own.hello.started_ms = milliseconds_since_epoch(state.spec.clocks.wall());
  state.spec.own.process = to_string(self->system().node());
  state.peers.emplace(state.spec.own);
  return {
    [self](ClusterStart& start) {
      peers(self).listens_at(std::move(start.address));
      self->send(self, ClusterTick{});
    },
    [self](ClusterBegun) {
      peers(self).began();
      carry_out(self);
    },
    [self](NodeLeaves) {
      peers(self).leaves();
      carry_out(self);
    },
    [self](const RecordInForce& in_force) { take_record(self, in_force); },
    [self](const RemovalHeard& heard) { hear_of_removal(self, heard.cluster); },
    [self](const DocumentLogThere& there) { self->state.log = there.log; },
    [self](ClusterVersion in_force) {
      peers(self).runs_version(in_force.version);
      carry_out(self);
    },
    [self](ClusterTick) { tick(self); },
    [self](GreetRequest& request) { return greet(self, request); },
    [self](const PlaceFound& found) { return judge_place(self, found); },
    [self](GreetingHeard& heard) { return judge_greeting(self, heard); },
    [self](LinkUp up) {
      peers(self).up(up.link, moment(self));
      carry_out(self);
    },
    [self](const LinkEnded& ended) {
      peers(self).ended(ended.link, ended.why, ended.was_refused, moment(self));
      carry_out(self);
      self->state.links.erase(ended.link);
    },
    [self](LinkHeard& heard) { hear(self, heard); },
    [self](const LinkMeasured& link) {
      peers(self).measured(
        link.link, link.round_trip, link.dropped, self->state.spec.clocks.wall());
    },
    [self](PeersListened& listened) { listen(self, listened); },
    [self](PeerSend& order) { send_to(self, order); },
    [self](ClusterRequest) {
      return ClusterAnswer{peers(self).state(self->state.spec.clocks.wall())};
    },
  };
}

} // namespace
} // namespace cluster_actor

ClusterActor spawn_cluster(caf::actor_system& system, ClusterSpec spec) {
  return system.spawn(cluster_actor::cluster, std::move(spec));
}

} // namespace gateway
