#pragma once

#include "net/base/time.hpp"

#include <cstdint>

namespace gateway {

/// How much a quota's calls ask for, whether they get it or not; what was long ago fades within 8
/// s.
class DemandRate {
public:
  explicit DemandRate(Instant now) noexcept : since_(now) {}

  void note(std::int64_t amount) noexcept { asked_ += amount; }
  /// What is asked for within `time` at this rate.
  std::int64_t within(Nanoseconds time, Instant now) noexcept;

private:
  double per_second_ = 0;
  std::int64_t asked_ = 0;
  Instant since_;
};

} // namespace gateway
