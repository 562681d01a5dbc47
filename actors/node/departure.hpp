#pragma once

#include "actors/quota/permit_memory.hpp"
#include "actors/runtime/cast.hpp"
#include "net/base/result.hpp"
#include "net/base/time.hpp"
#include "persistence/node_identity.hpp"

#include <caf/fwd.hpp>

#include <memory>
#include <string>

namespace gateway {

/// Leadership is another node's before this one stops; where it `leaves`, all it holds goes to the
/// others and the cluster removes it. True: it is no member any more. What could not be handed over
/// `until` then stays in the permit book, as in any stop.
bool depart(caf::actor_system& system, const DocumentLogActor& log, bool leaves, Instant until);

/// The last totals and the last event are written. False: one of them could not be.
bool end_recording(
  caf::actor_system& system,
  const LedgerActor& ledger,
  const HistoryActor& history,
  const EventsActor& events);

/// Others may have agreed, without this node, that it is no member any more: then what is in its
/// book is theirs.
bool may_have_been_removed(
  const OpenedLog& opened, const PermitMemory& memory, const std::string& node, Instant now);

/// The permit book is not what the others know of this node, or a newer life of it was there, in
/// that `epoch` (0: none): the next start finds another epoch in DATA/node.json, takes the book for
/// lost and asks them. Returns what happened, for people.
std::string give_up_book(const std::string& data, NodeIdentity identity, std::uint64_t epoch);

/// The node is no member any more, and nothing of what it held is its own: its data folder becomes
/// another, new node's, which may join the same cluster, or the one that went on from it. After
/// everybody who writes there has ended. Errors: storage_unavailable; then the next start finds out
/// again.
Result<void> forget_membership(
  const std::string& data,
  const NodeIdentity& identity,
  const PermitMemory& memory,
  const std::string& next_cluster); // empty: the same

} // namespace gateway
