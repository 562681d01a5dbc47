#pragma once

#include "actors/cluster/hello.hpp"
#include "actors/cluster/peer_address.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace gateway {

/// What a node is to its peers, from its start on.
struct PeersOwn {
  Hello hello;
  std::string process;     // of this life: what tells processes apart
  std::string new_cluster; // the id of the cluster that this node begins, if it does
  std::vector<PeerAddress> join;
  std::uint64_t seed = 0; // of the jitter
};

/// What becomes of a place behind which a process was found.
enum class PlaceChoice : std::uint8_t {
  connect,
  connect_later, // the other one may be connecting to us at this moment
  leave,         // it is this node itself, or linked
};

} // namespace gateway
