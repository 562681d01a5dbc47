#include "tests/actors/cluster/simulation.hpp"

#include <algorithm>
#include <utility>

namespace gateway {
namespace {

std::int64_t limit_of(SimKind kind, SimWorld& world) {
  switch (kind) {
  case SimKind::requests: return world.one_of<std::int64_t>({3, 5, 20, 60, 300, 300, 600});
  case SimKind::tokens: return world.one_of<std::int64_t>({40'000, 200'000});
  case SimKind::places: return world.one_of<std::int64_t>({2, 6, 20, 60});
  default: return world.one_of<std::int64_t>({6, 20, 60});
  }
}

} // namespace

ClusterSimulation::ClusterSimulation(SimPlan plan)
    : plan_(std::move(plan)), shared_(plan_.kind), slow_(shared_.slowness()), world_(plan_.seed) {
  has_faults_ = plan_.has_faults;
  const auto count = plan_.nodes > 0 ? plan_.nodes : world_.one_of({3U, 5U, 5U, 7U});
  if (plan_.kind == SimKind::tokens) mean_ = 1'000;
  if (plan_.kind == SimKind::places) mean_ = 5; // seconds
  limit_ = limit_of(plan_.kind, world_);
  if (plan_.limit > 0) limit_ = plan_.limit;
  network_.base = world_.one_of({.0005, .002, .02});
  network_.jitter = world_.one_of({.001, .01, .08});
  if (plan_.has_faults) {
    network_.loss = world_.one_of({0., 0., .01, .05, .2});
    network_.doubled = world_.one_of({0., .02, .1});
    network_.stragglers = .002;
  }
  quota_.spec = shared_.spec(limit_);
  if (plan_.call_ends_with_process) quota_.spec.longest_call = 0ms;
  quota_.spec.count_delay = std::chrono::round<Milliseconds>(sim_seconds(delay));
  for (std::uint32_t i = 0; i < count; ++i) {
    quota_.inits[i] = i == 0 ? limit_ : 0;
    make_node();
  }
  static_cast<void>(record_.apply(QuotasSet{{{quota_.spec, {}}}, 0}));
  if (plan_.silence > 0) reword();
  for (auto& node : nodes_) start(*node);
  if (!is_calendar(quota_.spec)) measured_from_ = 100s;
  reweigh();
  arrive();
  observe();
  if (plan_.has_faults) world_.after(sim_seconds(world_.uniform(5, 40)), [this] { fault(); });
}

ClusterSimulation::~ClusterSimulation() = default;

void ClusterSimulation::run() {
  world_.run_until(measured_from_ + sim_seconds(plan_.run));
  log_ = in_order(std::move(log_));
}

void ClusterSimulation::enter(SimNode::Quota quota) {
  quota_ = std::move(quota);
  limit_before_ = std::exchange(limit_, quota_.spec.limit);
  for (const auto& one : nodes_) {
    if (!one->is_up() || !is_member(*one)) continue;
    hear_of_record(*one);
  }
}

bool ClusterSimulation::is_cut_off(const SimNode& node) const {
  const auto& voters = record_.contact().back().voters;
  const auto deaf = std::ranges::count_if(voters, [&](std::uint32_t voter) {
    return network_.is_cut(voter, node.number()) || !nodes_[voter]->is_up();
  });
  return deaf > static_cast<std::ptrdiff_t>(voters.size() / 2);
}

void ClusterSimulation::hear_of_record(SimNode& node) {
  const bool is_late = plan_.silence > 0 && world_.is_so(.1);
  world_.after(sim_seconds(world_.uniform(0, is_late ? 120 : 3)), [this, &node] {
    when_awake(node, node.life, [this, &node] {
      if (!is_member(node)) return;
      if (plan_.silence > 0 && is_cut_off(node)) return hear_of_record(node);
      node.apply(quota_, world_.now());
      work(node);
    });
  });
}

// -- nodes ----------------------------------------------------------------------------------------

void ClusterSimulation::when_awake(SimNode& node, std::uint64_t life, std::function<void()> what) {
  if (node.life != life || !node.is_up()) return;
  if (node.is_paused)
    asleep_[node.number()].push_back([this, &node, life, what] { when_awake(node, life, what); });
  else
    what();
}

void ClusterSimulation::work(SimNode& node) {
  node.work(
    world_.now(),
    [&](const SimCall& call) { go(node, call, Nanoseconds{0}); },
    [&](std::uint32_t to, std::string bytes) {
      const auto from = node.number();
      traffic_.note({world_.now(), from, to, to == node.sharing().broker()});
      network_.send(world_, from, to, [this, from, to, bytes = std::move(bytes)] {
        auto& receiver = *nodes_[to];
        when_awake(receiver, receiver.life, [this, &receiver, from, bytes] {
          receiver.hear(from, bytes, world_.now());
          work(receiver);
        });
      });
    });
  propose(node);
  // It is told that it was removed.
  if (node.sharing().is_removed() && !node.sharing().has_left()) kill_for_good(node.number());
}

void ClusterSimulation::tick(SimNode& node) {
  const auto life = node.life;
  if (!node.is_up()) return;
  if (!node.is_paused) {
    give_up(node);
    work(node);
  }
  world_.after(sim_seconds(.05 * slow_), [this, &node, life] {
    if (node.life == life) tick(node);
  });
}

// -- faults ---------------------------------------------------------------------------------------

void ClusterSimulation::fault() {
  world_.after(sim_seconds(world_.exponential(plan_.fault_gap)), [this] { fault(); });
  if (!has_faults_) return;
  const auto kind = plan_.faults[world_.below(plan_.faults.size())];
  auto* node = nodes_[world_.below(nodes_.size())].get();
  if (world_.is_so(.35)) {
    const auto up = std::ranges::find_if(nodes_, [](const auto& one) { return one->is_up(); });
    if (up != nodes_.end()) node = nodes_[(*up)->sharing().broker()].get();
  }
  if (kind == "kill" && node->is_up()) {
    node->kill(world_.now());
    const auto life = node->life;
    asleep_[node->number()].clear();
    world_.after(sim_seconds(slow_ * world_.one_of({.3, 2., 8., 30.})), [this, node, life] {
      if (node->life != life) return;
      gone_.erase(node->number());
      start(*node);
    });
  } else if (kind == "pause" && node->is_up() && !node->is_paused) {
    pause(*node, sim_seconds(world_.uniform(.3, 10)));
  } else if (kind == "wall") {
    misread_clock(*node);
  } else if (kind == "part") {
    part();
  } else if (kind == "leave" && node->is_up() && !node->is_paused && may_go(*node)) {
    if (!gone_.contains(node->number())) leave(node->number());
  } else if (kind == "write_off" && node->is_up() && is_member(*node) && may_go(*node)) {
    lose(*node);
  } else if (kind == "silent" && node->is_up() && is_member(*node) && may_go(*node)) {
    lose(*node);
  } else if (kind == "crash" && std::ranges::find(is_crashed_, true) == is_crashed_.end()) {
    crash(*node);
  } else if (kind == "crash2") {
    crash(*node);
    crash(*nodes_[(node->number() + 1) % nodes_.size()]);
  }
}

/// The wall clock is wrong by less than a second, and is put right.
void ClusterSimulation::misread_clock(SimNode& node) {
  node.wall_error = sim_seconds(world_.uniform(-plan_.clock_error, plan_.clock_error));
}

void ClusterSimulation::crash(SimNode& node) {
  if (over_.contains(node.number())) return;
  node.crash(world_.now());
  const auto life = node.life;
  asleep_[node.number()].clear();
  is_crashed_[node.number()] = true;
  world_.after(sim_seconds(slow_ * world_.uniform(5, 40)), [this, &node, life] {
    if (node.life != life) return;
    is_crashed_[node.number()] = false;
    gone_.erase(node.number());
    start(node);
  });
}

/// Stopped with calls that were admitted and are not written yet.
void ClusterSimulation::pause(SimNode& node, Nanoseconds time) {
  for (auto caught = 1 + world_.below(3); caught > 0; --caught) {
    SimCall call;
    if (plan_.kind == SimKind::tokens) call.reserve = call.used = 100;
    if (node.memory().is_lost() || node.book().owed() > 0 || !node.may_use(world_.now())) break;
    if (node.take(call, world_.now())) go(node, call, time);
  }
  node.is_paused = true;
  const auto life = node.life;
  world_.after(time, [this, &node, life] {
    if (node.life != life) return;
    node.is_paused = false;
    for (const auto& what : std::exchange(asleep_[node.number()], {})) what();
    if (node.life == life) work(node);
  });
}

void ClusterSimulation::part() {
  const auto count = nodes_.size();
  std::vector<bool> side;
  for (std::size_t i = 0; i < count; ++i) side.push_back(world_.is_so(.5));
  std::set<std::pair<std::size_t, std::size_t>> cut;
  const auto whole = world_.is_so(.75);
  for (std::size_t a = 0; a < count; ++a)
    for (std::size_t b = 0; b < count; ++b)
      if (side[a] != side[b] && (whole || world_.is_so(.6))) cut.emplace(a, b);
  if (world_.is_so(.3)) {
    cut.clear();
    const auto mute = world_.below(count);
    for (std::size_t b = 0; b < count; ++b)
      if (b != mute) cut.emplace(mute, b);
  }
  network_.cut.insert(cut.begin(), cut.end());
  const auto time = plan_.cut > 0 ? plan_.cut : world_.one_of({1., 4., 15., 40., 130.});
  world_.after(sim_seconds(slow_ * time), [this, cut] {
    for (const auto& link : cut) network_.cut.erase(link);
  });
}

// -- judges ---------------------------------------------------------------------------------------

/// Permits are conserved and no counter runs ahead of its writer, as far as all books are there.
void ClusterSimulation::observe() {
  world_.after(sim_seconds(.5 * slow_), [this] { observe(); });
  std::int64_t sum = 0;
  for (const auto& node : nodes_) {
    if (!is_member(*node)) continue;
    if (!node->is_up() || node->memory().is_lost()) return;
    const auto state = node->book().share();
    sum += state.hold;
    const auto in_books = state.idle + state.pool + state.cooling + state.in_flight;
    if (in_books != state.hold + state.owed || state.in_flight < 0 || state.idle < 0)
      broken_ = "the sums of a book are wrong";
    if (state.version != quota_.version) return; // an entry that it has not heard of
    const bool is_seen_off = node->sharing().is_removed();
    if (node->sharing().is_contradicted() || (node->sharing().is_overtaken() && !is_seen_off))
      broken_ = "a node is told that it is not what it is";
    for (const auto& pair : state.pairs) {
      if (!quota_.inits.contains(pair.member)) return; // heard of by some, not yet by others
      if (!nodes_[pair.member]->is_up() || nodes_[pair.member]->memory().is_lost()) return;
      const auto other = nodes_[pair.member]->book().share();
      std::int64_t received = 0;
      for (const auto& its : other.pairs)
        if (its.member == node->number()) received = its.received;
      if (received > pair.given) broken_ = "more was received than was given";
      sum += pair.given - received;
    }
  }
  // One member's part tells an old limit from a new one.
  if (sum != limit_ && sum != limit_before_)
    broken_ = "there are " + std::to_string(sum) + " permits";
}

std::int64_t ClusterSimulation::over() const {
  return shared_.over(log_, limit_);
}

double ClusterSimulation::used() const {
  return shared_.used(log_, limit_, measured_from_, measured_from_ + sim_seconds(plan_.run));
}

double ClusterSimulation::used_since(Nanoseconds from) const {
  return shared_.used(log_, limit_, from, world_.now());
}

} // namespace gateway
