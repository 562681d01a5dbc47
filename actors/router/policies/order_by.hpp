#pragma once

#include "actors/router/walk.hpp"

#include <algorithm>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

namespace gateway {

/// The candidates' numbers sorted by `key`, smallest first; equal ones keep their written order.
template <class Key>
std::vector<std::size_t> order_by(std::span<const Candidate> candidates, Key key) {
  std::vector<std::size_t> order(candidates.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  // The number decides between equals: a stable sort would take memory to do the same.
  std::ranges::sort(order, {}, [&](std::size_t i) { return std::pair{key(candidates[i]), i}; });
  return order;
}

/// How long an answer of `tokens` tokens is expected to take; an unmeasured candidate counts as
/// fast, so that it gets measured.
inline std::int64_t expected_us(const Candidate& candidate, std::int64_t tokens) {
  const auto writing = candidate.tokens_per_second > 0
    ? tokens * 1'000'000 / candidate.tokens_per_second
    : std::int64_t{0};
  return candidate.first_token_us + writing;
}

} // namespace gateway
