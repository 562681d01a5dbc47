#pragma once

#include "actors/dashboard/time_ring.hpp"
#include "net/base/time.hpp"
#include "persistence/latency_sketch.hpp"

namespace gateway {

/// Time to the first token of what ended within about the last minute, in microseconds.
class RecentSpeed {
public:
  void add(const LatencySketch& sketch, WallTime now) {
    if (!sketch.empty()) slices_.at(slice_of(now)).merge(sketch);
  }
  LatencySketch all(WallTime now) const {
    LatencySketch sum;
    for (auto slice = slice_of(now); slice > slice_of(now) - slices; --slice)
      if (const auto* sketch = slices_.find(slice)) sum.merge(*sketch);
    return sum;
  }

private:
  static constexpr int slices = 6;
  static std::int64_t slice_of(WallTime at) noexcept { return at.time_since_epoch() / 10s; }

  TimeRing<LatencySketch, slices> slices_;
};

} // namespace gateway
