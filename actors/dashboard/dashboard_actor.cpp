#include "actors/dashboard/broadcasters.hpp"
#include "actors/dashboard/recent_rows.hpp"
#include "actors/runtime/cast.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <utility>

namespace gateway {
namespace dashboard_actor {
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
  std::shared_ptr<Broadcasters> broadcasters;
  std::shared_ptr<const Directory> directory;
  std::size_t missing = 0;     // answers to the look under way
  std::size_t next_budget = 0; // among the directory's stops
  Instant tick_due{};
  int ticks = 0;
  RowsWanted rows_wished = RowsWanted::none;
  bool turns = false; // a turn waits for a look already
  bool asks = false;  // other nodes are being asked
  bool asks_rows = false;
  Instant asked_until{};
  RecentRows rows{std::random_device{}() | std::uint64_t{1}}; // for other nodes
  RowsWanted others_want = RowsWanted::none;                  // of this one's
  Instant rows_asked_until{};
  std::map<std::string, RowsMark> rows_marks; // of other nodes
  Instant looked_at{};
  using Waiting = std::vector<std::function<void()>>;
  Waiting waiting; // for the look under way
  Waiting next;    // for one that begins after what they know of
};

using Self = DashboardActor::stateful_pointer<Dashboard>;

void look(Self self);

std::string new_epoch() {
  return fmt::format("{:08x}", std::random_device{}());
}

WallTime now(Self self) {
  return self->state.spec->clocks.wall();
}

Broadcaster::Moment moment(Self self) {
  const auto& clocks = self->state.spec->clocks;
  return {clocks.now(), clocks.wall()};
}

const LiveView& whole(Self self) {
  return self->state.broadcasters->whole();
}

// All views see what this node's actors say.
template <class Seen>
void saw(Self self, const Seen& seen) {
  self->state.broadcasters->change([&](LiveView& view) { view.saw(seen, now(self)); });
}

void end_look(Self self) {
  auto& state = self->state;
  saw(self, state.spec->use());
  state.looked_at = state.spec->clocks.now();
  for (const auto& go_on : std::exchange(state.waiting, {})) go_on();
  if (!state.next.empty()) look(self);
}

// Who is asked in a look: all providers and pools, and of the budgets those nobody knows yet and
// some others.
std::vector<StopActor> asked_now(Dashboard& state) {
  const auto& names = state.directory->plan->stops;
  const auto& view = state.broadcasters->whole();
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
  const auto at = state.spec->clocks.now();
  if (at >= state.rows_asked_until) {
    state.others_want = RowsWanted::none;
    state.rows.drop();
  }
  const auto wanted = std::max(state.broadcasters->rows_wanted(at), state.others_want);
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
        if (self->state.others_want != RowsWanted::none) self->state.rows.add(answer.ended);
        self->state.broadcasters->ended(answer.ended, moment(self));
        answered();
      },
      unanswered);
  self->request(state.spec->cluster, answer_max, ClusterRequest{})
    .then(
      [self, answered](const ClusterAnswer& answer) {
        saw(self, answer.state);
        answered();
      },
      unanswered);
  for (const auto& stop : asked)
    self->request(stop, answer_max, StateRequest{})
      .then(
        [self, answered](const StateAnswer& answer) {
          saw(self, answer.provider);
          answered();
        },
        unanswered);
}

// Runs `then` after a look that begins now or later.
void look_and(Self self, std::function<void()> then) {
  self->state.next.push_back(std::move(then));
  look(self);
}

