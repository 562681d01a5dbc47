#pragma once

#include "net/base/allowance.hpp"

#include <cstdint>
#include <utility>

namespace gateway {

/// Events that happen by themselves and may come without end (a provider that flaps): what is
/// beyond the allowance is counted. Keeps the audit log from being filled up.
class EventRate {
public:
  static constexpr std::int64_t at_once = 100;
  static constexpr Nanoseconds one_in = std::chrono::seconds{10};

  /// May another one be written? What may not is counted.
  bool take(Instant now) noexcept {
    if (allowance_.wait(now)) {
      ++left_out_;
      return false;
    }
    allowance_.take(now);
    return true;
  }

  /// How many were left out since this was last asked.
  std::uint64_t take_left_out() noexcept { return std::exchange(left_out_, 0); }

private:
  Allowance allowance_{at_once, one_in};
  std::uint64_t left_out_ = 0;
};

} // namespace gateway
