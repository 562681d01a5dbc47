#pragma once

#include "actors/cluster/cluster_record.hpp"
#include "tests/actors/cluster/sim_limit.hpp"
#include "tests/actors/cluster/sim_network.hpp"
#include "tests/actors/cluster/sim_node.hpp"
#include "tests/actors/cluster/sim_traffic.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace gateway {

/// A call that runs at a provider of places.
struct SimPlace {
  Nanoseconds arrives{0};
  bool is_over = false;
  bool is_left = false; // its client hung up
};

/// A cluster under random demand and faults, in front of one provider that counts everything.
struct SimPlan {
  std::uint64_t seed = 1;
  std::uint32_t nodes = 0; // 0: by the seed
  std::int64_t limit = 0;  // 0: by the seed
  SimKind kind = SimKind::requests;
  bool has_faults = true;
  double fault_gap = 60; // seconds
  /// There are crash, crash2, leave, write_off, silent, wall, too.
  std::vector<std::string> faults{"kill", "pause", "part", "part"};
  double run = 300;       // seconds, measured
  double load = 0;        // calls that come, by what the limit allows; 0: too many; below 0: none
  double moves_every = 0; // seconds, after which they come to other nodes; 0: by the seed
  double cut = 0;         // seconds that a partition lasts; 0: by the seed
  bool must_heal = false; // no permit is lost for ever
  double silence = 0;     // seconds, after which a member is written off; 0: never
  bool silence_changes = false;
  // Rules removed:
  bool lost_is_idle = false;
  bool write_off_is_rash = false; // nothing is waited for
  bool returned_is_trusted = false;
  bool needs_no_contact = false;
  bool forgets_terms = false;
  bool call_ends_with_process = false; // its place is free at once
  bool inherited_is_idle = false;
  bool has_no_journal = false;
  bool any_journal_is_trusted = false;
  bool receives_unjournaled = false;
  double clock_error = .95; // seconds that wall clocks are wrong by, at most
};

class ClusterSimulation {
public:
  /// D: the provider counts so many seconds after the write at the latest.
  static constexpr double delay = 0.6;

  explicit ClusterSimulation(SimPlan plan);
  ~ClusterSimulation();

  void run();
  /// No more faults; those that are under way end.
  void end_faults() { has_faults_ = false; }
  /// Share of what the limit allows that was used since.
  double used_since(Nanoseconds from) const;
  void run_until(Nanoseconds end) { world_.run_until(end); }

  /// What any of three strict providers would have refused.
  std::int64_t over() const;
  /// Share of what the limit allows that was used.
  double used() const;
  const SimTraffic& traffic() const { return traffic_; }
  /// What an observer of all books saw that must not be; empty: nothing.
  const std::string& broken() const { return broken_; }

  SimNode& node(std::size_t i) { return *nodes_[i]; }
  std::size_t size() const { return nodes_.size(); }
  std::int64_t limit() const { return limit_; }
  const std::vector<Count>& log() const { return log_; }
  const SimNode::Quota& quota() const { return quota_; }
  Nanoseconds now() const { return world_.now(); }
  /// A newer entry of the cluster's record: each node hears of it within seconds, or when it is up.
  void enter(SimNode::Quota quota);
  void hear_of_record(SimNode& node);
  bool is_cut_off(const SimNode& node) const;
  /// In order: no new calls come to it, and those that wait there try elsewhere.
  void leave(std::size_t i);
  /// An operator who sees that it is off says so at any other node, and again until it is removed.
  void write_off(std::size_t i);
  /// How many members left or were written off.
  std::size_t gone() const { return record_.known() - record_.members().size(); }
  /// It never comes back.
  void kill_for_good(std::size_t i);

private:
  void make_node();
  void work(SimNode& node);
  void tick(SimNode& node);
  void arrive();
  void reweigh();
  void observe();
  void go(SimNode& node, const SimCall& call, Nanoseconds late);
  void go_to_place(SimNode& node, Nanoseconds late);
  void hang_up(SimNode& node, const std::shared_ptr<SimPlace>& place);
  void end(SimPlace& place);
  void give_up(SimNode& node);
  void fault();
  void pause(SimNode& node, Nanoseconds time);
  void part();
  bool may_go(const SimNode& node) const;
  void stop_leaving(SimNode& node, std::uint64_t life);
  void propose(SimNode& node);
  void enter_record();
  void agree(const MembersGoing& going);
  void agree(const MembersGone& gone);
  void agree(const ContactKnown& known);
  void join();
  void start(SimNode& node);
  bool is_member(const SimNode& node) const { return quota_.inits.contains(node.number()); }
  void crash(SimNode& node);
  void lose(SimNode& node);
  void set_contact();
  void reword();
  void misread_clock(SimNode& node);
  Nanoseconds written_off_wait() const;
  double calls_per_second() const { return shared_.calls_per_second(limit_, mean_); }
  /// When the node can do something: now, or after its pause; never, if that life is over.
  void when_awake(SimNode& node, std::uint64_t life, std::function<void()> what);

  SimPlan plan_;
  SimLimit shared_;
  double slow_; // SimLimit::slowness
  SimWorld world_;
  SimNetwork network_;
  std::int64_t limit_ = 0;
  std::int64_t limit_before_ = 0;
  double mean_ = 1; // of a call
  ClusterRecord record_;
  std::optional<Milliseconds> silence_;
  SimNode::Quota quota_;
  std::vector<std::unique_ptr<SimNode>> nodes_;
  std::vector<std::vector<std::function<void()>>> asleep_; // what waits for the end of a pause
  std::vector<double> weights_;
  std::vector<bool> is_crashed_;
  std::set<std::size_t> gone_; // no calls come there any more
  std::set<std::size_t> over_; // never to be started again
  std::vector<Count> log_;
  Nanoseconds measured_from_{0};
  SimTraffic traffic_;
  bool has_faults_ = true;
  std::string broken_;
};

} // namespace gateway
