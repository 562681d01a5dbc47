#pragma once

#include "actors/cluster/cluster_record.hpp"

#include <string>
#include <string_view>

namespace gateway {

/// An entry as the document log has it, on disks and between nodes.
std::string encode(const ClusterEntry& entry);
/// Errors: invalid_value, for what `encode` never makes; a later version of it too.
Result<ClusterEntry> decode_cluster_entry(std::string_view bytes);

/// The whole record, as a snapshot of the log has it.
std::string encode(const ClusterRecord& record);
/// Errors: invalid_value, as above.
Result<ClusterRecord> decode_cluster_record(std::string_view bytes);

} // namespace gateway
