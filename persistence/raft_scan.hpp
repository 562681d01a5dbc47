#pragma once

#include "persistence/raft_frame.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// The failure of a file that can't be believed, with what an operator does then.
Failed damaged_raft_file(const std::string& path, std::string_view what);

/// What is whole in a file of entries, and where that ends.
struct ScannedEntries {
  std::uint64_t first = 0; // index of entries.front(); 0 where there are none
  std::vector<RaftEntry> entries;
  std::uint64_t bytes = 0; // from here on there is only what is left of a write that broke off
  std::uint64_t write = 0; // the last one's number
};

/// Reads frames from `begin` to the end of `file`, the whole file's text.
///
/// A write that broke off was never acknowledged, and is left out. A process that dies leaves it
/// short; a loss of power may leave holes, sectors that hold only zeros. Everything else that is
/// not what its checksum says was acknowledged once: forgetting it could undo what the cluster
/// agreed on, so it is an error. So is a hole before a later write, which had to wait for it.
/// Errors: storage_unavailable.
Result<ScannedEntries>
scan_raft_entries(std::string_view file, std::size_t begin, const std::string& path);

} // namespace gateway
