#include "persistence/usage_pile.hpp"

#include "persistence/packed_bytes.hpp"
#include "persistence/packed_sketch.hpp"

#include <algorithm>
#include <utility>

namespace gateway {

void UsagePile::join(const Key& key, const SpeedBuckets& speeds) {
  auto& merged = sum_of(key).merged;
  const auto joined = [this](const LatencySketch& sketch, SketchBuckets buckets) {
    if (buckets.empty()) return sketch;
    joint_.add(sketch.buckets());
    joint_.add(buckets);
    return joint_.take();
  };
  merged.first_token = joined(merged.first_token, speeds.first_token);
  merged.latency = joined(merged.latency, speeds.latency);
  merged.queued = joined(merged.queued, speeds.queued);
}

void UsagePile::move_to(std::string& out, bool speeds) {
  std::ranges::sort(used_);
  std::string row;
  for (const auto place : used_) {
    auto& sum = sums_[place];
    row.clear();
    for (const auto number : as_row(sum.counters)) append_packed_signed(row, number);
    if (speeds) {
      auto sums = std::exchange(sum.merged, {});
      sums.merge({sum.first_token.take(), sum.latency.take(), sum.queued.take()});
      append_sketch(row, sums.first_token);
      append_sketch(row, sums.latency);
      append_sketch(row, sums.queued);
    }
    append_packed(out, place / nodes_);
    append_packed(out, place % nodes_);
    append_packed_text(out, row);
    sum.counters = {};
    sum.used = false;
  }
  used_.clear();
}

UsagePile::Sum& UsagePile::sum_of(const Key& key) {
  const auto place = key.value * nodes_ + key.node;
  if (sums_.size() <= place) sums_.resize(place + 1);
  if (!std::exchange(sums_[place].used, true)) used_.push_back(place);
  return sums_[place];
}

} // namespace gateway
