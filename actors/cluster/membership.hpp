#pragma once

#include "actors/cluster/cluster_record.hpp"
#include "actors/cluster/raft_servers.hpp"

#include <set>
#include <string>
#include <variant>
#include <vector>

namespace gateway {

/// What the leader of the document log knows of who belongs to the cluster.
struct MembershipView {
  std::vector<MemberJoined> here;  // nodes that it is linked with at this moment, and itself
  std::string self;                // its name
  std::vector<RaftServer> servers; // of the log
  std::set<std::string> voters;    // as the document names them; empty: it does not
  std::set<std::string> unwilling; // of those here: may not vote
  /// After so long a silence a member is written off, by the document; none: never.
  std::optional<Milliseconds> write_off;

  /// One that is there. On those who leave nothing is built any more.
  void meet(MemberJoined node, bool may_vote, bool is_leaving);
};

/// One step; the next one is taken when this one's outcome is known. None: all is as it should be.
struct AddServer {
  std::string name;
};
struct AssignServer {
  std::string name;
  RaftServer::Role role = RaftServer::Role::standby;
};
struct RemoveServer {
  std::string name;
};
/// Leadership, to a voter.
struct HandOn {
  std::string name;
};
using MembershipStep = std::
  variant<std::monostate, MemberJoined, AddServer, AssignServer, RemoveServer, HandOn, ContactSet>;

/// Whoever is there and is no member becomes one; every member has the log; those vote whom the
/// document names, or three, but nobody who may not; who votes has to hear the others, if they are
/// three. Nobody stops being a member here because it is silent.
MembershipStep next_membership_step(const ClusterRecord& record, const MembershipView& view);

bool is_member(const ClusterRecord& record, const std::string& name);
/// Whether a member has that name, but not that data folder: whoever emptied a member's folder has
/// forgotten its votes and what it acknowledged, and must take no part in the log under its name.
bool is_stranger(const ClusterRecord& record, const std::string& name, const std::string& node);
bool is_only_member(const ClusterRecord& record, const std::string& node);
/// Who may be broker: everybody in small clusters, else who votes.
std::set<std::uint32_t>
broker_candidates(const ClusterRecord& record, const std::vector<RaftServer>& servers);
bool is_any_voter(
  const ClusterRecord& record,
  const std::vector<RaftServer>& servers,
  const std::vector<std::uint32_t>& members);
/// Of these names the voter that has most of the log; empty: none votes.
std::string best_voter(const std::vector<RaftServer>& servers, const std::set<std::string>& names);

/// How many vote where the document names nobody.
constexpr std::size_t voters_unnamed = 3;

} // namespace gateway
