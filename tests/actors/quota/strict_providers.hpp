#pragma once

#include "net/base/time.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

/// Providers as strict as they can be, by brute force over the log of what they counted; they share
/// no code with the books they judge. Each says how much was over the limit.
namespace gateway {

struct Count {
  Nanoseconds at{0};
  std::int64_t amount = 0;
};

inline std::vector<Count> in_order(std::vector<Count> counts) {
  std::sort(
    counts.begin(), counts.end(), [](const Count& a, const Count& b) { return a.at < b.at; });
  return counts;
}

/// A window that begins every `window`, at each of 60 phases; the worst of them.
inline std::int64_t
over_at_fixed(const std::vector<Count>& log, std::int64_t limit, Nanoseconds window) {
  std::int64_t worst = 0;
  for (int phase = 0; phase < 60; ++phase) {
    const auto shift = window * phase / 60;
    std::int64_t over = 0;
    std::int64_t used = 0;
    std::int64_t period = -1;
    for (const auto& count : log) {
      const auto current = (count.at + shift) / window;
      if (current != period) used = 0;
      period = current;
      used += count.amount;
      if (used > limit) over += std::min(count.amount, used - limit);
    }
    worst = std::max(worst, over);
  }
  return worst;
}

/// No interval of `window` may hold more than the limit.
inline std::int64_t
over_at_sliding(const std::vector<Count>& log, std::int64_t limit, Nanoseconds window) {
  std::int64_t over = 0;
  std::int64_t used = 0;
  std::size_t oldest = 0;
  for (const auto& count : log) {
    while (log[oldest].at <= count.at - window) used -= log[oldest++].amount;
    used += count.amount;
    if (used > limit) over += std::min(count.amount, used - limit);
  }
  return over;
}

/// A bucket of the limit's size that fills again evenly within a window.
inline std::int64_t
over_at_bucket(const std::vector<Count>& log, std::int64_t limit, Nanoseconds window) {
  std::int64_t over = 0;
  double level = static_cast<double>(limit);
  Nanoseconds before{0};
  for (const auto& count : log) {
    const auto share = std::chrono::duration<double>(count.at - before) / window;
    level = std::min(static_cast<double>(limit), level + share * static_cast<double>(limit));
    before = count.at;
    if (static_cast<double>(count.amount) > level + 1e-6) {
      over += count.amount; // refused: the bucket keeps what it has
      continue;
    }
    level -= static_cast<double>(count.amount);
  }
  return over;
}

inline std::int64_t
over_at_any(const std::vector<Count>& log, std::int64_t limit, Nanoseconds window) {
  return over_at_fixed(log, limit, window) + over_at_sliding(log, limit, window)
    + over_at_bucket(log, limit, window);
}

/// Places: a call is there from its count to that of its end, which is below 0.
inline std::int64_t over_at_places(const std::vector<Count>& log, std::int64_t limit) {
  std::int64_t over = 0;
  std::int64_t used = 0;
  for (std::size_t i = 0; i < log.size(); ++i) {
    // Who leaves at the very moment makes room.
    if (i == 0 || log[i].at != log[i - 1].at)
      for (auto j = i; j < log.size() && log[j].at == log[i].at; ++j)
        if (log[j].amount < 0) used += log[j].amount;
    if (log[i].amount <= 0) continue;
    used += log[i].amount;
    if (used > limit) over += std::min(log[i].amount, used - limit);
  }
  return over;
}

/// A count that begins anew at each of `resets`, ascending.
inline std::int64_t over_at_resets(
  const std::vector<Count>& log, std::int64_t limit, const std::vector<Nanoseconds>& resets) {
  std::int64_t over = 0;
  std::int64_t used = 0;
  std::size_t next = 0;
  for (const auto& count : log) {
    for (; next < resets.size() && count.at >= resets[next]; ++next) used = 0;
    used += count.amount;
    if (used > limit) over += std::min(count.amount, used - limit);
  }
  return over;
}

} // namespace gateway
