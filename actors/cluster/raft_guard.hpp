#pragma once

#include "actors/cluster/raft_library.hpp"
#include "actors/cluster/raft_message.hpp"

#include <cstdint>
#include <optional>

namespace gateway {

/// The term of an entry that the library has, or of the last one in its snapshot; 0 for others.
std::uint64_t raft_term_of(const struct raft& raft, std::uint64_t index) noexcept;

/// Whether a message can be handed to the library. It trusts its peers where no sane one could
/// differ, and grants a second vote in a term while it hands leadership on.
bool may_receive(const struct raft& raft, const RaftMessage& message) noexcept;

/// Where a message makes the log forget a list of servers that nobody had agreed to: the library
/// can't go back to the list before, if that is in a snapshot. It can start from the disk.
std::optional<std::uint64_t>
forgets_servers_at(const struct raft& raft, const RaftMessage& message) noexcept;

/// Shortens what a leader sends, so that no server gets a list in which it has no vote before that
/// list is agreed on: it would neither stand nor vote from then on, though both could be needed.
void withhold_lost_vote(const struct raft& raft, RaftMessage& message, const std::string& to);

/// Without what the receiver's log must not take from it: that what lies behind its last entry is
/// agreed on. The library would believe it of entries of a leader before.
RaftMessage without_overstatement(RaftMessage message);

} // namespace gateway
