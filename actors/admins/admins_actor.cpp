#include "actors/admins/admins.hpp"
#include "actors/admins/admins_talk.hpp"
#include "actors/runtime/cast.hpp"
#include "net/base/log.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <optional>
#include <set>
#include <utility>

namespace gateway {
namespace admins_actor {
namespace {

struct AdminsState {
  AdminsState() = default;
  static inline const char* name = "admins";

  EventsActor events;
  Clocks clocks;
  std::optional<Admins> admins;
  bool ticking = false;
  // Of other nodes.
  QuestionActor questions;
  Secret session_secret; // what they are told
  std::string own_key_hash;
  std::set<std::string> linked;
  std::set<std::string> unknown; // of them
  bool asking = false;
};

constexpr Milliseconds patience{2'000};
// Longer than anybody's patience.
constexpr std::chrono::seconds answer_max{10};

using Self = AdminsActor::stateful_pointer<AdminsState>;

// Tells the audit log of refused sign-ins, now or when it is time.
void tell_refused(Self self) {
  auto& state = self->state;
  const auto now = state.clocks.now();
  if (auto sum = state.admins->refused().take_due(now)) {
    EventRecord event;
    event.kind = EventKind::sign_in_refused;
    event.text = std::move(sum->text);
    event.client = std::move(sum->client);
    caf::anon_send(state.events, EventHappened{std::move(event), 0});
  }
  const auto due = state.admins->refused().due();
  if (!due || state.ticking) return;
  state.ticking = true;
  self->delayed_send(self, *due - now, AdminsTick{});
}

CallerAnswer who_is(Self self, const CallerRequest& request) {
  auto& state = self->state;
  const bool by_key = !request.key.empty();
  auto found = by_key
    ? state.admins->by_key(request.key.reveal(), request.client, *request.keys, state.clocks.now())
    : state.admins->by_session(request.session.reveal(), *request.keys, state.clocks.wall());
  if (found) return {*std::move(found), {}};
  tell_refused(self);
  return {std::nullopt, std::move(found.error())};
}

SignInAnswer sign_in(Self self, const SignInRequest& request) {
  auto& state = self->state;
  auto made = state.admins->sign_in(
    request.token.reveal(),
    request.client,
    *request.keys,
    {state.clocks.now(), state.clocks.wall()});
  if (made) return {std::move(made->caller), Secret{std::move(made->token)}, {}};
  tell_refused(self);
  return {std::nullopt, {}, std::move(made.error())};
}

void learn(Self self, const PeersTold& told) {
  auto& state = self->state;
  for (const auto& [node, bytes] : told.answers) {
    auto said = decode_admins(bytes);
    if (!said) {
      log::warn("peer={} problem={}", node, said.error().message);
      continue;
    }
    state.unknown.erase(node);
    state.admins->trust(node, std::move(said->session_secret), std::move(said->own_key_hash));
    for (auto& session : said->ended)
      state.admins->end_session(std::move(session), state.clocks.wall());
  }
}

// Asks those whose admins are not known yet, until they are or gone.
void ask_unknown(Self self) {
  auto& state = self->state;
  if (state.unknown.empty() || std::exchange(state.asking, true)) return;
  PeersAsk asked;
  asked.topic = PeerTopic::admins;
  asked.patience = patience;
  for (const auto& node : state.unknown) asked.questions.emplace(node, "");
  const auto again = [self] {
    self->state.asking = false;
    if (!self->state.unknown.empty()) self->delayed_send(self, patience, AdminsTick{true});
  };
  self->request(state.questions, answer_max, std::move(asked))
    .then(
      [self, again](const PeersTold& told) {
        learn(self, told);
        again();
      },
      [again](const caf::error&) { again(); });
}

PeerAnswer tell(Self self, const PeerQuestion& asked) {
  auto& state = self->state;
  if (asked.topic == PeerTopic::admins)
    return {encode_admins(
      {state.session_secret, state.own_key_hash, state.admins->ended(state.clocks.wall())})};
  auto session = decode_ended_session(asked.question);
  if (!session) return {};
  state.admins->end_session(*std::move(session), state.clocks.wall());
  return {""};
}

// Answers when all nodes that are there know of it.
caf::result<SignOutAnswer> sign_out(Self self, const SignOutRequest& request) {
  auto& state = self->state;
  state.admins->end_session(request.session, state.clocks.wall());
  if (state.linked.empty()) return SignOutAnswer{};
  PeersAsk asked;
  asked.topic = PeerTopic::session_ended;
  asked.patience = patience;
  for (const auto& node : state.linked)
    asked.questions.emplace(node, encode_ended_session(request.session));
  auto promise = self->make_response_promise<SignOutAnswer>();
  self->request(state.questions, answer_max, std::move(asked))
    .then(
      [promise](const PeersTold&) mutable { promise.deliver(SignOutAnswer{}); },
      [promise](const caf::error&) mutable { promise.deliver(SignOutAnswer{}); });
  return promise;
}

AdminsActor::behavior_type admins(Self self, AdminsSpec spec) {
  auto& state = self->state;
  state.questions = std::move(spec.questions);
  state.session_secret = spec.secrets.session_secret;
  state.own_key_hash = spec.secrets.own_key_hash;
  if (state.questions) {
    const std::vector topics{PeerTopic::admins, PeerTopic::session_ended};
    self->send(state.questions, AnswererThere{topics, PeerAnswererActor{self}});
    self->send(spec.cluster, PeersListened{{}, PeerListenerActor{self}});
  }
  state.events = std::move(spec.events);
  state.clocks = std::move(spec.clocks);
  state.admins.emplace(std::move(spec.secrets), state.clocks.now());
  for (auto& ended : spec.ended) state.admins->end_session(std::move(ended), state.clocks.wall());
  return {
    [self](const CallerRequest& request) { return who_is(self, request); },
    [self](const SignInRequest& request) { return sign_in(self, request); },
    [self](const SignOutRequest& request) { return sign_out(self, request); },
    [self](const PeerUp& up) {
      self->state.linked.insert(up.hello.name);
      self->state.unknown.insert(up.hello.name);
      ask_unknown(self);
    },
    [self](const PeerDown& down) {
      self->state.linked.erase(down.peer);
      if (down.for_good) self->state.admins->distrust(down.peer);
      self->state.unknown.erase(down.peer);
    },
    [](const PeerHeard&) {},
    [](const ClusterTaken&) {},
    [self](const PeerQuestion& asked) { return tell(self, asked); },
    [self](AdminsTick of) {
      if (of.asks) return ask_unknown(self);
      self->state.ticking = false;
      tell_refused(self);
    },
  };
}

} // namespace
} // namespace admins_actor

AdminsActor spawn_admins(caf::actor_system& system, AdminsSpec spec) {
  return system.spawn(admins_actor::admins, std::move(spec));
}

} // namespace gateway
