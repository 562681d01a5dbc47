#pragma once

#include "persistence/raft_record.hpp"

#include <string>
#include <string_view>

namespace gateway {

/// A snapshot as it lies in its file: a checked line with its numbers, then servers and document.
std::string raft_snapshot_text(const RaftSnapshot& snapshot);

/// Errors: storage_unavailable where it is damaged; `path` is for the message.
Result<RaftSnapshot> read_raft_snapshot(std::string_view text, const std::string& path);

} // namespace gateway
