#include "tests/actors/cluster/simulation.hpp"

#include <algorithm>
#include <utility>

namespace gateway {
namespace {

constexpr Nanoseconds window = 60s;
constexpr double delay = 0.6; // D: the provider counts so long after the write at the latest
constexpr Nanoseconds patience = 15s;
constexpr Nanoseconds patience_cut_off = 3s;
constexpr int tries_max = 3;

} // namespace

Simulation::Simulation(SimPlan plan) : plan_(std::move(plan)), world_(plan_.seed) {
  has_faults_ = plan_.has_faults;
  const auto count = plan_.nodes > 0 ? plan_.nodes : world_.one_of({3U, 5U, 5U, 7U});
  if (plan_.is_tokens) mean_ = 1'000;
  limit_ = plan_.is_tokens ? world_.one_of<std::int64_t>({40'000, 200'000})
                           : world_.one_of<std::int64_t>({3, 5, 20, 60, 300, 300, 600});
  if (plan_.limit > 0) limit_ = plan_.limit;
  network_.base = world_.one_of({.0005, .002, .02});
  network_.jitter = world_.one_of({.001, .01, .08});
  if (plan_.has_faults) {
    network_.loss = world_.one_of({0., 0., .01, .05, .2});
    network_.doubled = world_.one_of({0., .02, .1});
    network_.stragglers = .002;
  }
  quota_.spec = per_minute(limit_, plan_.is_tokens ? QuotaUnit::tokens : QuotaUnit::requests);
  quota_.spec.count_delay = std::chrono::round<Milliseconds>(sim_seconds(delay));
  for (std::uint32_t i = 0; i < count; ++i) {
    quota_.inits[i] = i == 0 ? limit_ : 0;
    make_node();
  }
  static_cast<void>(record_.apply(QuotasSet{{{quota_.spec, {}}}, 0}));
  for (auto& node : nodes_) start(*node);
  measured_from_ = 100s;
  reweigh();
  arrive();
  observe();
  if (plan_.has_faults) world_.after(sim_seconds(world_.uniform(5, 40)), [this] { fault(); });
}

Simulation::~Simulation() = default;

void Simulation::run() {
  world_.run_until(measured_from_ + sim_seconds(plan_.run));
  log_ = in_order(std::move(log_));
}

void Simulation::enter(SimNode::Quota quota) {
  quota_ = std::move(quota);
  limit_before_ = std::exchange(limit_, quota_.spec.limit);
  for (const auto& one : nodes_) {
    if (!one->is_up() || !is_member(*one)) continue;
    auto& node = *one;
    world_.after(sim_seconds(world_.uniform(0, 3)), [this, &node] {
      when_awake(node, node.life, [this, &node] {
        if (!is_member(node)) return;
        node.apply(quota_, world_.now());
        work(node);
      });
    });
  }
}

// -- nodes ----------------------------------------------------------------------------------------

void Simulation::when_awake(SimNode& node, std::uint64_t life, std::function<void()> what) {
  if (node.life != life || !node.is_up()) return;
  if (node.is_paused)
    asleep_[node.number()].push_back([this, &node, life, what] { when_awake(node, life, what); });
  else
    what();
}

void Simulation::work(SimNode& node) {
  node.work(
    world_.now(),
    [&](const SimCall& call) { go(node, call, Nanoseconds{0}); },
    [&](std::uint32_t to, std::string bytes) {
      ++messages_;
      const auto from = node.number();
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

void Simulation::tick(SimNode& node) {
  const auto life = node.life;
  if (!node.is_up()) return;
  if (!node.is_paused) {
    give_up(node);
    work(node);
  }
  world_.after(50ms, [this, &node, life] {
    if (node.life == life) tick(node);
  });
}

/// What a client is told of a call that has waited too long: 503 where another node may do better.
void Simulation::give_up(SimNode& node) {
  const auto now = world_.now();
  while (!node.queue.empty() && now - node.queue.front().came > patience) node.queue.pop_front();
  if (!node.sharing().is_somebody_out_of_reach()) return;
  while (!node.queue.empty() && now - node.queue.front().here_since > patience_cut_off
         && node.queue.front().tries < tries_max) {
    auto call = node.queue.front();
    node.queue.pop_front();
    ++call.tries;
    auto& other = *nodes_[(node.number() + 1 + world_.below(nodes_.size() - 1)) % nodes_.size()];
    if (gone_.contains(other.number())) continue;
    world_.after(50ms, [this, call, &other]() mutable {
      call.here_since = world_.now();
      when_awake(other, other.life, [this, call, &other] {
        other.ask(call);
        work(other);
      });
    });
  }
}

// -- calls ----------------------------------------------------------------------------------------

void Simulation::reweigh() {
  const auto count = nodes_.size();
  const auto kind = world_.below(4);
  weights_.assign(count, kind == 0 ? 1. : kind == 1 ? .02 : 0.);
  if (kind == 1) weights_[world_.below(count)] = 1;
  if (kind == 2) {
    weights_[world_.below(count)] = 1;
    weights_[world_.below(count)] = .7;
  }
  if (kind == 3) {
    const auto first = world_.below(count);
    for (std::size_t i = 0; i < count; ++i)
      weights_[(first + i) % count] = 1 / static_cast<double>(i + 1);
  }
  world_.after(sim_seconds(world_.uniform(40, 120)), [this] { reweigh(); });
}

void Simulation::arrive() {
  const auto calls = static_cast<double>(limit_) / mean_;
  const auto rate = (calls >= 40 ? 1.4 : 4.) * calls / 60;
  SimCall call;
  call.came = call.here_since = world_.now();
  if (plan_.is_tokens) {
    const auto used = std::clamp(world_.lognormal(6.5, .8), 20., 8'000.);
    call.used = static_cast<std::int64_t>(used);
    call.reserve = static_cast<std::int64_t>(used * world_.uniform(1, 1.5)) + 1;
  }
  auto* node = nodes_[world_.weighted(weights_)].get();
  // Nobody is at home: a client asks the next.
  const auto is_open = [this](const SimNode& one) {
    return one.is_up() && !gone_.contains(one.number());
  };
  for (std::size_t i = 0; i < 4 * nodes_.size() && !is_open(*node); ++i)
    node = nodes_[world_.below(nodes_.size())].get();
  if (is_open(*node)) {
    when_awake(*node, node->life, [this, node, call] {
      const auto most =
        static_cast<std::size_t>(std::max(10., 5 * static_cast<double>(limit_) / mean_ / 60));
      if (node->queue.size() < most) node->ask(call);
      work(*node);
    });
  }
  world_.after(sim_seconds(world_.exponential(1 / rate)), [this] { arrive(); });
}

/// The call was admitted; its write comes `late`, if its process still lives then.
void Simulation::go(SimNode& node, const SimCall& call, Nanoseconds late) {
  const auto life = node.life;
  const auto counted =
    sim_seconds(world_.is_so(.97) ? world_.uniform(.005, .08) : world_.uniform(.08, delay * .98));
  const auto first_byte = counted + sim_seconds(world_.uniform(.1, 4));
  world_.after(late, [this, &node, life, call, counted, first_byte] {
    if (node.life != life) return;
    const auto written = world_.now();
    world_.after(counted, [this, call] { log_.push_back({world_.now(), call.used}); });
    const auto known = written + std::min(first_byte, sim_seconds(delay));
    world_.at(known, [this, &node, life, call, known] {
      when_awake(node, life, [this, &node, call, known] {
        node.settle(call.used, known, world_.now());
        work(node);
      });
    });
    if (call.reserve == call.used) return;
    world_.at(written + first_byte, [this, &node, life, call] {
      when_awake(node, life, [this, &node, call] {
        node.put_back(call.reserve - call.used);
        work(node);
      });
    });
  });
}

// -- faults ---------------------------------------------------------------------------------------

void Simulation::fault() {
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
    world_.after(sim_seconds(world_.one_of({.3, 2., 8., 30.})), [this, node, life] {
      if (node->life != life) return;
      gone_.erase(node->number());
      start(*node);
    });
  } else if (kind == "pause" && node->is_up() && !node->is_paused) {
    pause(*node, sim_seconds(world_.uniform(.3, 10)));
  } else if (kind == "part") {
    part();
  } else if (kind == "leave" && node->is_up() && !node->is_paused && may_go()) {
    if (!gone_.contains(node->number())) leave(node->number());
  } else if (kind == "write_off" && node->is_up() && is_member(*node) && may_go()) {
    lose(*node);
  } else if (kind == "crash" && std::ranges::find(is_crashed_, true) == is_crashed_.end()) {
    crash(*node);
  } else if (kind == "crash2") {
    crash(*node);
    crash(*nodes_[(node->number() + 1) % nodes_.size()]);
  }
}

void Simulation::crash(SimNode& node) {
  if (over_.contains(node.number())) return;
  node.crash(world_.now());
  const auto life = node.life;
  asleep_[node.number()].clear();
  is_crashed_[node.number()] = true;
  world_.after(sim_seconds(world_.uniform(5, 40)), [this, &node, life] {
    if (node.life != life) return;
    is_crashed_[node.number()] = false;
    gone_.erase(node.number());
    start(node);
  });
}

/// Stopped with calls that were admitted and are not written yet.
void Simulation::pause(SimNode& node, Nanoseconds time) {
  for (auto caught = 1 + world_.below(3); caught > 0; --caught) {
    SimCall call;
    if (plan_.is_tokens) call.reserve = call.used = 100;
    if (node.memory().is_lost() || node.book().owed() > 0) break;
    if (node.book().try_take(call.reserve)) go(node, call, time);
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

void Simulation::part() {
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
  world_.after(sim_seconds(world_.one_of({1., 4., 15., 40., 130.})), [this, cut] {
    for (const auto& link : cut) network_.cut.erase(link);
  });
}

// -- judges ---------------------------------------------------------------------------------------

/// Permits are conserved and no counter runs ahead of its writer, as far as all books are there.
void Simulation::observe() {
  world_.after(500ms, [this] { observe(); });
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

std::int64_t Simulation::over() const {
  return over_at_any(log_, limit_, window);
}

double Simulation::used() const {
  std::int64_t sum = 0;
  for (const auto& count : log_)
    if (count.at > measured_from_) sum += count.amount;
  return static_cast<double>(sum) / (static_cast<double>(limit_) * plan_.run / 60);
}

double Simulation::used_since(Nanoseconds from) const {
  std::int64_t sum = 0;
  for (const auto& count : log_)
    if (count.at > from) sum += count.amount;
  const auto minutes = std::chrono::duration<double>(world_.now() - from).count() / 60;
  return static_cast<double>(sum) / (static_cast<double>(limit_) * minutes);
}

double Simulation::messages_per_second() const {
  const auto seconds = std::chrono::duration<double>(world_.now()).count();
  return static_cast<double>(messages_) / seconds / static_cast<double>(nodes_.size());
}

} // namespace gateway
