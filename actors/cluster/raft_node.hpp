#pragma once

#include "actors/cluster/document_log_settings.hpp"
#include "actors/cluster/raft_machine.hpp"
#include "actors/cluster/raft_port.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// One server of the library's, driven so that it keeps its promises: it settles all that it asked
/// for before it hears of anything else, and is kept from what 0.15 does wrong (README).
class RaftNode {
public:
  RaftNode(RaftStorage& storage, const DocumentLogSettings& settings);
  ~RaftNode();
  RaftNode(const RaftNode&) = delete;
  RaftNode& operator=(const RaftNode&) = delete;

  /// Instead of start(): who the voters are, from the beginning or from now on. The library's code.
  int found(const std::vector<std::string>& voters);
  int recover(const std::vector<std::string>& voters);

  bool start(Instant now);
  void tick(Instant now);
  void receive(const RaftMessage& message, const std::string& from, Instant now);
  /// On the leader, and where not too much waits for a majority: false elsewhere.
  bool append(std::string_view entry);

  ServersChange add(const std::string& name);
  ServersChange assign(const std::string& name, RaftServer::Role role);
  ServersChange remove(const std::string& name);
  ServersChange hand_on(const std::string& name);

  bool is_leader() const { return raft_.state == RAFT_LEADER && !failure(); }
  std::string leader() const;
  std::uint64_t term() const { return raft_.current_term; }
  std::uint64_t committed() const { return raft_.commit_index; }
  std::vector<RaftServer> servers() const;
  const DocumentState& state() const { return machine_.state(); }
  /// Then it must not be called any more.
  std::optional<Error> failure() const;
  std::uint64_t random_number() { return port_.random_number(); }

  std::function<void(const std::string& to, RaftMessage message)> on_send;
  std::function<void(RaftMachine::Applied)> on_applied; // may come again after a restart
  std::function<void(std::uint64_t index)> on_restored; // the state as a whole is another
  std::function<void(const std::string& name, bool is_done)> on_servers_changed;

private:
  void init();
  void close();
  bool start_library();
  void settle();
  void lead();
  void restart_without(std::uint64_t index);
  void tell_restored(std::uint64_t index);
  bool is_only_voter(const std::string& name) const;
  /// Why a server has to keep its vote; nothing where it may lose it.
  std::optional<ServersChange> keeps_vote(const std::string& name) const;
  template <class Call>
  ServersChange change(const std::string& name, Call call);

  RaftStorage& storage_;
  DocumentLogSettings settings_;
  struct raft raft_ {};
  RaftPort port_;
  RaftMachine machine_;
  bool is_open_ = false;
  std::optional<Error> given_up_;
  bool leads_ = false;          // as it was after the last call of the library
  bool leads_for_sure_ = false; // an entry of its term is agreed on
  bool is_changing_ = false;    // the servers
  bool is_restored_ = false;    // the state, and nobody was told
};

/// How much of the log may wait for a majority.
constexpr std::uint64_t entries_undecided_max = 256;

} // namespace gateway
