#include "actors/quota/decaying_sketch.hpp"

#include <algorithm>
#include <cmath>

namespace gateway {
namespace {

constexpr double weight_max = 1e12; // then all is scaled down, long before a float loses counts

} // namespace

DecayingSketch::DecayingSketch(double half_life) : growth_(std::exp2(1.0 / half_life)) {}

void DecayingSketch::add(double value) noexcept {
  // Instead of fading all that is there, each new sample weighs more than the one before.
  const auto position = std::log2(std::max(value, 1.0)) * per_octave;
  const auto bucket = static_cast<std::size_t>(std::min(position, double{buckets - 1}));
  counts_[bucket] += static_cast<float>(weight_);
  lowest_ = samples_ == 0 ? bucket : std::min(lowest_, bucket);
  highest_ = std::max(highest_, bucket);
  total_ += weight_;
  sum_ += weight_ * value;
  ++samples_;
  weight_ *= growth_;
  if (weight_ < weight_max) return;
  for (auto& count : counts_) count = static_cast<float>(count / weight_);
  total_ /= weight_;
  sum_ /= weight_;
  weight_ = 1.0;
}

double DecayingSketch::quantile(double share) const noexcept {
  if (samples_ == 0) return 0.0;
  // From the top, as upper quantiles are what is asked for, once or twice a request.
  const auto may_lie_above = (1.0 - share) * total_;
  double above = 0.0;
  auto bucket = highest_;
  for (; bucket > lowest_; --bucket) {
    above += double{counts_[bucket]};
    if (above > may_lie_above) break;
  }
  return std::exp2(static_cast<double>(bucket + 1) / per_octave);
}

double DecayingSketch::mean() const noexcept {
  return samples_ == 0 ? 0.0 : sum_ / total_;
}

} // namespace gateway
