#pragma once

#include "net/base/result.hpp"
#include "net/base/time.hpp"

#include <optional>
#include <string_view>

namespace gateway {

/// The stretch of time that a query names: from this moment on, before that one.
struct TimeRange {
  std::optional<WallTime> from = {};
  std::optional<WallTime> to = {};
};

/// `?from=MS&to=MS`, or `last` (90s, 15m, 1h, 7d) before `to`, or before now; what is not there
/// is open. Errors: invalid_value, with `param`.
Result<TimeRange> read_time_range(std::string_view query, WallTime now);

} // namespace gateway
