#pragma once

#include <chrono>
#include <cstdint>
#include <time.h>

namespace gateway {

using namespace std::chrono_literals;

using Nanoseconds = std::chrono::nanoseconds;
using Milliseconds = std::chrono::milliseconds;

/// CLOCK_BOOTTIME: monotonic, runs during suspend, one clock for all lives of a process within
/// one boot (cluster-quota.md, section 17). What decides takes `now` as an argument.
struct BootClock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<BootClock>;
  static constexpr bool is_steady = true;

  static time_point now() noexcept {
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    return time_point{std::chrono::seconds{now.tv_sec} + std::chrono::nanoseconds{now.tv_nsec}};
  }
};

/// A moment on this machine since its boot; never crosses a node.
using Instant = BootClock::time_point;

/// Wall time; only in records and for calendar resets.
using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;

inline WallTime wall_now() noexcept {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

inline std::int64_t milliseconds_since_epoch(WallTime at) noexcept {
  return at.time_since_epoch().count();
}

} // namespace gateway
