#include "actors/quota/bucket_times.hpp"

#include "actors/quota/calendar.hpp"
#include "actors/quota/permit_layout.hpp"

#include <cstdlib>
#include <utility>

namespace gateway {
namespace {

// The provider's calendar and ours agree to so much; a wall clock that was stepped is trusted less.
constexpr Nanoseconds reset_guard = 2s;
constexpr Nanoseconds reset_guard_stepped = 60s;
constexpr Nanoseconds wall_step = 1s;

std::int64_t wall_ahead(Instant now, WallTime wall) noexcept {
  return (Nanoseconds{wall.time_since_epoch()} - now.time_since_epoch()).count();
}

} // namespace

BucketTimes::BucketTimes(
  const QuotaSpec& spec, std::shared_ptr<const Zone> zone, Instant now, WallTime wall)
    : kind_(spec.kind), window_(window_of(spec)), zone_(std::move(zone)),
      wall_ahead_(wall_ahead(now, wall)), guard_(reset_guard.count()) {}

std::chrono::sys_seconds BucketTimes::wall_at(Instant at, Nanoseconds shift) const noexcept {
  const auto wall = at.time_since_epoch() + Nanoseconds{wall_ahead_.load()} + shift;
  return std::chrono::sys_seconds{std::chrono::floor<std::chrono::seconds>(wall)};
}

std::int64_t BucketTimes::after(Instant counted) const noexcept {
  if (!zone_) return at(counted + stretched(window_));
  // Counted shortly before a reset by our clock is after it by the provider's, perhaps.
  return period_at(*zone_, kind_, wall_at(counted, Nanoseconds{guard_.load()})).ordinal;
}

std::int64_t BucketTimes::at(Instant due) const noexcept {
  if (zone_) return after(due);
  const auto width = width_.count();
  return (due.time_since_epoch().count() + width - 1) / width;
}

std::int64_t BucketTimes::reached(Instant now) const noexcept {
  if (!zone_) return now.time_since_epoch() / width_;
  return period_at(*zone_, kind_, wall_at(now, -Nanoseconds{guard_.load()})).ordinal - 1;
}

Instant BucketTimes::due(std::int64_t bucket) const noexcept {
  if (!zone_) return Instant{bucket * width_};
  const Nanoseconds ends = period_of(*zone_, kind_, bucket).ends.time_since_epoch();
  return Instant{ends + Nanoseconds{guard_.load() - wall_ahead_.load()}};
}

void BucketTimes::follow(Instant now, WallTime wall) noexcept {
  const auto ahead = wall_ahead(now, wall);
  if (std::abs(ahead - wall_ahead_.load()) > wall_step.count())
    guard_ = reset_guard_stepped.count();
  wall_ahead_ = ahead;
}

} // namespace gateway
