#include "actors/cluster/water_filling.hpp"

#include <algorithm>
#include <numeric>

namespace gateway {

std::vector<std::int64_t> fill_evenly(
  std::span<const std::int64_t> demands, std::int64_t usable, std::int64_t ahead_percent) {
  std::vector<std::int64_t> shares(demands.size());
  std::vector<std::size_t> smallest_first(demands.size());
  std::iota(smallest_first.begin(), smallest_first.end(), std::size_t{0});
  std::stable_sort(smallest_first.begin(), smallest_first.end(), [&](auto a, auto b) {
    return demands[a] < demands[b];
  });
  auto left = std::max<std::int64_t>(usable, 0);
  auto sharers = static_cast<std::int64_t>(demands.size());
  for (const auto i : smallest_first) {
    shares[i] = std::clamp<std::int64_t>(demands[i], 0, left / sharers);
    left -= shares[i];
    --sharers;
  }
  if (shares.empty()) return shares;
  const auto each = left * ahead_percent / 100 / static_cast<std::int64_t>(shares.size());
  for (auto& share : shares) share += each;
  return shares;
}

} // namespace gateway
