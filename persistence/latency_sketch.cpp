#include "persistence/latency_sketch.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace gateway {
namespace {

// Each power of two is cut into 32 buckets, so a bucket is at most a 32nd of its value wide and its
// middle at most a 64th away. Values below 32 have a bucket each.
constexpr int precision_bits = 5;
constexpr std::uint64_t buckets_per_power = 1U << precision_bits;
static_assert(LatencySketch::buckets_max == (63 - precision_bits + 1) * buckets_per_power);

std::uint32_t saturated(std::uint64_t count) noexcept {
  return static_cast<std::uint32_t>(
    std::min<std::uint64_t>(count, std::numeric_limits<std::uint32_t>::max()));
}

} // namespace

std::uint16_t LatencySketch::index_of(std::int64_t value) noexcept {
  const auto positive = static_cast<std::uint64_t>(std::max<std::int64_t>(value, 0));
  if (positive < buckets_per_power) return static_cast<std::uint16_t>(positive);
  const int shift = static_cast<int>(std::bit_width(positive)) - 1 - precision_bits;
  const auto power = static_cast<std::uint64_t>(shift) * buckets_per_power;
  return static_cast<std::uint16_t>(power + (positive >> shift));
}

std::int64_t LatencySketch::value_of(std::uint16_t index) noexcept {
  if (index < 2 * buckets_per_power) return index;
  const int shift = index / static_cast<int>(buckets_per_power) - 1;
  const auto lowest = (index % buckets_per_power + buckets_per_power) << shift;
  return static_cast<std::int64_t>(lowest + (std::uint64_t{1} << shift) / 2);
}

void LatencySketch::add(std::int64_t value) {
  add_count(index_of(value), 1);
}

void LatencySketch::add_count(std::uint16_t index, std::uint32_t count) {
  const auto at = std::ranges::lower_bound(buckets_, index, {}, &Bucket::index);
  if (at != buckets_.end() && at->index == index)
    at->count = saturated(std::uint64_t{at->count} + count);
  else
    buckets_.insert(at, {index, count});
}

void LatencySketch::merge(const LatencySketch& other) {
  if (buckets_.empty()) {
    buckets_ = other.buckets_;
    return;
  }
  std::vector<Bucket> merged;
  merged.reserve(buckets_.size() + other.buckets_.size());
  auto ours = buckets_.begin();
  auto theirs = other.buckets_.begin();
  while (ours != buckets_.end() || theirs != other.buckets_.end()) {
    const bool from_ours =
      theirs == other.buckets_.end() || (ours != buckets_.end() && ours->index <= theirs->index);
    const auto next = from_ours ? *ours++ : *theirs++;
    if (!merged.empty() && merged.back().index == next.index)
      merged.back().count = saturated(std::uint64_t{merged.back().count} + next.count);
    else
      merged.push_back(next);
  }
  buckets_ = std::move(merged);
}

std::optional<std::int64_t> LatencySketch::quantile(int permille) const noexcept {
  const auto all = count();
  if (all == 0) return std::nullopt;
  const auto share = static_cast<std::uint64_t>(std::clamp(permille, 0, 1'000));
  // The rank is rounded up: the smallest value that has at least that share at or below it.
  const auto rank = std::max<std::uint64_t>((all * share + 999) / 1'000, 1);
  std::uint64_t seen = 0;
  for (const auto& bucket : buckets_) {
    seen += bucket.count;
    if (seen >= rank) return value_of(bucket.index);
  }
  return value_of(buckets_.back().index);
}

std::uint64_t LatencySketch::count() const noexcept {
  std::uint64_t all = 0;
  for (const auto& bucket : buckets_) all += bucket.count;
  return all;
}

bool LatencySketch::assign(std::vector<Bucket> buckets) {
  const auto disordered = std::ranges::adjacent_find(
    buckets, [](const Bucket& a, const Bucket& b) { return a.index >= b.index; });
  const bool odd = std::ranges::any_of(
    buckets, [](const Bucket& bucket) { return bucket.count == 0 || bucket.index >= buckets_max; });
  if (odd || disordered != buckets.end()) return false;
  buckets_ = std::move(buckets);
  return true;
}

void SketchSum::add(std::span<const LatencySketch::Bucket> buckets) {
  if (buckets.empty()) return;
  counts_.resize(LatencySketch::buckets_max);
  const std::size_t first = buckets.front().index;
  const std::size_t behind = buckets.back().index + std::size_t{1};
  first_ = empty() ? first : std::min(first_, first);
  behind_ = std::max(behind_, behind);
  if (behind - first == buckets.size()) { // without a gap, several at a time
    auto* const counts = counts_.data() + first;
    for (std::size_t i = 0; i < buckets.size(); ++i) counts[i] += buckets[i].count;
    return;
  }
  for (const auto& bucket : buckets) counts_[bucket.index] += bucket.count;
}

LatencySketch SketchSum::take() {
  std::vector<LatencySketch::Bucket> buckets;
  buckets.reserve(behind_ - first_);
  for (auto index = first_; index < behind_; ++index) {
    if (counts_[index] == 0) continue;
    buckets.push_back({static_cast<std::uint16_t>(index), saturated(counts_[index])});
    counts_[index] = 0;
  }
  first_ = behind_ = 0;
  LatencySketch sketch;
  sketch.assign(std::move(buckets));
  return sketch;
}

} // namespace gateway
