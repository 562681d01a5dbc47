#include "actors/what_if/simulated_limit.hpp"

#include "actors/quota/calendar.hpp"

#include <algorithm>

namespace gateway {
namespace {

// What comes back within one grain comes back at its end: so many entries a window are kept.
constexpr std::int64_t grains_a_window = 240;

WallTime rounded_up(WallTime at, Milliseconds grain) {
  const auto since = at.time_since_epoch();
  return WallTime{(since + grain - Milliseconds{1}) / grain * grain};
}

} // namespace

SimulatedLimit::SimulatedLimit(QuotaSpec spec)
    : spec_(std::move(spec)),
      grain_(std::max(
        Milliseconds{1},
        std::chrono::duration_cast<Milliseconds>(window_of(spec_)) / grains_a_window)) {
  if (!is_calendar(spec_)) return;
  grain_ = Milliseconds{1}; // all of a period comes back at once
  auto zone = Zone::find(spec_.day);
  if (!zone) broken_promise("a document that was checked names a zone that does not exist");
  zone_ = *std::move(zone);
}

bool SimulatedLimit::has(std::int64_t amount, WallTime at) {
  free_until(at);
  return used_ + amount <= spec_.limit;
}

void SimulatedLimit::take(std::int64_t amount, WallTime at, WallTime until) {
  free_until(at);
  used_ += amount;
  peak_ = std::max(peak_, used_);
  back_[rounded_up(back_at(now_, std::max(now_, until)), grain_)] += amount;
}

int SimulatedLimit::peak_permille() const noexcept {
  return static_cast<int>(peak_ * 1'000 / std::max<std::int64_t>(1, spec_.limit));
}

void SimulatedLimit::free_until(WallTime at) {
  now_ = std::max(now_, at);
  while (!back_.empty() && back_.begin()->first <= now_) {
    used_ -= back_.begin()->second;
    back_.erase(back_.begin());
  }
}

// A request counts when it comes, tokens and dollars count when they are made.
WallTime SimulatedLimit::back_at(WallTime at, WallTime until) const {
  if (spec_.unit == QuotaUnit::concurrency) return std::max(until, at + Milliseconds{1});
  const auto counted = spec_.unit == QuotaUnit::requests ? at : until;
  if (!is_calendar(spec_)) return counted + std::chrono::ceil<Milliseconds>(window_of(spec_));
  const auto seconds = std::chrono::floor<std::chrono::seconds>(counted);
  return period_at(*zone_, spec_.kind, seconds).ends;
}

} // namespace gateway
