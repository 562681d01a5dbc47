#include "actors/cluster/broker.hpp"
#include "actors/runtime/cast.hpp"
#include "net/base/log.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>
#include <utility>

namespace gateway {
namespace broker_actor {
namespace {

constexpr std::chrono::milliseconds tick_every{50};
// Stops say by themselves when calls begin to wait; for all else this is often enough.
constexpr int ticks_between_looks = 4;
constexpr std::size_t write_offs_known_max = 100; // requests that may come again
constexpr std::size_t gone_known_max = 1'000;

struct BrokerState {
  BrokerState() = default;
  static inline const char* name = "broker";

  std::shared_ptr<BrokerSpec> spec;
  std::optional<Broker> broker;
  std::map<std::string, StopActor> stops;
  std::map<std::uint32_t, std::string> names; // of the members
  std::map<std::uint32_t, std::string> ids;   // of their data folders
  std::map<std::string, std::string> linked;  // ids of nodes, by name
  std::set<std::string> gone;                 // names that were members' in this life of the node
  std::uint32_t self = 0;
  DocumentLogActor log;
  std::map<std::string, std::uint32_t> write_offs; // by the request's key: which member it meant
  bool is_removed = false;
  bool is_contradicted = false;
  int ticks = 0;
  std::string follows; // as was told
};

using Self = BrokerActor::stateful_pointer<BrokerState>;

/// The node that is linked under a member's name is that member: another data folder may have the
/// name of one that was removed, and this node's record may be old.
bool is_here(const BrokerState& state, std::uint32_t member) {
  const auto name = state.names.find(member);
  if (name == state.names.end()) return false;
  const auto linked = state.linked.find(name->second);
  return linked != state.linked.end() && linked->second == state.ids.at(member);
}

/// Passes on what follows from what was said.
void pump(Self self) {
  auto& state = self->state;
  auto out = state.broker->take(state.spec->clocks.moment());
  for (auto& [stop, its] : out.stops)
    if (const auto known = state.stops.find(stop); known != state.stops.end())
      self->send(
        known->second, SharesOrdered{its.number, std::move(its.tales), std::move(its.orders)});
  for (auto& [member, is_state, bytes] : out.messages)
    if (is_here(state, member))
      self->send(
        state.spec->cluster,
        PeerSend{
          state.names.at(member), is_state ? FrameKind::pair : FrameKind::book, std::move(bytes)});
  for (auto& entry : out.entries) {
    if (const auto* const going = std::get_if<MembersGoing>(&entry);
        going != nullptr && going->how == Going::silent)
      for (const auto member : going->members)
        log::warn("member is silent, and is written off name={}", state.names[member]);
    if (state.log) self->send(state.log, RecordProposed{std::move(entry)});
  }
  const auto* const sharing = state.broker->sharing();
  if (sharing == nullptr) return;
  if (sharing->is_removed() && !std::exchange(state.is_removed, true)) {
    state.spec->removed();
    if (state.log) self->send(state.log, RemovalHeard{});
  }
  const bool is_another = state.broker->is_contradicted() && !state.is_removed;
  if (is_another && !std::exchange(state.is_contradicted, true))
    state.spec->contradicted(sharing->overtaken_by());
}

void tick(Self self) {
  auto& state = self->state;
  self->delayed_send(self, tick_every, BrokerTick{});
  if (state.broker->sharing() == nullptr) return;
  state.broker->tick(state.spec->clocks.now());
  state.spec->out_of_reach(state.broker->sharing()->is_somebody_out_of_reach());
  const auto broker = state.names.find(state.broker->sharing()->broker());
  const auto follows = broker == state.names.end() ? "" : broker->second;
  if (std::exchange(state.follows, follows) != follows) state.spec->follows(follows);
  if (++state.ticks % ticks_between_looks == 0)
    for (const auto& [name, stop] : state.stops) self->send(stop, SharesOrdered{});
  pump(self);
}

void take_directory(Self self, const Directory& directory) {
  auto& state = self->state;
  std::set<std::string> names;
  state.stops.clear();
  for (std::size_t i = 0; i < directory.stops.size(); ++i) {
    names.insert(directory.plan->stops[i]);
    state.stops[directory.plan->stops[i]] = directory.stops[i];
  }
  state.broker->set_stops(std::move(names));
}

void take_record(Self self, const RecordInForce& in_force) {
  auto& state = self->state;
  state.self = in_force.self;
  if (state.gone.size() > gone_known_max) state.gone.clear();
  for (const auto& [number, name] : std::exchange(state.names, {})) state.gone.insert(name);
  state.ids.clear();
  for (const auto& [number, member] : in_force.record->members()) {
    state.names[number] = member.name;
    state.ids[number] = member.node;
    state.gone.erase(member.name);
  }
  state.broker->set_record(
    *in_force.record, in_force.self, in_force.candidates, state.spec->clocks.now());
}

void hear(Self self, const PeerHeard& said) {
  auto& state = self->state;
  const auto member =
    std::ranges::find(state.names, said.peer, &std::pair<const std::uint32_t, std::string>::second);
  // Not a member yet, as far as this node knows.
  if (member == state.names.end() || !is_here(state, member->first)) return;
  const auto heard = state.broker->hear(member->first, said.bytes, state.spec->clocks.now());
  if (!heard) log::warn("peer={} problem={}", said.peer, heard.error().message);
  pump(self);
}

// -- an operator says that a member is off for good -----------------------------------------------

std::optional<std::uint32_t>
member_named(const BrokerState& state, const WriteOffRequest& request) {
  const auto known = state.write_offs.find(request.key);
  if (!request.key.empty() && known != state.write_offs.end()) return known->second;
  for (const auto& [number, name] : state.names)
    if (name == request.node) return number;
  return std::nullopt;
}

WriteOffAnswer write_off(Self self, const WriteOffRequest& request) {
  using enum WriteOffAnswer::Verdict;
  auto& state = self->state;
  auto& broker = *state.broker;
  const auto now = state.spec->clocks.now();
  if (broker.sharing() == nullptr) return {no_cluster, {}, {}, false};
  const auto member = member_named(state, request);
  if (!member) return {state.gone.contains(request.node) ? done : unknown, {}, {}, false};
  if (!state.names.contains(*member)) return {done, {}, {}, false};
  if (*member == state.self) return {itself, {}, {}, false};
  WriteOffAnswer answer;
  // Of one that goes in silence a person may know more: then it need not be found out.
  const auto how = broker.sharing()->going_of(*member);
  if (how == Going::no || how == Going::silent) {
    if (is_here(state, *member) || broker.sharing()->is_alive(*member))
      return {alive, {}, {}, false};
    if (state.write_offs.size() >= write_offs_known_max) state.write_offs.clear();
    if (!request.key.empty()) state.write_offs[request.key] = *member;
    log::warn("member is written off name={}", request.node);
    broker.write_off(*member);
    answer.is_new = true;
    pump(self);
  }
  for (const auto number : broker.sharing()->farewell_waits_for())
    answer.waits_for.push_back(state.names[number]);
  const auto ready_at = broker.written_off_at().value_or(now + broker.written_off_wait());
  answer.ready_in = std::chrono::ceil<Milliseconds>(std::max(ready_at - now, Nanoseconds{0}));
  return answer;
}

BrokerActor::behavior_type broker(Self self, BrokerSpec spec) {
  self->state.broker.emplace(spec.memory, SharingTimes{});
  self->state.spec = std::make_shared<BrokerSpec>(std::move(spec));
  self->delayed_send(self, tick_every, BrokerTick{});
  self->send(
    self->state.spec->cluster,
    PeersListened{{FrameKind::pair, FrameKind::book}, PeerListenerActor{self}});
  return {
    // Of quotas its first message says so, and its silence.
    [self](const PeerUp& up) { self->state.linked[up.hello.name] = up.hello.id; },
    [self](const PeerDown& down) { self->state.linked.erase(down.peer); },
    [self](const PeerHeard& said) { hear(self, said); },
    [](const ClusterTaken&) {}, // its record says so
    [self](const DocumentLogThere& there) { self->state.log = there.log; },
    [self](NodeLeaves) { self->state.broker->leave(); },
    [self](const WriteOffRequest& request) { return write_off(self, request); },
    [self](const RecordInForce& in_force) { take_record(self, in_force); },
    [self](const DirectoryInForce& in_force) { take_directory(self, *in_force.directory); },
    [self](const SharesSaid& said) {
      self->state.broker->said(said.stop, said.number, said.books, self->state.spec->clocks.now());
      pump(self);
    },
    [self](BrokerTick) { tick(self); },
  };
}

} // namespace
} // namespace broker_actor

BrokerActor spawn_broker(caf::actor_system& system, BrokerSpec spec) {
  return system.spawn(broker_actor::broker, std::move(spec));
}

} // namespace gateway
