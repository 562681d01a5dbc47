#pragma once

#include "actors/quota/quota.hpp"
#include "actors/quota/zone.hpp"
#include "net/base/time.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>

namespace gateway {

/// Which bucket of a quota's ring is due when. Of a sliding window the buckets are equally wide and
/// due times are rounded up; of a calendar window each is a period, due when it is surely over.
/// Thread: `follow` the owner's, all else any.
class BucketTimes {
public:
  /// `zone`: null for a sliding window. `width`: of a bucket of it.
  BucketTimes(const QuotaSpec& spec, std::shared_ptr<const Zone> zone, Instant now, WallTime wall);

  void set_width(Nanoseconds width) noexcept { width_ = width; }

  /// The bucket of what was counted at `counted` at the latest.
  std::int64_t after(Instant counted) const noexcept;
  /// The bucket of what is due at `due`; in calendar mode of what was counted then.
  std::int64_t at(Instant due) const noexcept;
  /// The last bucket that is due.
  std::int64_t reached(Instant now) const noexcept;
  Instant due(std::int64_t bucket) const noexcept;
  bool is_calendar() const noexcept { return zone_ != nullptr; }

  /// Follows the wall clock, which calendar windows go by.
  void follow(Instant now, WallTime wall) noexcept;

private:
  std::chrono::sys_seconds wall_at(Instant at, Nanoseconds shift) const noexcept;

  WindowKind kind_;
  Nanoseconds window_;
  Nanoseconds width_{1};
  std::shared_ptr<const Zone> zone_;
  std::atomic<std::int64_t> wall_ahead_; // of boot time, ns
  std::atomic<std::int64_t> guard_;      // ns on either side of a reset
};

} // namespace gateway
