#include "actors/dashboard/broadcaster.hpp"
#include "actors/runtime/cast.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <utility>

namespace gateway {
namespace {

constexpr Milliseconds tick_every{250};
// While nobody listens.
constexpr int ticks_a_look = 4;
// Whoever does not answer a look keeps what he said before.
constexpr std::chrono::seconds answer_max{2};
// Another node that stands still is not waited for longer by those who look at all of them.
constexpr Milliseconds other_patience{400};
// So long after another node asked, this one is looked at as if it was watched here.
constexpr std::chrono::seconds asked_for{2};
// A look so long ago is as good as a new one for other nodes, however many ask.
constexpr Milliseconds look_is_fresh{100};
// There may be a budget a key: once all are known they are asked in turn, so many at a look.
constexpr std::size_t budgets_a_look = 100;

struct Dashboard {
  Dashboard() = default;
  static inline const char* name = "dashboard";

  std::shared_ptr<DashboardSpec> spec;
  std::shared_ptr<Broadcaster> broadcaster;
  std::shared_ptr<const Directory> directory;
  std::size_t missing = 0;     // answers to the look under way
  std::size_t next_budget = 0; // among the directory's stops
  Instant tick_due{};
  int ticks = 0;
  std::uint64_t begins_told = 0;
  RowsWanted rows_wished = RowsWanted::none;
  bool turns = false; // a turn waits for a look already
  bool asks = false;  // other nodes are being asked
  Instant asked_until{};
  Instant looked_at{};
  using Waiting = std::vector<std::function<void()>>;
  Waiting waiting; // for the look under way
  Waiting next;    // for one that begins after what they know of
};

using Self = DashboardActor::stateful_pointer<Dashboard>;

void look(Self self);

WallTime now(Self self) {
  return self->state.spec->clocks.wall();
}

Broadcaster::Moment moment(Self self) {
  const auto& clocks = self->state.spec->clocks;
  return {clocks.now(), clocks.wall()};
}

LiveView& view(Self self) {
  return self->state.broadcaster->change();
}

void end_look(Self self) {
  auto& state = self->state;
  view(self).saw(state.spec->use(), now(self));
  state.looked_at = state.spec->clocks.now();
  for (const auto& go_on : std::exchange(state.waiting, {})) go_on();
  if (!state.next.empty()) look(self);
}

// Who is asked in a look: all providers and pools, and of the budgets those nobody knows yet and
// some others.
std::vector<StopActor> asked_now(Dashboard& state) {
  const auto& names = state.directory->plan->stops;
  const auto& view = state.broadcaster->view();
  std::vector<StopActor> asked;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto& name = names[i];
    const bool is_new = name.starts_with("budget/") && !view.knows_budget(name);
    if (is_new || name.starts_with("provider/") || name.starts_with("pool/"))
      asked.push_back(state.directory->stops[i]);
  }
  std::size_t budgets = 0;
  for (std::size_t seen = 0; seen < names.size() && budgets < budgets_a_look; ++seen) {
    state.next_budget = (state.next_budget + 1) % names.size();
    const auto& name = names[state.next_budget];
    if (!name.starts_with("budget/") || !view.knows_budget(name)) continue;
    asked.push_back(state.directory->stops[state.next_budget]);
    ++budgets;
  }
  return asked;
}

// Tells the ledger which requests somebody wants to see one by one: it keeps no others.
void wish_rows(Self self) {
  auto& state = self->state;
  const auto wanted = state.broadcaster->rows_wanted(state.spec->clocks.now());
  if (std::exchange(state.rows_wished, wanted) != wanted)
    self->send(state.spec->ledger, RowsWished{wanted});
}

// Asks how everybody is. Nothing is asked while an earlier look is under way.
void look(Self self) {
  auto& state = self->state;
  if (state.missing > 0) return;
  state.waiting = std::exchange(state.next, {});
  const auto answered = [self] {
    if (--self->state.missing == 0) end_look(self);
  };
  const auto unanswered = [answered](const caf::error&) { answered(); };
  const auto asked = asked_now(state);
  state.missing = asked.size() + 2;
  wish_rows(self);
  self->request(state.spec->ledger, answer_max, EndedLookRequest{})
    .then(
      [self, answered](const EndedLookAnswer& answer) {
        self->state.broadcaster->ended(answer.ended, moment(self));
        answered();
      },
      unanswered);
  self->request(state.spec->cluster, answer_max, ClusterRequest{})
    .then(
      [self, answered](ClusterAnswer& answer) {
        view(self).saw(std::move(answer.state), now(self));
        answered();
      },
      unanswered);
  for (const auto& stop : asked)
    self->request(stop, answer_max, StateRequest{})
      .then(
        [self, answered](StateAnswer& answer) {
          view(self).saw(std::move(answer.provider), now(self));
          answered();
        },
        unanswered);
}

// Runs `then` after a look that begins now or later.
void look_and(Self self, std::function<void()> then) {
  self->state.next.push_back(std::move(then));
  look(self);
}

// Asks the other nodes how they are; `then` in any case.
void ask_others(Self self, std::function<void()> then) {
  auto& state = self->state;
  PeersAsk asked;
  asked.topic = PeerTopic::live;
  asked.patience = other_patience;
  const auto& view_of_all = state.broadcaster->view();
  for (const auto& node : view_of_all.linked())
    asked.questions.emplace(node, encode_report_mark(view_of_all.mark_of(node, now(self))));
  if (!state.spec->questions || asked.questions.empty()) return then();
  self->request(state.spec->questions, answer_max, std::move(asked))
    .then(
      [self, then](const PeersTold& told) {
        for (const auto& [node, bytes] : told.answers)
          if (const auto changes = decode_report(bytes))
            view(self).heard(node, *changes, now(self));
        then();
      },
      [then](const caf::error&) { then(); });
}

ViewAnswer show(Self self, const ViewRequest& request) {
  using Part = ViewRequest::Part;
  const auto& shown = self->state.broadcaster->view();
  ViewAnswer answer;
  answer.nodes = shown.merged(now(self));
  if (request.part == Part::cluster) {
    answer.json = shown.cluster_json(now(self));
  } else if (request.part == Part::providers) {
    answer.json = shown.providers_json(request.page, now(self));
  } else if (request.part == Part::budgets) {
    answer.json = shown.budgets_json(request.page, now(self));
  } else {
    auto provider = shown.provider_json(request.id, now(self));
    answer.known = provider.has_value();
    if (provider) answer.json = *std::move(provider);
  }
  return answer;
}

// How this node is, to another one that knows as much as it says.
caf::result<PeerAnswer> tell_other(Self self, const PeerQuestion& asked) {
  const auto mark = decode_report_mark(asked.question);
  if (!mark) return PeerAnswer{};
  auto& state = self->state;
  const auto at = state.spec->clocks.now();
  state.asked_until = at + asked_for;
  const auto report = [self, mark = *mark] {
    return PeerAnswer{view(self).report(mark, now(self))};
  };
  if (at - state.looked_at < look_is_fresh) return report();
  auto promise = self->make_response_promise<PeerAnswer>();
  look_and(self, [promise, report]() mutable { promise.deliver(report()); });
  return promise;
}

void publish(Self self, LiveNotice notice) {
  auto& state = self->state;
  const bool begins = notice.begins > state.begins_told;
  if (notice.events.empty() && !begins) return;
  state.begins_told = std::max(state.begins_told, notice.begins);
  state.spec->publish(std::make_shared<const LiveNotice>(std::move(notice)));
}

void tick(Self self) {
  auto& state = self->state;
  const auto at = state.spec->clocks.now();
  // By the clock, not by the last tick, which was a little late as well.
  state.tick_due = std::max(state.tick_due + tick_every, at);
  self->delayed_send(self, state.tick_due - at, DashboardTick{});
  const bool is_watched = state.broadcaster->anybody(at);
  if (!is_watched && at >= state.asked_until && state.ticks++ % ticks_a_look != 0) return;
  // Nobody else's figures are wanted for another node's sake.
  if (is_watched && !std::exchange(state.asks, true))
    ask_others(self, [self] { self->state.asks = false; });
  if (std::exchange(state.turns, true)) return; // somebody takes his time
  look_and(self, [self] {
    self->state.turns = false;
    publish(self, self->state.broadcaster->turn(moment(self)));
  });
}

StreamOpenAnswer open_now(Self self, const StreamOpenRequest& request) {
  LiveNotice notice;
  auto opened =
    self->state.broadcaster->open(*request.topics, request.before, moment(self), notice);
  wish_rows(self); // before the answer: what ends behind it is told
  publish(self, std::move(notice));
  return {std::move(opened)};
}

// A snapshot has all nodes: where nobody watched before, they are asked first.
caf::result<StreamOpenAnswer> open(Self self, const StreamOpenRequest& request) {
  const auto& shown = self->state.broadcaster->view();
  if (shown.merged(now(self)).size() == shown.linked().size()) return open_now(self, request);
  auto promise = self->make_response_promise<StreamOpenAnswer>();
  ask_others(
    self, [self, promise, request]() mutable { promise.deliver(open_now(self, request)); });
  return promise;
}

StreamOpenAnswer begin_anew(Self self) {
  LiveNotice notice;
  auto opened = self->state.broadcaster->begin_anew(moment(self), notice);
  publish(self, std::move(notice));
  return {std::move(opened)};
}

// Who made the version, and why, stands in its history; where that can't be read now, that it is in
// force is told all the same. Before that all are looked at: whoever hears of the version asks for
// a snapshot, which must have what is new.
void tell_version(Self self, std::uint64_t version) {
  const VersionNote bare{version, milliseconds_since_epoch(now(self)), "", "", "", {}};
  const auto tell = [self](const VersionNote& note) {
    look_and(self, [self, note] { self->state.broadcaster->in_force(note); });
  };
  self->request(self->state.spec->config, answer_max, ConfigHistoryRequest{version + 1, 1})
    .then(
      [tell, bare](const ConfigHistoryAnswer& history) {
        const auto& items = history.items;
        tell(items.empty() || items[0].version != bare.version ? bare : items[0]);
      },
      [tell, bare](const caf::error&) { tell(bare); });
}

void take_version(Self self, std::shared_ptr<const Directory> directory) {
  auto& state = self->state;
  state.directory = std::move(directory);
  view(self).configured(state.directory->plan);
  tell_version(self, state.directory->plan->document->version);
}

DashboardActor::behavior_type dashboard(Self self, std::shared_ptr<DashboardSpec> spec) {
  auto& state = self->state;
  state.broadcaster = std::make_shared<Broadcaster>(LiveView{std::move(spec->own), spec->past});
  state.directory = std::move(spec->directory);
  view(self).configured(state.directory->plan);
  state.spec = std::move(spec);
  if (state.spec->questions)
    self->send(state.spec->questions, AnswererThere{{PeerTopic::live}, PeerAnswererActor{self}});
  self->send(self, DashboardTick{});
  return {
    [self](const DirectoryInForce& now_in_force) { take_version(self, now_in_force.directory); },
    [self](DashboardTick) { tick(self); },
    [self](const PeerQuestion& asked) { return tell_other(self, asked); },
    [self](ViewRequest& request) {
      auto promise = self->make_response_promise<ViewAnswer>();
      const auto shown = [self, promise, request = std::move(request)]() mutable {
        promise.deliver(show(self, request));
      };
      // This node's own look says who is there.
      look_and(self, [self, shown] { ask_others(self, shown); });
      return promise;
    },
    [self](const StreamOpenRequest& request) { return open(self, request); },
    [self](SnapshotRequest) { return begin_anew(self); },
    [self](const StreamClosed& closed) {
      self->state.broadcaster->close(*closed.topics, moment(self));
    },
  };
}

} // namespace

DashboardActor spawn_dashboard(caf::actor_system& system, DashboardSpec spec) {
  return system.spawn<caf::detached>(dashboard, std::make_shared<DashboardSpec>(std::move(spec)));
}

} // namespace gateway
