#pragma once

#include "actors/cluster/document_log_settings.hpp"
#include "actors/cluster/document_peers.hpp"
#include "actors/cluster/document_state.hpp"
#include "actors/cluster/raft_servers.hpp"
#include "net/base/time.hpp"
#include "persistence/raft_record.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// One order of all changes for all nodes, that no crash and no partition takes back: Raft, by
/// Debian's libraft, over a disk and messages of ours.
///
/// A driver hands in what it hears and the time, and takes out what is to be sent, what came to be
/// and what became of its own proposals. Nothing calls back.
/// Thread: one at a time, which waits for the disk.
class DocumentLog {
public:
  using Settings = DocumentLogSettings;
  using Outgoing = DocumentPeers::Outgoing; // for the node of that name; at most 64 KiB
  /// What changed the document or the members, on every node in the same order. Some come again
  /// after a restart.
  struct Happened {
    std::uint64_t index = 0;
    /// None: a node that was away for long took the others' state as a whole.
    std::optional<DocumentEntry> entry;
    EntryOutcome outcome;
  };
  struct Decided {
    std::uint64_t proposal = 0;
    /// None: no majority was found in time. The proposal may still come to count.
    std::optional<EntryOutcome> outcome;
  };
  /// What became of a change of the servers. Not done: try again, or see what they are by then.
  struct ServersChanged {
    std::string name;
    bool is_done = false;
  };
  using Change = ServersChange;

  /// Writes down who begins the cluster; the same list at all of them. Once, where there is no log.
  /// Errors: invalid_value, storage_unavailable.
  static Result<void> found(RaftStorage& storage, const std::vector<std::string>& founders);
  /// The operator's last resort, when the majority is lost for good: these are the voters from now
  /// on. On one node that is not running; the others begin with an empty folder.
  /// What only those had agreed to who are lost is lost.
  static Result<void> recover(RaftStorage& storage, const std::vector<std::string>& voters);
  /// `storage` outlives it. A node that no log has named yet waits for a leader's messages.
  /// Errors: storage_unavailable.
  static Result<std::unique_ptr<DocumentLog>>
  start(RaftStorage& storage, const Settings& settings, Instant now);
  ~DocumentLog();

  /// Several times in a heartbeat.
  void tick(Instant now);
  /// `only_follow`: of that peer nothing counts but what it says as a leader, whom others elected.
  /// Errors: invalid_value; the peer is no sane one.
  Result<void>
  receive(const std::string& from, std::string_view bytes, Instant now, bool only_follow = false);

  /// Asks for an entry, wherever the leader is; `entry.proposal` is made here and returned.
  /// Errors: invalid_value for one that is too long, overloaded where too many wait.
  Result<std::uint64_t> propose(DocumentEntry entry, Instant now);

  /// On the leader. A server is added as a spare, then made a stand-by and perhaps a voter.
  Change add_server(const std::string& name);
  Change assign(const std::string& name, RaftServer::Role role);
  Change remove_server(const std::string& name);
  /// Hands leadership to a voter, "" for the best one.
  Change hand_on(const std::string& name);

  std::vector<Outgoing> take_outgoing();
  std::vector<Happened> take_happened();
  std::vector<Decided> take_decided();
  std::vector<ServersChanged> take_servers_changed();

  bool is_leader() const;
  std::string leader() const; // "" where none is known
  std::uint64_t term() const;
  std::uint64_t committed() const; // entries
  std::vector<RaftServer> servers() const;
  const DocumentState& state() const;
  /// Why it does nothing any more: the disk failed, or an entry is not understood. What was
  /// acknowledged stands; it can be started again.
  std::optional<Error> failure() const;

private:
  struct Inside;
  explicit DocumentLog(std::unique_ptr<Inside> inside);

  std::unique_ptr<Inside> inside_;
};

/// How many parts of a long message go to a peer with each tick.
constexpr std::size_t parts_per_tick = 4;

} // namespace gateway
