#pragma once

#include "actors/cluster/cluster_state.hpp"
#include "actors/dashboard/view_scope.hpp"

#include <string>

namespace gateway {

/// Appends who is there, as members of a Cluster (openapi.yaml): cluster, members, links,
/// unreached, rtt; of these nodes.
void append_cluster_state(std::string& out, const ClusterState& cluster, const ViewScope& scope);

} // namespace gateway
