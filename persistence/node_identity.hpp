#pragma once

#include "net/base/result.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace gateway {

/// DATA/node.json: who this node is. The identity is the data folder's: made at its first start,
/// the same in every later life (cluster-quota.md, section 4).
struct NodeIdentity {
  std::string id;                // 32 hex digits, random
  std::uint64_t incarnation = 0; // one more at each start
  std::uint64_t epoch = 0;       // of the permit book; 0 at the first start
  std::string cluster;           // the id of the cluster it belongs to; empty: none yet
  /// Of those that it went on from when most of their voters were lost (llm-gateway recover).
  std::vector<std::string> recovered_from = {};
};

/// Reads the identity, or makes one; the incarnation is already that of this start, not yet stored.
/// Errors: storage_unavailable; invalid_json where the file is damaged: a node must not guess who
/// it is.
Result<NodeIdentity> load_identity(const std::string& data);
/// Synced when it returns.
Result<void> store_identity(const std::string& data, const NodeIdentity& identity);

/// 32 hex digits that nobody has had before.
std::string random_id();

/// What the system says of itself, empty where it says nothing.
std::string machine_id();
std::string boot_id();

} // namespace gateway
