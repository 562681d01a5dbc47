#pragma once

#include "net/base/result.hpp"
#include "net/base/time.hpp"
#include "persistence/files.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

namespace gateway {

/// When what a line tells of happened; nothing for a line that tells of nothing.
using LineTime = std::function<std::optional<WallTime>(std::string_view line)>;

/// Lines stand in the order of their times but for so much: threads write them within a turn of
/// their loop, and after a stall of the disk later.
constexpr Milliseconds lines_late_max{60'000};

/// A place in the first `end` bytes of a file behind which all lines of that time or later begin,
/// found by halving: most of what is earlier lies before it. Errors: storage_unavailable.
Result<std::uint64_t>
find_time(Files& files, int descriptor, std::uint64_t end, WallTime time, const LineTime& time_of);

} // namespace gateway
