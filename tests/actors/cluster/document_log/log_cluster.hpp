#pragma once

#include "actors/cluster/document_log.hpp"
#include "persistence/raft_store.hpp"
#include "tests/actors/cluster/sim_network.hpp"
#include "tests/persistence/store_support.hpp"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace gateway {

/// What nodes promised, whatever became of them: kept outside of them, and compared with.
struct LogPromises {
  std::map<std::uint64_t, std::string> leaders;                         // of a term
  std::map<std::pair<std::string, std::uint64_t>, std::uint64_t> votes; // of a node in a term
  std::map<std::uint64_t, std::string> entries;                         // as they were applied
  std::map<std::uint64_t, std::string> texts;                           // of versions
  std::map<std::uint64_t, std::uint64_t> taken; // version → proposal that its editor was told of
  std::size_t refused = 0;
  std::size_t undecided = 0;
  std::size_t installed = 0; // snapshots of others
};

/// A node's disk, which is watched: what it acknowledged must be there in the next life.
class WatchedDisk final : public RaftStorage {
public:
  WatchedDisk(std::string node, std::string folder, LogPromises& promises);

  /// The process dies at its `calls`th system call from now, in the middle of a write perhaps.
  void die_in(std::uint64_t calls, std::size_t reached);
  /// It does not die after all.
  void live_on();
  void lose_power() { files_->lose_power(); }
  /// A new life.
  void revive();

  Result<RaftState> load() override;
  Result<void> set_term(std::uint64_t term) override;
  Result<void> set_vote(std::uint64_t server) override;
  Result<void> append(std::span<const RaftEntry> entries) override;
  Result<void> truncate(std::uint64_t index) override;
  Result<void> put_snapshot(const RaftSnapshot& snapshot, std::uint64_t first) override;
  Result<RaftSnapshot> snapshot() override { return store_->snapshot(); }

private:
  void check_vote(std::uint64_t vote);

  std::string node_;
  std::string folder_;
  LogPromises& promises_;
  std::unique_ptr<testing::FaultyFiles> files_;
  std::unique_ptr<RaftStore> store_;
  std::uint64_t term_ = 0;
  std::uint64_t vote_ = 0;
  std::map<std::uint64_t, RaftEntry> entries_; // that it acknowledged and nobody took away
  bool is_torn_ = false;                       // the last operation did not end
};

/// Nodes with a document log each, on one simulated network and clock; `check`s hold at every step.
class LogCluster {
public:
  LogCluster(std::uint64_t seed, std::size_t nodes, DocumentLog::Settings settings = {});

  struct Node {
    Node(std::string called, LogPromises& promises);

    std::string name;
    testing::TemporaryFolder data;
    WatchedDisk disk;
    std::unique_ptr<DocumentLog> log; // none while it is down
    std::uint64_t life = 0;
  };

  /// The first `count` nodes begin the cluster, and all start.
  void found(std::size_t count);
  void start(std::size_t node);
  void kill(std::size_t node);
  /// As the network and the nodes go on for so long.
  void run(double seconds);
  /// Until it is so; false after `seconds`.
  template <class Condition>
  bool run_until(Condition condition, double seconds = 30) {
    for (double waited = 0; waited < seconds && !condition(); waited += 0.05) run(0.05);
    return condition();
  }
  /// All hear each other again, nothing is lost, and all are up.
  void heal();
  void isolate(std::size_t node);

  /// The node that leads, as a majority sees it by now.
  std::optional<std::size_t> leader() const;
  DocumentLog& log(std::size_t node) { return *nodes[node]->log; }
  bool is_up(std::size_t node) const { return nodes[node]->log != nullptr; }
  /// Whether all that are up have the same state, of this version at least.
  bool agree(std::uint64_t version = 0) const;
  /// Appends a line to the document at a node, as an editor who sees that node's version.
  std::optional<std::uint64_t> edit(std::size_t node, const std::string& line);
  /// The same by hand, of a given version.
  std::optional<std::uint64_t>
  edit_of(std::size_t node, std::uint64_t base, const std::string& line);
  /// What became of a proposal; none: not decided yet.
  std::optional<DocumentLog::Decided> decided(std::uint64_t proposal) const;
  bool decide(std::uint64_t proposal, double seconds = 15);
  /// Lets a change of the servers happen on whoever leads, as often as it takes.
  template <class Change>
  bool change(Change change, double seconds = 30);

  Instant now() const { return Instant{world.now() + std::chrono::seconds{1'000}}; }
  void check_all();
  /// For whoever looks for why a seed failed.
  std::string describe() const;

  SimWorld world;
  SimNetwork network;
  DocumentLog::Settings settings;
  LogPromises promises;
  std::vector<std::unique_ptr<Node>> nodes;
  std::size_t message_bytes_max = 0; // of those that were sent

private:
  std::size_t number_of(const std::string& name) const;
  void tick(std::size_t node, std::uint64_t life);
  void pump(std::size_t node);
  void note(Node& node);

  std::map<std::uint64_t, EntryNote> proposed_;
  std::map<std::uint64_t, DocumentLog::Decided> decided_;
};

template <class Change>
bool LogCluster::change(Change change, double seconds) {
  for (double waited = 0; waited < seconds; waited += 0.2) {
    if (const auto leads = leader()) {
      const auto begun = change(log(*leads));
      pump(*leads);
      if (begun == DocumentLog::Change::needless) return true;
    }
    run(0.2);
  }
  return false;
}

/// More seeds at night, with GATEWAY_SEEDS.
std::uint64_t log_seeds(std::uint64_t usual);

} // namespace gateway
