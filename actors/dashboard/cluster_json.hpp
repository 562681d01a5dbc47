#pragma once

#include "actors/cluster/cluster_state.hpp"

#include <string>

namespace gateway {

/// Appends who is there, as members of a Cluster (openapi.yaml): cluster, members, links,
/// unreached, rtt.
void append_cluster_state(std::string& out, const ClusterState& cluster);

} // namespace gateway
