#include "tests/actors/cluster/simulation.hpp"

#include <algorithm>
#include <utility>

/// Who goes and who comes: what the document log and an operator do, without them.
namespace gateway {
namespace {

constexpr double drift = 4.5e-4;
constexpr Nanoseconds pause_most = 10s;             // simulation.cpp pauses for no longer
constexpr double stop_patience = 30;                // seconds
constexpr Nanoseconds written_off_wait_least = 10s; // Broker's

} // namespace

void ClusterSimulation::make_node() {
  const auto number = static_cast<std::uint32_t>(nodes_.size());
  SharingTimes times;
  times.pause = pause_most;
  for (auto* const time :
       {&times.ping,
        &times.alive,
        &times.may_be_given,
        &times.broker_proves,
        &times.gap,
        &times.full_pass})
    *time *= static_cast<int>(slow_);
  const auto digits = std::to_string(1'000 + number);
  REQUIRE(record_.apply(MemberJoined{"node-" + digits, std::string(28, '0') + digits, ""}));
  nodes_.push_back(std::make_unique<SimNode>(
    number, world_.uniform(1'000, 1e6), 1 + world_.uniform(-drift, drift), times));
  nodes_.back()->forgets_to_wait_lost = plan_.lost_is_idle;
  nodes_.back()->has_no_journal = plan_.has_no_journal;
  nodes_.back()->trusts_any_journal = plan_.any_journal_is_trusted;
  nodes_.back()->receives_unjournaled = plan_.receives_unjournaled;
  nodes_.back()->trusts_itself = plan_.returned_is_trusted;
  nodes_.back()->needs_no_contact = plan_.needs_no_contact;
  nodes_.back()->forgets_terms = plan_.forgets_terms;
  nodes_.back()->begins = shared_.begins();
  if (is_calendar(quota_.spec)) misread_clock(*nodes_.back());
  asleep_.emplace_back();
  is_crashed_.push_back(false);
}

/// It goes on by what it knew last, if the others know it no more.
void ClusterSimulation::start(SimNode& node) {
  if (over_.contains(node.number())) return;
  const bool has_heard = is_member(node) && (node.life == 0 || plan_.silence == 0);
  node.start(has_heard ? quota_ : SimNode::Quota{node.quota()}, world_.now());
  tick(node);
  if (is_member(node) && !has_heard) hear_of_record(node);
  if (is_member(node)) return;
  const auto life = node.life;
  world_.after(sim_seconds(world_.uniform(.2, 8)), [this, &node, life] {
    if (node.life == life) kill_for_good(node.number());
  });
}

/// A few stay, and most of those who have to hear the others.
bool ClusterSimulation::may_go(const SimNode& node) const {
  for (const auto& terms : record_.contact()) {
    if (plan_.silence == 0 || plan_.silence_changes) continue;
    // Before all have heard that somebody has to hear them only an operator can help.
    if (!terms.silence) return false;
    const auto hear = std::ranges::count_if(terms.voters, [&](std::uint32_t voter) {
      const auto member = record_.members().find(voter);
      return voter != node.number() && nodes_[voter]->is_up() && !gone_.contains(voter)
        && member != record_.members().end() && member->second.going == Going::no;
    });
    if (hear < static_cast<std::ptrdiff_t>(terms.voters.size() / 2 + 1)) return false;
  }
  std::size_t up = 0;
  for (const auto& one : nodes_)
    if (is_member(*one) && one->is_up() && !one->is_leaving()) ++up;
  return up > 2;
}

void ClusterSimulation::leave(std::size_t i) {
  auto& node = *nodes_[i];
  gone_.insert(i);
  node.queue.clear();
  node.leave();
  world_.after(sim_seconds(slow_ * stop_patience), [this, &node, life = node.life] {
    stop_leaving(node, life);
  });
}

/// What was not handed over by then stays in the book, as in any stop.
void ClusterSimulation::stop_leaving(SimNode& node, std::uint64_t life) {
  if (node.life != life) return;
  if (node.sharing().has_left()) return kill_for_good(node.number());
  node.kill(world_.now());
  asleep_[node.number()].clear();
  world_.after(sim_seconds(world_.one_of({.3, 5., 40.})), [this, &node, ended = node.life] {
    if (node.life != ended) return;
    gone_.erase(node.number());
    start(node);
  });
}

void ClusterSimulation::write_off(std::size_t i) {
  if (!is_member(*nodes_[i])) return;
  const auto asked = world_.below(nodes_.size());
  auto& node = *nodes_[asked];
  if (
    !nodes_[i]->is_up() && asked != i && node.is_up() && !node.is_paused && is_member(node)
    && !node.is_leaving())
    node.sharing().write_off(nodes_[i]->number());
  world_.after(10s, [this, i] { write_off(i); });
}

/// D and a window, by clocks that drift; of the long ones, and of places, what is inherited cools.
Nanoseconds ClusterSimulation::written_off_wait() const {
  const bool is_short = window_of(quota_.spec) > 0s && !is_long(quota_.spec);
  const auto least = is_short ? window_of(quota_.spec) : written_off_wait_least;
  return stretched(least + *quota_.spec.count_delay);
}

/// What an entry about members comes to, some time after it was proposed.
void ClusterSimulation::propose(SimNode& node) {
  const auto now = node.local(world_.now());
  const auto wait = plan_.write_off_is_rash ? Nanoseconds{0} : written_off_wait();
  const auto later = [this](auto entry) {
    world_.after(sim_seconds(world_.uniform(.005, 2)), [this, entry] { agree(entry); });
  };
  if (const auto going = node.sharing().take_going(now)) later(*going);
  if (const auto gone = node.sharing().take_gone(wait, now)) later(*gone);
  if (const auto known = node.sharing().take_known(wait, now)) later(*known);
}

void ClusterSimulation::enter_record() {
  const auto& recorded = record_.quotas().at(SimNode::quota_number);
  auto quota = quota_;
  quota.inits = recorded.inits;
  quota.version = recorded.version;
  quota.cools_in = plan_.inherited_is_idle ? 0 : recorded.cools_in;
  quota.known = record_.known();
  quota.record = record_.version();
  quota.contact = record_.contact();
  quota.going.clear();
  for (const auto& [number, member] : record_.members()) quota.going[number] = member.going;
  enter(std::move(quota));
}

void ClusterSimulation::agree(const MembersGoing& going) {
  if (record_.apply(going)) enter_record();
}

void ClusterSimulation::agree(const ContactKnown& known) {
  if (record_.apply(known)) enter_record();
}

/// Those who vote: the three that were members first.
void ClusterSimulation::set_contact() {
  ContactSet contact;
  for (const auto& [number, member] : record_.members())
    if (contact.voters.size() < 3) contact.voters.push_back(number);
  if (plan_.silence == 0 || contact.voters.size() < 3) return;
  contact.silence = silence_;
  const auto& newest = record_.contact().back();
  if (contact == ContactSet{newest.voters, newest.silence}) return;
  REQUIRE(record_.apply(contact));
  enter_record();
}

void ClusterSimulation::reword() {
  const auto usual = std::chrono::round<Milliseconds>(sim_seconds(plan_.silence));
  silence_ = plan_.silence_changes && has_faults_
    ? world_.one_of<std::optional<Milliseconds>>({usual, usual * 2, usual / 2, std::nullopt})
    : usual;
  set_contact();
  world_.after(sim_seconds(world_.uniform(50, 200)), [this] { reword(); });
}

void ClusterSimulation::agree(const MembersGone& gone) {
  if (!record_.apply(gone)) return;
  enter_record();
  set_contact();
  for (const auto number : gone.members) {
    gone_.insert(number);
    auto& node = *nodes_[number];
    // Of one that is down there may be another life.
    world_.after(sim_seconds(world_.uniform(.05, 5)), [this, &node, life = node.life] {
      if (node.life == life && node.is_up()) kill_for_good(node.number());
    });
    world_.after(sim_seconds(world_.uniform(5, 30)), [this] { join(); });
  }
}

void ClusterSimulation::join() {
  make_node();
  auto& node = *nodes_.back();
  quota_.inits = record_.quotas().at(SimNode::quota_number).inits;
  start(node);
  enter_record();
}

void ClusterSimulation::kill_for_good(std::size_t i) {
  gone_.insert(i);
  over_.insert(i);
  nodes_[i]->kill(world_.now());
  asleep_[i].clear();
  // Whoever knew that it goes may be gone as well.
  if (plan_.silence == 0) world_.after(30s, [this, i] { write_off(i); });
}

/// It dies, an operator says so some time later, or nobody, and perhaps it was not off for good.
void ClusterSimulation::lose(SimNode& node) {
  node.kill(world_.now());
  gone_.insert(node.number());
  asleep_[node.number()].clear();
  if (plan_.silence == 0)
    world_.after(sim_seconds(world_.uniform(1, 30)), [this, i = node.number()] { write_off(i); });
  else if (world_.is_so(.3))
    return;
  world_.after(sim_seconds(world_.uniform(9, 250)), [this, &node, life = node.life] {
    if (node.life != life) return;
    gone_.erase(node.number()); // clients ask it
    start(node);
  });
}

} // namespace gateway
