#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace gateway {

/// Divides `usable` among demands so that the smallest share is as large as it can be, and nobody
/// has more than it asks for (max-min fair). `ahead_percent` of what nobody asks for is spread
/// evenly ahead of demand. The sum is `usable` at most; one a demand, in their order.
std::vector<std::int64_t>
fill_evenly(std::span<const std::int64_t> demands, std::int64_t usable, std::int64_t ahead_percent);

} // namespace gateway
