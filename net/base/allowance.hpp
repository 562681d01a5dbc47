#pragma once

#include "net/base/time.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace gateway {

/// So many at once, then one in a while. Thread: its owner's. `now` never goes back.
class Allowance {
public:
  constexpr Allowance(std::int64_t at_once, Nanoseconds one_in) noexcept
      : one_in_(one_in), room_((at_once - 1) * one_in) {}

  /// How long until one more is allowed; none: it is now.
  std::optional<Milliseconds> wait(Instant now) const noexcept {
    if (full_at_ - now <= room_) return std::nullopt;
    return std::chrono::ceil<Milliseconds>(full_at_ - now - room_);
  }
  /// Takes one, allowed or not.
  void take(Instant now) noexcept { full_at_ = std::max(full_at_, now) + one_in_; }
  /// Nothing was taken, or so long ago that it no longer counts.
  bool is_full(Instant now) const noexcept { return full_at_ <= now; }

private:
  Nanoseconds one_in_;
  Nanoseconds room_;
  Instant full_at_{}; // each one taken needs `one_in` of the time until then
};

} // namespace gateway
