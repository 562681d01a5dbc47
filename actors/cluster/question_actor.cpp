#include "actors/runtime/cast.hpp"
#include "net/base/log.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <map>
#include <memory>
#include <set>
#include <utility>

namespace gateway {
namespace question_actor {
namespace {

constexpr Milliseconds tick_every{100};
// Longer than anybody's patience.
constexpr std::chrono::seconds answer_max{60};

// What one PeersAsk waits for.
struct Round {
  caf::typed_response_promise<PeersTold> promise;
  PeersTold told;
  std::size_t missing = 0;
};

struct Questions {
  Questions() = default;
  static inline const char* name = "questions";

  QuestionSpec spec;
  std::unique_ptr<PeerQuestions> asked;
  std::map<PeerTopic, PeerAnswererActor> answerers;
  std::set<std::string> linked;
  struct Waiting {
    std::shared_ptr<Round> round;
    std::string peer;
  };
  std::map<std::uint64_t, Waiting> waiting; // by the question's number
  bool ticks = false;
};

using Self = QuestionActor::stateful_pointer<Questions>;

void carry_on(Self self);

Instant now(Self self) {
  return self->state.spec.clocks.now();
}

// Of a question that nobody here answers nothing is said: its asker's patience ends it.
void have_answered(Self self, PeerQuestions::Asked asked) {
  const auto answerer = self->state.answerers.find(asked.topic);
  if (answerer == self->state.answerers.end()) return;
  const auto& [peer, number] = std::pair{asked.peer, asked.number};
  self->request(answerer->second, answer_max, PeerQuestion{asked.topic, std::move(asked.question)})
    .then(
      [self, peer = peer, number = number](PeerAnswer& said) {
        if (!said.answer) return;
        self->state.asked->answer(peer, number, *std::move(said.answer), now(self));
        carry_on(self);
      },
      [peer = peer](const caf::error&) { log::warn("question not answered peer={}", peer); });
}

void take(Self self, PeerQuestions::Told told) {
  const auto at = self->state.waiting.find(told.number);
  if (at == self->state.waiting.end()) return;
  const auto [round, peer] = std::move(at->second);
  self->state.waiting.erase(at);
  if (told.answer) round->told.answers.emplace(peer, *std::move(told.answer));
  if (--round->missing == 0) round->promise.deliver(std::move(round->told));
}

void carry_out(Self self, PeerQuestions::Send& send) {
  self->send(
    self->state.spec.cluster, PeerSend{std::move(send.peer), send.kind, std::move(send.bytes)});
}
void carry_out(Self self, PeerQuestions::Asked& asked) {
  have_answered(self, std::move(asked));
}
void carry_out(Self self, PeerQuestions::Told& told) {
  take(self, std::move(told));
}

void carry_on(Self self) {
  for (auto& event : self->state.asked->take_events())
    std::visit([self](auto& one) { carry_out(self, one); }, event);
}

// While something is on its way.
void tick(Self self) {
  auto& state = self->state;
  state.asked->tick(now(self));
  carry_on(self);
  state.ticks = !state.asked->is_idle();
  if (state.ticks) self->delayed_send(self, tick_every, QuestionTick{});
}

void keep_ticking(Self self) {
  if (!std::exchange(self->state.ticks, true)) self->delayed_send(self, tick_every, QuestionTick{});
}

caf::result<PeersTold> ask(Self self, PeersAsk& wanted) {
  auto& state = self->state;
  const auto round = std::make_shared<Round>();
  round->promise = self->make_response_promise<PeersTold>();
  // One more, so that none of them ends the round before all are asked.
  round->missing = 1;
  for (auto& [peer, question] : wanted.questions) {
    if (!state.linked.contains(peer)) continue;
    ++round->missing;
    const auto number =
      state.asked->ask(peer, wanted.topic, std::move(question), wanted.patience, now(self));
    state.waiting.emplace(number, Questions::Waiting{round, peer});
  }
  carry_on(self);
  keep_ticking(self);
  if (--round->missing == 0) round->promise.deliver(std::move(round->told));
  return round->promise;
}

QuestionActor::behavior_type questions(Self self, QuestionSpec spec) {
  auto& state = self->state;
  state.spec = std::move(spec);
  state.asked = std::make_unique<PeerQuestions>(state.spec.first);
  self->link_to(state.spec.cluster);
  self->send(
    state.spec.cluster,
    PeersListened{{FrameKind::question, FrameKind::answer}, PeerListenerActor{self}});
  return {
    [self](const PeerUp& up) { self->state.linked.insert(up.hello.name); },
    [self](const PeerDown& down) {
      self->state.linked.erase(down.peer);
      self->state.asked->down(down.peer);
      carry_on(self);
    },
    [self](const PeerHeard& said) {
      self->state.asked->heard(said.peer, said.kind, said.bytes, now(self));
      carry_on(self);
      keep_ticking(self);
    },
    [](const ClusterTaken&) {},
    [self](const AnswererThere& there) {
      for (const auto topic : there.topics) self->state.answerers[topic] = there.answerer;
    },
    [self](PeersAsk& wanted) { return ask(self, wanted); },
    [self](QuestionTick) { tick(self); },
  };
}

} // namespace
} // namespace question_actor

QuestionActor spawn_questions(caf::actor_system& system, QuestionSpec spec) {
  return system.spawn(question_actor::questions, std::move(spec));
}

} // namespace gateway
