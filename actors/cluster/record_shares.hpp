#pragma once

#include "actors/cluster/cluster_record.hpp"
#include "actors/quota/share_table.hpp"

#include <cstdint>

namespace gateway {

/// What lies at `member` by the record, before anything is moved.
ShareTable shares_of(const ClusterRecord& record, std::uint32_t member);

} // namespace gateway