// Asks the other nodes of the scope how they are; `then` in any case.
void ask_others(Self self, const ViewScope& scope, std::function<void()> then) {
  auto& state = self->state;
  PeersAsk asked;
  asked.topic = PeerTopic::live;
  asked.patience = other_patience;
  for (const auto& node : whole(self).linked())
    if (scope.has(node))
      asked.questions.emplace(node, encode_report_mark(whole(self).mark_of(node, now(self))));
  if (!state.spec->questions || asked.questions.empty()) return then();
  self->request(state.spec->questions, answer_max, std::move(asked))
    .then(
      [self, then](const PeersTold& told) {
        for (const auto& answer : told.answers)
          if (const auto changes = decode_report(answer.second))
            self->state.broadcasters->change(
              [&](LiveView& view) { view.heard(answer.first, *changes, now(self)); });
        then();
      },
      [then](const caf::error&) { then(); });
}

// Asks the other nodes for what is watched one by one.
void ask_for_rows(Self self) {
  auto& state = self->state;
  if (!state.spec->questions || state.asks_rows) return;
  const auto at = state.spec->clocks.now();
  PeersAsk asked;
  asked.topic = PeerTopic::rows;
  asked.patience = other_patience;
  for (const auto& node : whole(self).linked())
    if (auto wish = state.broadcasters->rows_wish(node, at); !wish.is_empty())
      asked.questions.emplace(
        node, encode_rows_question({state.rows_marks[node], std::move(wish)}));
  std::erase_if(
    state.rows_marks, [&](const auto& one) { return !asked.questions.contains(one.first); });
  if (asked.questions.empty()) return;
  state.asks_rows = true;
  self->request(state.spec->questions, answer_max, std::move(asked))
    .then(
      [self](const PeersTold& told) {
        self->state.asks_rows = false;
        for (const auto& [node, bytes] : told.answers)
          if (const auto rows = decode_rows(bytes)) {
            self->state.rows_marks[node] = rows->mark;
            self->state.broadcasters->saw_rows(node, *rows, self->state.spec->clocks.now());
          }
      },
      [self](const caf::error&) { self->state.asks_rows = false; });
}

ViewAnswer show(Self self, const ViewRequest& request) {
  using Part = ViewRequest::Part;
  std::optional<LiveView> made;
  const auto& shown = self->state.broadcasters->view(request.scope, now(self), made);
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
    return PeerAnswer{self->state.broadcasters->report(mark, now(self))};
  };
  if (at - state.looked_at < look_is_fresh) return report();
  auto promise = self->make_response_promise<PeerAnswer>();
  look_and(self, [promise, report]() mutable { promise.deliver(report()); });
  return promise;
}

// What ended here, to another node at which somebody watches.
PeerAnswer tell_rows(Self self, const PeerQuestion& asked) {
  auto& state = self->state;
  const auto question = decode_rows_question(asked.question);
  if (!question) return {};
  const auto at = state.spec->clocks.now();
  state.asked_until = state.rows_asked_until = at + asked_for;
  const auto wanted = question->wish.filters.empty() ? RowsWanted::failovers : RowsWanted::all;
  state.others_want = std::max(state.others_want, wanted);
  wish_rows(self);
  return {encode_rows(state.rows.since(*question))};
}

void publish(Self self, std::vector<LiveNotice> notices) {
  for (auto& notice : notices)
    self->state.spec->publish(std::make_shared<const LiveNotice>(std::move(notice)));
}

void tick(Self self) {
  auto& state = self->state;
  const auto at = state.spec->clocks.now();
  // By the clock, not by the last tick, which was a little late as well.
  state.tick_due = std::max(state.tick_due + tick_every, at);
  self->delayed_send(self, state.tick_due - at, DashboardTick{});
  const bool is_watched = state.broadcasters->anybody(at);
  if (!is_watched && at >= state.asked_until && state.ticks++ % ticks_a_look != 0) return;
  // Nobody else's figures are wanted for another node's sake.
  if (is_watched && !std::exchange(state.asks, true))
    ask_others(self, {}, [self] { self->state.asks = false; });
  if (is_watched) ask_for_rows(self);
  if (std::exchange(state.turns, true)) return; // somebody takes his time
  look_and(self, [self] {
    self->state.turns = false;
    publish(self, self->state.broadcasters->turn(moment(self)));
  });
}

