#include "tests/actors/cluster/sim_limit.hpp"

#include "tests/actors/cluster/sim_network.hpp"
#include "tests/actors/quota/book_room.hpp"

#include <algorithm>

namespace gateway {
namespace {

/// When a calendar's period ends where the provider is. The day in Los Angeles between these two
/// has 25 hours, as the clock is put back in it.
std::vector<Nanoseconds> resets_of(SimKind kind) {
  if (kind == SimKind::day) return {30min, 30min + 25h};
  return {30min};
}

double seconds(Nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

/// Places that were taken, times the seconds.
double place_seconds(const std::vector<Count>& log, Nanoseconds from, Nanoseconds until) {
  double sum = 0;
  for (const auto& count : log)
    sum += static_cast<double>(count.amount) * seconds(until - std::clamp(count.at, from, until));
  return sum;
}

} // namespace

QuotaSpec SimLimit::spec(std::int64_t limit) const {
  auto spec = per_minute(limit, kind_ == SimKind::tokens ? QuotaUnit::tokens : QuotaUnit::requests);
  if (kind_ == SimKind::places) {
    spec.unit = QuotaUnit::concurrency;
    spec.longest_call = std::chrono::round<Milliseconds>(sim_seconds(longest_call));
  }
  spec.window = window();
  if (kind_ == SimKind::day) {
    spec.kind = WindowKind::day;
    spec.day = "America/Los_Angeles";
  } else if (kind_ == SimKind::month) {
    spec.kind = WindowKind::month;
    spec.day = "utc";
  }
  return spec;
}

Nanoseconds SimLimit::window() const {
  switch (kind_) {
  case SimKind::places: return 0s;
  case SimKind::hour: return 1h;
  case SimKind::day: return 24h;
  case SimKind::month: return 31 * 24h;
  default: return 60s;
  }
}

double SimLimit::slowness() const {
  if (kind_ == SimKind::hour) return 10;
  return kind_ == SimKind::day || kind_ == SimKind::month ? 40 : 1;
}

double SimLimit::calls_per_second(std::int64_t limit, double mean) const {
  const auto calls = static_cast<double>(limit) / mean;
  // A day's are asked for within an hour, as many agents would.
  if (is_calendar(spec(limit))) return calls / 3'600;
  return kind_ == SimKind::places ? calls : calls / seconds(window());
}

WallTime SimLimit::begins() const {
  // Half an hour before a reset.
  if (kind_ == SimKind::day) return WallTime{Milliseconds{1'793'514'600'000}};
  if (kind_ == SimKind::month) return WallTime{Milliseconds{1'796'081'400'000}};
  return TestClock{}.wall;
}

std::int64_t SimLimit::over(const std::vector<Count>& log, std::int64_t limit) const {
  if (kind_ == SimKind::places) return over_at_places(log, limit);
  if (is_calendar(spec(limit))) return over_at_resets(log, limit, resets_of(kind_));
  return over_at_any(log, limit, window());
}

double SimLimit::used(
  const std::vector<Count>& log, std::int64_t limit, Nanoseconds from, Nanoseconds until) const {
  const auto most = static_cast<double>(limit);
  if (kind_ == SimKind::places)
    return place_seconds(log, from, until) / (most * seconds(until - from));
  std::int64_t sum = 0;
  for (const auto& count : log)
    if (count.at > from && count.at <= until) sum += count.amount;
  if (!is_calendar(spec(limit)))
    return static_cast<double>(sum) / (most * seconds(until - from) / seconds(window()));
  const auto resets = resets_of(kind_);
  const auto periods = 1 + std::ranges::count_if(resets, [&](Nanoseconds reset) {
                         return reset > from && reset < until;
                       });
  return static_cast<double>(sum) / (most * static_cast<double>(periods));
}

} // namespace gateway
