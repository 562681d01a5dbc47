#pragma once

#include "actors/quota/quota.hpp"
#include "actors/quota/zone.hpp"
#include "net/base/time.hpp"

#include <cstdint>
#include <map>
#include <memory>

namespace gateway {

/// One quota in the time of the log: what is used comes back when its window is over. Times may go
/// back a little, as lines of several threads do; they count as the latest seen.
class SimulatedLimit {
public:
  explicit SimulatedLimit(QuotaSpec spec);

  const QuotaSpec& spec() const noexcept { return spec_; }
  bool has(std::int64_t amount, WallTime at);
  /// The request runs from `at` to `until`. Whether there is room was asked before.
  void take(std::int64_t amount, WallTime at, WallTime until);
  /// The largest part of the limit that was ever used, in thousandths.
  int peak_permille() const noexcept;

private:
  void free_until(WallTime at);
  WallTime back_at(WallTime at, WallTime until) const;

  QuotaSpec spec_;
  std::shared_ptr<const Zone> zone_; // of a calendar window
  Milliseconds grain_;
  WallTime now_{};
  std::int64_t used_ = 0;
  std::int64_t peak_ = 0;
  std::map<WallTime, std::int64_t> back_; // when, how much; at most a few hundred
};

} // namespace gateway