StreamOpenAnswer open_now(Self self, const StreamOpenRequest& request) {
  auto& broadcasters = *self->state.broadcasters;
  std::vector<LiveNotice> notices;
  auto opened = broadcasters.open(*request.topics, request.before, moment(self), notices);
  wish_rows(self); // before the answer: what ends behind it is told
  publish(self, std::move(notices));
  std::optional<LiveView> made;
  const auto& shown = broadcasters.view(request.topics->nodes, now(self), made);
  return {std::move(opened), shown.merged(now(self))};
}

// A snapshot has all nodes: where nobody watched before, they are asked first.
caf::result<StreamOpenAnswer> open(Self self, const StreamOpenRequest& request) {
  const auto& shown = whole(self);
  if (shown.merged(now(self)).size() == shown.linked().size()) return open_now(self, request);
  auto promise = self->make_response_promise<StreamOpenAnswer>();
  ask_others(
    self, {}, [self, promise, request]() mutable { promise.deliver(open_now(self, request)); });
  return promise;
}

StreamOpenAnswer begin_anew(Self self, const SnapshotRequest& request) {
  std::vector<LiveNotice> notices;
  auto opened = self->state.broadcasters->begin_anew(request.scope, moment(self), notices);
  publish(self, std::move(notices));
  return {std::move(opened), {}};
}

// Who made the version, and why, stands in its history; where that can't be read now, that it is in
// force is told all the same. Before that all are looked at: whoever hears of the version asks for
// a snapshot, which must have what is new.
void tell_version(Self self, std::uint64_t version) {
  const VersionNote bare{version, milliseconds_since_epoch(now(self)), "", "", "", {}};
  const auto tell = [self](const VersionNote& note) {
    look_and(self, [self, note] { self->state.broadcasters->in_force(note); });
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
  state.broadcasters->change([&](LiveView& view) { view.configured(state.directory->plan); });
  tell_version(self, state.directory->plan->document->version);
}

DashboardActor::behavior_type dashboard(Self self, std::shared_ptr<DashboardSpec> spec) {
  auto& state = self->state;
  state.directory = std::move(spec->directory);
  LiveView view{std::move(spec->own), spec->past};
  view.configured(state.directory->plan);
  state.broadcasters = std::make_shared<Broadcasters>(std::move(view), new_epoch);
  state.spec = std::move(spec);
  if (state.spec->questions)
    self->send(
      state.spec->questions,
      AnswererThere{{PeerTopic::live, PeerTopic::rows}, PeerAnswererActor{self}});
  self->send(self, DashboardTick{});
  return {
    [self](const DirectoryInForce& now_in_force) { take_version(self, now_in_force.directory); },
    [self](DashboardTick) { tick(self); },
    [self](const PeerQuestion& asked) -> caf::result<PeerAnswer> {
      if (asked.topic == PeerTopic::rows) return tell_rows(self, asked);
      return tell_other(self, asked);
    },
    [self](ViewRequest& request) {
      auto promise = self->make_response_promise<ViewAnswer>();
      const auto scope = request.scope;
      const auto shown = [self, promise, request = std::move(request)]() mutable {
        promise.deliver(show(self, request));
      };
      // This node's own look says who is there.
      look_and(self, [self, scope, shown] { ask_others(self, scope, shown); });
      return promise;
    },
    [self](const StreamOpenRequest& request) { return open(self, request); },
    [self](const SnapshotRequest& request) { return begin_anew(self, request); },
    [self](const StreamClosed& closed) {
      self->state.broadcasters->close(*closed.topics, moment(self));
    },
  };
}

} // namespace
} // namespace dashboard_actor

DashboardActor spawn_dashboard(caf::actor_system& system, DashboardSpec spec) {
  return system.spawn<caf::detached>(
    dashboard_actor::dashboard, std::make_shared<DashboardSpec>(std::move(spec)));
}

} // namespace gateway
