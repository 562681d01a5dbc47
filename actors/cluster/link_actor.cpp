#include "actors/cluster/wire.hpp"
#include "actors/runtime/cast.hpp"
#include "actors/runtime/peer_network.hpp"
#include "net/base/log.hpp"

#include <caf/io/middleman_actor.hpp>
#include <caf/openssl/manager.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <set>
#include <utility>

namespace gateway {
namespace link_actor {
namespace {

constexpr std::chrono::seconds answer_max{2}; // of another actor, here or there
constexpr std::chrono::seconds connect_max{10};
constexpr std::chrono::seconds look_max{60};
constexpr Milliseconds look_after_connecting_every{25};
constexpr Milliseconds ping_every{500};
constexpr Milliseconds silent_most{2'000};
// Two that found each other at once: the one whose turn it is not waits for the other's call.
constexpr Milliseconds other_turn{300};

struct Link {
  Link() = default;
  static inline const char* name = "link";

  enum class Stage : std::uint8_t { beginning, connecting, greeting, up };

  LinkSpec spec;
  Stage stage = Stage::beginning;
  caf::node_id process;
  std::string address; // of it, an IP address
  PeerLinkActor peer;
  LinkFlow flow;
  Hello own;
  std::uint64_t pings = 0;
  Instant pinged_at{};
  Instant heard_at{};
  Instant ticked_at{};
};

using Self = LinkActor::stateful_pointer<Link>;

Instant now(Self self) {
  return self->state.spec.clocks.now();
}

void end(Self self, std::string why, bool was_refused = false) {
  self->send(
    self->state.spec.cluster, LinkEnded{self->state.spec.number, std::move(why), was_refused});
  self->quit();
}

// What comes behind it in CAF's buffers must not be heard any more.
void cut(Self self, std::string why) {
  drop_connection(self->system(), self->state.process);
  end(self, std::move(why), true);
}

// -- while it is up --

void send_frame(Self self, FrameKind kind, std::uint64_t number, std::string bytes) {
  LinkFrame1 frame{static_cast<std::uint8_t>(kind), number, std::move(bytes)};
  if (kind == FrameKind::ping || kind == FrameKind::pong)
    self->send<caf::message_priority::high>(self->state.peer, std::move(frame));
  else
    self->send(self->state.peer, std::move(frame));
}

std::string word_of_heard(LinkFlow& flow) {
  WireWriter writer;
  writer.number(flow.tell_heard());
  return writer.take();
}

void pump(Self self) {
  while (auto frame = self->state.flow.take())
    send_frame(self, frame->kind, frame->number, std::move(frame->bytes));
}

void ping(Self self) {
  auto& state = self->state;
  state.pinged_at = now(self);
  send_frame(self, FrameKind::ping, ++state.pings, word_of_heard(state.flow));
}

// False: the peer does not keep to the protocol.
bool hear_of_link(Self self, const LinkFrame1& frame) {
  auto& state = self->state;
  WireReader reader{frame.bytes};
  const auto heard = reader.number();
  if (!reader.at_end() || !state.flow.acknowledged(heard)) return false;
  const auto kind = static_cast<FrameKind>(frame.kind);
  if (kind == FrameKind::ping)
    send_frame(self, FrameKind::pong, frame.number, word_of_heard(state.flow));
  if (kind == FrameKind::pong && frame.number == state.pings)
    self->send(
      state.spec.cluster,
      LinkMeasured{state.spec.number, now(self) - state.pinged_at, state.flow.dropped()});
  pump(self);
  return true;
}

bool hear_data(Self self, LinkFrame1& frame) {
  auto& state = self->state;
  if (frame.bytes.size() > frame_bytes_max || !state.flow.heard(frame.number)) return false;
  self->send(
    state.spec.cluster,
    LinkHeard{state.spec.number, static_cast<FrameKind>(frame.kind), std::move(frame.bytes)});
  if (state.flow.owes_word())
    send_frame(self, FrameKind::acknowledged, 0, word_of_heard(state.flow));
  return true;
}

void hear(Self self, LinkFrame1& frame) {
  auto& state = self->state;
  // Whoever holds a certificate of the cluster can send to any actor; only one is the other end.
  if (!state.peer || self->current_sender() != caf::actor_cast<caf::strong_actor_ptr>(state.peer))
    return;
  state.heard_at = now(self);
  if (state.stage == Link::Stage::greeting) {
    state.stage = Link::Stage::up;
    self->send(state.spec.cluster, LinkUp{state.spec.number});
  }
  const auto bytes = frame.bytes.size();
  const auto kind = frame.kind;
  const bool good =
    is_of_link(static_cast<FrameKind>(kind)) ? hear_of_link(self, frame) : hear_data(self, frame);
  if (!good)
    cut(
      self,
      fmt::format("it sent what no node sends (a frame of kind {} with {} bytes)", kind, bytes));
}

void tick_talk(Self self) {
  auto& state = self->state;
  const auto at = now(self);
  // A process that was stopped has not listened; what came meanwhile is behind this in the queue.
  if (at - state.ticked_at > silent_most / 2)
    state.heard_at = std::max(state.heard_at, at - silent_most / 2);
  state.ticked_at = at;
  if (at - state.heard_at > silent_most) {
    drop_connection(self->system(), state.process);
    return end(self, "nothing came from it for 2 seconds");
  }
  ping(self);
  self->delayed_send(self, ping_every, LinkTick{LinkTick::For::talk});
}

// The other end is known: from here on frames go and come.
void begin_talk(Self self, const caf::actor& peer) {
  auto& state = self->state;
  state.peer = caf::actor_cast<PeerLinkActor>(peer);
  state.process = state.peer.node();
  state.heard_at = state.ticked_at = now(self);
  state.stage = Link::Stage::greeting; // up with the first frame that comes
  self->monitor(state.peer);
  ping(self);
  self->delayed_send(self, ping_every, LinkTick{LinkTick::For::talk});
}

// -- before that --

void hear_greeting(Self self, HelloAnswer1& answer) {
  auto greeting = decode_greeting(answer.greeting);
  if (!greeting) return cut(self, greeting.error().message);
  if (auto* refusal = std::get_if<LinkRefusal>(&*greeting)) {
    // Linked already: by the very connection that this one came through.
    if (refusal->reason == LinkRefusal::Reason::linked_already)
      return end(self, std::move(refusal->text), true);
    if (refusal->reason == LinkRefusal::Reason::removed)
      self->send(self->state.spec.cluster, RemovalHeard{refusal->cluster});
    return cut(self, std::move(refusal->text));
  }
  if (!answer.link || answer.link.node() != self->state.process)
    return cut(self, "its answer to the hello has no other end");
  GreetingHeard heard{
    self->state.spec.number, std::get<Hello>(*std::move(greeting)), self->state.process};
  if (heard.hello.address.host.empty()) heard.hello.address.host = self->state.address;
  self->request(self->state.spec.cluster, answer_max, std::move(heard))
    .then(
      [self, link = answer.link](GreetingVerdict& verdict) {
        if (!verdict.refusal) return begin_talk(self, link);
        const bool is_linked = verdict.refusal->reason == LinkRefusal::Reason::linked_already;
        return is_linked ? end(self, std::move(verdict.refusal->text), true)
                         : cut(self, std::move(verdict.refusal->text));
      },
      [self](const caf::error&) { end(self, "this node stops"); });
}

void say_hello(Self self, const LinkDoorActor& door) {
  auto& state = self->state;
  state.stage = Link::Stage::greeting;
  HelloRequest1 hello{encode(state.own), caf::actor_cast<caf::actor>(self)};
  self->request(door, answer_max, std::move(hello))
    .then(
      [self](HelloAnswer1& answer) { hear_greeting(self, answer); },
      [self](const caf::error&) {
        drop_connection(self->system(), self->state.process);
        end(self, "it does not answer to a hello");
      });
}

void connect(Self self) {
  auto& state = self->state;
  state.stage = Link::Stage::connecting;
  self->send(self, LinkTick{LinkTick::For::connection});
  auto& network = self->system().openssl_manager();
  self
    ->request(
      network.actor_handle(),
      connect_max,
      caf::connect_atom_v,
      state.address,
      state.spec.place->port)
    .then(
      [self](
        const caf::node_id& process,
        const caf::strong_actor_ptr& door,
        const std::set<std::string>& signatures) {
        self->state.process = process;
        const auto wanted = self->system().message_types(caf::detail::type_list<LinkDoorActor>{});
        if (!door || !self->system().assignable(signatures, wanted))
          return cut(self, "is no cluster port of an LLM gateway");
        say_hello(self, caf::actor_cast<LinkDoorActor>(door));
      },
      [self](const caf::error& error) {
        end(self, "no connection: " + self->system().render(error));
      });
}

void ask_what_now(Self self, bool has_waited) {
  auto& state = self->state;
  self->request(state.spec.cluster, answer_max, PlaceFound{state.spec.number, state.process})
    .then(
      [self, has_waited](PlaceVerdict& verdict) {
        self->state.own = std::move(verdict.own);
        if (verdict.choice == PlaceChoice::leave) return self->quit();
        if (verdict.choice == PlaceChoice::connect || has_waited) return connect(self);
        self->delayed_send(self, other_turn, LinkTick{LinkTick::For::turn});
      },
      [self](const caf::error&) { end(self, "this node stops"); });
}

void look(Self self) {
  auto& state = self->state;
  const auto helper = spawn_look(self->system(), {state.spec.tls});
  self->request(helper, look_max, ProbeRequest{*state.spec.place})
    .then(
      [self](ProbeAnswer& answer) {
        if (!answer.found) return end(self, std::move(answer.found.error().message));
        auto process = process_behind(self->system(), answer.found->said);
        if (!process)
          return end(self, text_of(*self->state.spec.place) + " " + process.error().message, true);
        self->state.process = *process;
        self->state.address = std::move(answer.found->address);
        ask_what_now(self, false);
      },
      [self](const caf::error&) { end(self, "nobody could look at its port"); });
}

void tick(Self self, LinkTick::For what) {
  switch (what) {
  case LinkTick::For::turn: return ask_what_now(self, true);
  case LinkTick::For::connection:
    if (self->state.stage != Link::Stage::connecting) return;
    be_patient_with_new_connections(self->system());
    self->delayed_send(self, look_after_connecting_every, LinkTick{what});
    return;
  case LinkTick::For::talk: return tick_talk(self);
  }
}

LinkActor::behavior_type link(Self self, LinkSpec spec) {
  auto& state = self->state;
  state.spec = std::move(spec);
  self->set_down_handler([self](const caf::down_msg&) { end(self, "the connection was closed"); });
  // A message of another release, or of somebody who tries.
  self->set_default_handler(caf::drop);
  if (state.spec.accepted)
    begin_talk(self, state.spec.accepted);
  else
    look(self);
  return {
    [self](LinkFrame1& frame) { hear(self, frame); },
    [self](LinkSend& order) {
      self->state.flow.offer(order.kind, std::move(order.bytes));
      pump(self);
    },
    [self](LinkEnd& order) { end(self, std::move(order.why)); },
    [self](LinkTick due) { tick(self, due.what); },
  };
}

} // namespace
} // namespace link_actor

LinkActor spawn_link(caf::actor_system& system, LinkSpec spec) {
  return system.spawn(link_actor::link, std::move(spec));
}

} // namespace gateway
