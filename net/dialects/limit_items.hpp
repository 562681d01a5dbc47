#pragma once

#include "net/unified/limit_report.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace gateway {

/// One member of a list in which the IETF drafts tell limits (providers/limits.md, section 2,
/// `generic`): a policy, or what remains of one. Views into the header's value.
struct LimitItem {
  std::string_view name = {};                          // of the policy
  std::string_view unit = {};                          // `qu`; none: requests
  std::optional<std::int64_t> amount = {};             // `q`, `limit`, or a number on its own
  std::optional<std::int64_t> remaining = {};          // `r`, `remaining`
  std::optional<std::chrono::milliseconds> reset = {}; // `t`, `reset`
  std::optional<std::chrono::seconds> window = {};     // `w`
};

/// A stranger could list thousands.
constexpr std::size_t limit_items_max = 16;

/// Reads `"burst";r=5;t=30, "daily";r=900;t=40000`, `"burst";q=10;w=60`, and the older drafts'
/// `100;w=60, 1000;w=3600` and `limit=10, remaining=5, reset=30`, which are one item.
std::vector<LimitItem> read_limit_items(std::string_view value);

/// The policy in whose window `item` counts: of the same name; without a name that of the same
/// amount, or the only one. None where that is not certain.
const LimitItem* policy_of(const LimitItem& item, const std::vector<LimitItem>& policies) noexcept;

/// The report's window for a length in seconds.
LimitReport::Window window_of_length(std::chrono::seconds length) noexcept;

} // namespace gateway
