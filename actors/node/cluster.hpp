#pragma once

#include "actors/node/options.hpp"
#include "actors/runtime/cast.hpp"
#include "net/base/result.hpp"
#include "net/peer/certificates.hpp"
#include "persistence/node_identity.hpp"

#include <caf/fwd.hpp>

#include <functional>
#include <memory>

namespace gateway {

/// What a node that has a cluster port shows others; nothing where it has none. Looks whether the
/// port can be listened on, too. Errors: invalid_value, with what to do.
Result<std::shared_ptr<const PeerCertificates>> prepare_cluster(const ServeOptions& options);

struct ClusterParts {
  const ServeOptions& options;
  const NodeIdentity& identity;
  std::shared_ptr<const PeerCertificates> certificates;
  std::string version; // of this executable
  std::uint64_t config_version = 0;
  std::function<void(std::shared_ptr<const ClusterState>)> seen; // told who is there
  std::function<void()> removed; // told when this node is no member any more
};
ClusterActor make_cluster(caf::actor_system& system, ClusterParts parts);

/// The document log of a node that has a cluster port. One that belongs to a cluster goes on with
/// what lies in the data folder; one that is told to join nobody begins a cluster of its own at its
/// first start, and `identity` has its id then. Errors: storage_unavailable.
Result<OpenedLog> open_document_log(const ServeOptions& options, NodeIdentity& identity);
/// What lies at this node by that log; null where it has no cluster port.
std::shared_ptr<const ShareTable>
shares_at_start(const ServeOptions& options, const NodeIdentity& identity, const OpenedLog& opened);

DocumentLogSpec
document_log_spec(const ServeOptions& options, const NodeIdentity& identity, OpenedLog opened);

/// Lets others in, and begins to look for them. Errors: invalid_value.
Result<void>
open_cluster(caf::actor_system& system, const ClusterActor& cluster, const ServeOptions& options);

} // namespace gateway
