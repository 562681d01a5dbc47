#include "actors/runtime/cast.hpp"
#include "net/base/log.hpp"
#include "persistence/event_merge.hpp"
#include "persistence/request_talk.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <utility>

namespace gateway {
namespace peer_history_actor {
namespace {

constexpr std::chrono::seconds tick_every{10};
// Of the ticks: what a node has of third nodes, and closed days, are looked for so often.
constexpr int ticks_a_look = 6;
constexpr Milliseconds patience{30'000}; // whoever waits for a peer goes on without
// What is asked within this node has its own ends; this one is for a part of it that is gone.
constexpr std::chrono::seconds answer_max{60};

// One peer's figures on their way.
struct Sync {
  bool is_running = false;
  using Done = std::function<void(bool)>;
  std::vector<Done> waiting; // for the one that runs
  std::vector<Done> next;    // for one that begins after they asked
};

// A closed day that is somewhere else.
struct MissingDay {
  std::string peer; // who has it
  std::string id;   // whose it is
  Day day{};
  friend auto operator<=>(const MissingDay&, const MissingDay&) = default;
};

struct PeerHistory {
  PeerHistory() = default;
  static inline const char* name = "peer history";

  PeerHistorySpec spec;
  /// Ids of what they count, by name; empty: it did not say yet.
  std::map<std::string, std::string> linked;
  std::map<std::string, UsageMark> known; // how far, by id
  std::map<std::string, Sync> syncs;      // by name
  std::set<MissingDay> missing;
  bool is_fetching = false;
  int ticks = 0;
  // Those who wait for the figures of some peers, by a number.
  struct Round {
    caf::typed_response_promise<UsageSynced> promise;
    UsageSynced synced;
    std::size_t missing = 0;
  };
  std::map<std::uint64_t, Round> rounds;
  std::uint64_t rounds_made = 0;
};

using Self = PeerHistoryActor::stateful_pointer<PeerHistory>;

void start_sync(Self self, const std::string& peer);

// Asks one peer about usage; nothing where it does not answer in time.
void ask_peer(
  Self self,
  const std::string& peer,
  const UsageQuestion& question,
  std::function<void(std::optional<std::string>)> then) {
  PeersAsk asked{PeerTopic::usage, {{peer, encode_usage_question(question)}}, patience};
  self->request(self->state.spec.questions, answer_max, std::move(asked))
    .then(
      [then, peer](PeersTold& told) {
        const auto at = told.answers.find(peer);
        then(at == told.answers.end() ? std::nullopt : std::optional{std::move(at->second)});
      },
      [then](const caf::error&) { then(std::nullopt); });
}

// By what id that peer's own figures are known.
void name_source(Self self, const std::string& peer, const std::string& id) {
  const auto at = self->state.linked.find(peer);
  if (at != self->state.linked.end()) at->second = id;
}

// Gives rows to the history; false where they can't be read or kept.
void take_rows(
  Self self,
  const std::string& peer,
  const std::string& id,
  std::string rows,
  std::function<void(bool)> then) {
  self->request(self->state.spec.history, answer_max, UsageRowsHeard{std::move(rows), id})
    .then(
      [self, peer, id, then](UsageRowsTaken& taken) {
        const auto& source = taken.source;
        if (!source) log::warn("peer={} problem={}", peer, source.error().message);
        if (source) self->state.known[source->id] = source->mark;
        if (source && id.empty()) name_source(self, peer, source->id);
        then(static_cast<bool>(source));
      },
      [then](const caf::error&) { then(false); });
}

// Takes over what that peer, or whoever it heard of, counted since.
void fetch_rows(
  Self self, const std::string& peer, const std::string& id, std::function<void(bool)> then) {
  UsageQuestion question{UsageQuestion::About::rows, id};
  if (const auto at = self->state.known.find(id); at != self->state.known.end())
    question.since = at->second;
  ask_peer(self, peer, question, [self, peer, id, then](std::optional<std::string> rows) {
    if (!rows) return then(false);
    take_rows(self, peer, id, *std::move(rows), then);
  });
}

void end_sync(Self self, const std::string& peer, bool good) {
  auto& sync = self->state.syncs[peer];
  sync.is_running = false;
  for (const auto& done : std::exchange(sync.waiting, {})) done(good);
  if (!sync.next.empty()) start_sync(self, peer);
}

void start_sync(Self self, const std::string& peer) {
  auto& sync = self->state.syncs[peer];
  sync.is_running = true;
  sync.waiting = std::exchange(sync.next, {});
  const auto at = self->state.linked.find(peer);
  if (at == self->state.linked.end()) return end_sync(self, peer, false);
  fetch_rows(self, peer, at->second, [self, peer](bool good) { end_sync(self, peer, good); });
}

// What it counted up to this moment or later is here when `done` is called with true.
void sync_with(Self self, const std::string& peer, Sync::Done done) {
  auto& sync = self->state.syncs[peer];
  sync.next.push_back(std::move(done));
  if (!sync.is_running) start_sync(self, peer);
}

void sync_all(Self self) {
  for (const auto& [peer, id] : self->state.linked)
    if (!self->state.syncs[peer].is_running) sync_with(self, peer, [](bool) {});
}

void fetch_next_day(Self self) {
  auto& state = self->state;
  if (state.is_fetching || state.missing.empty()) return;
  state.is_fetching = true;
  const auto missing = *state.missing.begin();
  const auto over = [self, missing](const std::string& problem) {
    auto& later = self->state;
    later.is_fetching = false;
    later.missing.erase(missing);
    if (!problem.empty())
      log::warn(
        "closed day not taken peer={} day={} problem={}",
        missing.peer,
        day_text(missing.day),
        problem);
    fetch_next_day(self);
  };
  ask_peer(
    self,
    missing.peer,
    {UsageQuestion::About::day, missing.id, {}, missing.day},
    [self, missing, over](std::optional<std::string> text) {
      if (!text) return over("no answer");
      self
        ->request(
          self->state.spec.history,
          answer_max,
          UsageDayHeard{missing.id, missing.day, *std::move(text)})
        .then(
          [over](const UsageDayTaken& taken) { over(taken.problem); },
          [over](const caf::error&) { over("the history is gone"); });
    });
}

// What this node has of others, by id.
using Holdings = std::map<std::string, UsageHolding>;
void with_own_holdings(Self self, std::function<void(const Holdings&)> then) {
  self->request(self->state.spec.history, answer_max, UsageAskRequest{encode_usage_question({})})
    .then(
      [then](const UsageAskAnswer& said) {
        const auto read = decode_usage_holdings(said.answer.value_or(""));
        Holdings holdings;
        if (read)
          for (const auto& one : *read) holdings.emplace(one.source.id, one);
        then(holdings);
      },
      [](const caf::error&) {});
}

void look_for_days(Self self, const std::string& peer, const std::string& id) {
  const UsageQuestion question{UsageQuestion::About::days, id};
  ask_peer(self, peer, question, [self, peer, id, question](std::optional<std::string> said) {
    const auto there =
      said ? decode_usage_days(*said) : Result<std::vector<Day>>{std::vector<Day>{}};
    if (!there || there->empty()) return;
    self
      ->request(
        self->state.spec.history, answer_max, UsageAskRequest{encode_usage_question(question)})
      .then(
        [self, peer, id, days = *there](const UsageAskAnswer& own) {
          const auto here = decode_usage_days(own.answer.value_or(""));
          for (const auto day : days)
            if (!here || !std::ranges::binary_search(*here, day))
              self->state.missing.insert({peer, id, day});
          fetch_next_day(self);
        },
        [](const caf::error&) {});
  });
}

// A peer tells what it has: of itself and of others. What is newer there is taken over; of a node
// that is linked here, it says so itself.
void compare(Self self, const std::string& peer, const UsageHolding& there, const Holdings& here) {
  const auto& id = there.source.id;
  if (id == self->state.spec.id) return;
  const auto own = here.find(id);
  const bool is_newer = own == here.end() || own->second.source.mark < there.source.mark;
  const bool is_linked =
    std::ranges::any_of(self->state.linked, [&](const auto& one) { return one.second == id; });
  const bool has_more_days = there.days > 0
    && (own == here.end() || own->second.days != there.days
        || own->second.last_day != there.last_day);
  const auto days = [self, peer, id, has_more_days](bool) {
    if (has_more_days) look_for_days(self, peer, id);
  };
  if (is_newer && !is_linked)
    fetch_rows(self, peer, id, days);
  else
    days(true);
}

// What that peer has is asked; its own rows come first: a closed day belongs to somebody.
void look_at(Self self, const std::string& peer) {
  ask_peer(self, peer, {}, [self, peer](std::optional<std::string> said) {
    auto there = said ? decode_usage_holdings(*said) : fail(ErrorKind::internal, "");
    if (!there || there->empty()) return;
    name_source(self, peer, there->front().source.id);
    sync_with(self, peer, [self, peer, there = *std::move(there)](bool) {
      with_own_holdings(self, [self, peer, there](const Holdings& here) {
        for (const auto& one : there) compare(self, peer, one, here);
      });
    });
  });
}

void welcome(Self self, const Hello& hello) {
  self->state.linked[hello.name].clear();
  look_at(self, hello.name);
}

void tick(Self self) {
  auto& state = self->state;
  self->delayed_send(self, tick_every, PeerHistoryTick{});
  sync_all(self);
  if (++state.ticks % ticks_a_look != 0) return;
  for (const auto& [peer, id] : state.linked) look_at(self, peer);
}

void end_round(Self self, std::uint64_t number) {
  if (auto round = self->state.rounds.extract(number))
    round.mapped().promise.deliver(std::move(round.mapped().synced));
}

void one_less(Self self, std::uint64_t number) {
  const auto at = self->state.rounds.find(number);
  if (at != self->state.rounds.end() && --at->second.missing == 0) end_round(self, number);
}

caf::result<UsageSynced> sync(Self self, const UsageSyncRequest& wanted) {
  auto& state = self->state;
  const auto number = ++state.rounds_made;
  const auto promise = self->make_response_promise<UsageSynced>();
  // One more than are asked, until all of them are.
  state.rounds.emplace(number, PeerHistory::Round{promise, {}, 1});
  std::vector<std::string> peers = wanted.peers;
  if (peers.empty())
    for (const auto& [peer, id] : state.linked) peers.push_back(peer);
  for (const auto& peer : peers) {
    if (!state.linked.contains(peer)) continue;
    ++state.rounds[number].missing;
    sync_with(self, peer, [self, number, peer](bool good) {
      const auto at = self->state.rounds.find(number);
      if (good && at != self->state.rounds.end()) at->second.synced.peers.push_back(peer);
      one_less(self, number);
    });
  }
  one_less(self, number);
  if (state.rounds.contains(number))
    self->delayed_send(self, wanted.patience, PeerHistoryTick{number});
  return promise;
}

// Asks one of this node's own, and answers the peer with the bytes of what it said.
template <class Answer, class Actor, class Question, class Encode>
caf::result<PeerAnswer> answer_by(Self self, const Actor& actor, Question question, Encode encode) {
  auto promise = self->make_response_promise<PeerAnswer>();
  self->request(actor, answer_max, std::move(question))
    .then(
      [promise, encode](const Answer& said) mutable { promise.deliver(PeerAnswer{encode(said)}); },
      [promise](const caf::error&) mutable { promise.deliver(PeerAnswer{}); });
  return promise;
}

using Encoded = std::optional<std::string>;

caf::result<PeerAnswer> answer(Self self, PeerQuestion& asked) {
  const auto& spec = self->state.spec;
  switch (asked.topic) {
  case PeerTopic::usage:
    return answer_by<UsageAskAnswer>(
      self,
      spec.history,
      UsageAskRequest{std::move(asked.question)},
      [](const UsageAskAnswer& said) { return said.answer; });
  case PeerTopic::request_page: {
    auto wanted = decode_page_question(asked.question);
    if (!wanted) break;
    return answer_by<RequestsAnswer>(
      self, spec.ledger, RequestsRequest{*std::move(wanted)}, [](const RequestsAnswer& said) {
        return said.page ? Encoded{encode_page(*said.page)} : Encoded{};
      });
  }
  case PeerTopic::request_histogram: {
    auto wanted = decode_histogram_question(asked.question);
    if (!wanted) break;
    return answer_by<HistogramAnswer>(
      self,
      spec.ledger,
      HistogramRequest{std::move(wanted->query), wanted->grid},
      [](const HistogramAnswer& said) {
        return said.histogram ? Encoded{encode_histogram(*said.histogram)} : Encoded{};
      });
  }
  case PeerTopic::events: {
    auto query = decode_event_query(asked.question);
    if (!query) break;
    return answer_by<EventsAnswer>(
      self, spec.events, EventsRequest{*std::move(query)}, [](const EventsAnswer& said) {
        return said.problem.empty() ? Encoded{encode_events({said.page, said.count})} : Encoded{};
      });
  }
  case PeerTopic::request_found:
    return answer_by<FindAnswer>(
      self, spec.ledger, FindRequest{std::move(asked.question)}, [](const FindAnswer& said) {
        return said.record ? Encoded{encode_found({*said.record, said.trace})} : Encoded{};
      });
  case PeerTopic::live:
  case PeerTopic::rows:
  case PeerTopic::admins:
  case PeerTopic::session_ended: break; // others answer these
  }
  return PeerAnswer{};
}

PeerHistoryActor::behavior_type peer_history(Self self, PeerHistorySpec spec) {
  auto& state = self->state;
  state.spec = std::move(spec);
  self->link_to(state.spec.cluster);
  const std::vector topics{
    PeerTopic::usage,
    PeerTopic::request_page,
    PeerTopic::request_histogram,
    PeerTopic::request_found,
    PeerTopic::events};
  self->send(state.spec.questions, AnswererThere{topics, PeerAnswererActor{self}});
  // How far others are known from before, then who is there.
  with_own_holdings(self, [self](const Holdings& here) {
    for (const auto& [id, holding] : here) self->state.known[id] = holding.source.mark;
    self->send(self->state.spec.cluster, PeersListened{{}, PeerListenerActor{self}});
    self->delayed_send(self, tick_every, PeerHistoryTick{});
  });
  return {
    [self](const PeerUp& up) { welcome(self, up.hello); },
    [self](const PeerDown& down) { self->state.linked.erase(down.peer); },
    [](const PeerHeard&) {},
    [](const ClusterTaken&) {},
    [self](PeerQuestion& asked) { return answer(self, asked); },
    [self](const UsageSyncRequest& wanted) { return sync(self, wanted); },
    [self](PeerHistoryTick of) { of.round == 0 ? tick(self) : end_round(self, of.round); },
  };
}

} // namespace
} // namespace peer_history_actor

PeerHistoryActor spawn_peer_history(caf::actor_system& system, PeerHistorySpec spec) {
  return system.spawn(peer_history_actor::peer_history, std::move(spec));
}

} // namespace gateway
