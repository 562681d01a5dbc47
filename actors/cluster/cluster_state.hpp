#pragma once

#include "actors/cluster/peer_address.hpp"
#include "net/base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gateway {

/// A member as this node knows it.
struct MemberState {
  std::string name;
  PeerAddress address;
  std::uint64_t incarnation = 0;
  std::string version; // of its executable
  WallTime started{};
  std::uint64_t config_version = 0;
  bool is_linked = false; // or this node itself
  WallTime last_seen{};
  // Of the link, while there is one.
  WallTime linked_since{};
  std::optional<Nanoseconds> round_trip; // the newest; none yet
  std::uint64_t dropped = 0;             // messages that this node had no room for
};

/// An address that should lead to a member, and does not.
struct UnreachedState {
  PeerAddress address;
  std::string name; // who was last met there; empty: nobody
  std::string problem;
};

/// Who orders the versions of the document, as one node knows.
struct LogRoles {
  std::string leader; // empty: none is known, and nothing can be agreed on
  std::uint64_t term = 0;
  std::vector<std::string> voters; // sorted

  friend bool operator==(const LogRoles&, const LogRoles&) = default;
};

/// The cluster as one node sees it.
struct ClusterState {
  std::string cluster; // its id; empty: in none yet
  std::string self;
  std::vector<MemberState> members; // this node too; sorted by name
  std::vector<UnreachedState> unreached;
};

} // namespace gateway
