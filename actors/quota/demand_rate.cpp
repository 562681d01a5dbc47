#include "actors/quota/demand_rate.hpp"

#include <algorithm>
#include <cmath>

namespace gateway {
namespace {

constexpr Nanoseconds step = 500ms;
constexpr double fades_in = 8; // seconds

double in_seconds(Nanoseconds time) noexcept {
  return std::chrono::duration<double>(time).count();
}

} // namespace

std::int64_t DemandRate::within(Nanoseconds time, Instant now) noexcept {
  if (const auto passed = in_seconds(now - since_); now - since_ >= step) {
    const auto newer = 1 - std::exp(-passed / fades_in);
    per_second_ += newer * (static_cast<double>(asked_) / passed - per_second_);
    asked_ = 0;
    since_ = now;
  }
  constexpr double most = 1e15;
  return static_cast<std::int64_t>(std::min(per_second_ * in_seconds(time), most));
}

} // namespace gateway
