#pragma once

#include "actors/node/options.hpp"
#include "actors/quota/permit_memory.hpp"
#include "actors/runtime/cast.hpp"
#include "net/base/result.hpp"
#include "net/peer/peer_tls.hpp"
#include "persistence/node_identity.hpp"

#include <caf/fwd.hpp>

#include <functional>
#include <memory>
#include <optional>

namespace gateway {

/// Whether the cluster port can be listened on, before anything else is started: the network
/// layer's own word on it comes late, and is short. Errors: invalid_value.
Result<void> look_at_cluster_port(const PeerAddress& listen);

struct ClusterParts {
  const ServeOptions& options;
  const NodeIdentity& identity;
  std::optional<std::uint32_t> number; // of the member that this node was last
  std::shared_ptr<const PeerTls> tls;  // none: it has no cluster port
  std::string version;                 // of this executable
  std::uint64_t config_version = 0;
  std::function<void(std::shared_ptr<const ClusterState>)> seen; // told who is there
  std::function<void(const std::string&)> removed;               // as ClusterSpec has it
};
ClusterActor make_cluster(caf::actor_system& system, ClusterParts parts);

/// The document log of a node that has a cluster port. One that belongs to a cluster goes on with
/// what lies in the data folder; one that is told to join nobody begins a cluster of its own at its
/// first start, and `identity` has its id then. Errors: storage_unavailable.
Result<OpenedLog> open_document_log(const ServeOptions& options, NodeIdentity& identity);
/// Of the member that this node was when it was there last, by that log or by its permit book;
/// none: it never was.
std::optional<std::uint32_t>
number_at_start(const NodeIdentity& identity, const OpenedLog& opened, PermitMemory& memory);
/// What lies at this node by that log; null where it has no cluster port.
std::shared_ptr<const ShareTable>
shares_at_start(const ServeOptions& options, const NodeIdentity& identity, const OpenedLog& opened);

/// What was in force at the end of the last life, by DATA/document.log; null: that is not known,
/// and a majority's word is waited for.
std::shared_ptr<const DocumentState> read_in_force(const std::string& folder);

DocumentLogSpec document_log_spec(
  const ServeOptions& options,
  const NodeIdentity& identity,
  std::optional<std::uint32_t> number,
  OpenedLog opened);

/// Lets others in and begins to look for them, where there is a cluster port. Errors:
/// invalid_value.
Result<void>
open_cluster(caf::actor_system& system, const ClusterActor& cluster, const ServeOptions& options);

} // namespace gateway
