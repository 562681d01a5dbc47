#pragma once

#include "net/base/time.hpp"

#include <algorithm>
#include <compare>
#include <functional>
#include <iterator>
#include <vector>

namespace gateway {

constexpr Milliseconds usage_second{1'000};
constexpr Milliseconds usage_detail{10'000};
constexpr Milliseconds usage_minute{60'000};
constexpr Milliseconds usage_hour{3'600'000};
constexpr Milliseconds usage_quarter{6 * 3'600'000};
constexpr Milliseconds usage_day_length{24 * 3'600'000};
constexpr std::chrono::days usage_week{7};

/// A stretch of time: [start, start + length).
struct UsageSpan {
  WallTime start{};
  Milliseconds length{0};

  WallTime end() const noexcept { return start + length; }
  friend auto operator<=>(const UsageSpan&, const UsageSpan&) = default;
};

/// The span of that length in which `at` lies.
constexpr UsageSpan span_of(WallTime at, Milliseconds length) noexcept {
  const auto since = at.time_since_epoch();
  auto rest = since % length;
  if (rest < Milliseconds{0}) rest += length; // a clock set before 1970
  return {WallTime{since - rest}, length};
}

/// Takes those for which `is_wanted` holds out of the list; they and the rest keep their order.
template <class Entry, class Predicate>
std::vector<Entry> take_out(std::vector<Entry>& entries, Predicate is_wanted) {
  const auto wanted = std::ranges::stable_partition(entries, std::not_fn(is_wanted));
  std::vector<Entry> taken(
    std::make_move_iterator(wanted.begin()), std::make_move_iterator(wanted.end()));
  entries.erase(wanted.begin(), wanted.end());
  return taken;
}

} // namespace gateway
