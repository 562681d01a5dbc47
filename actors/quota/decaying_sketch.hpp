#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace gateway {

/// Quantiles of a stream of positive numbers in which old ones fade: counts in buckets a
/// twelfth of an octave apart, so that a quantile is at most 6 % too high.
/// Units: the caller's; values below 1 count as 1, above 2^32 as that.
class DecayingSketch {
public:
  /// After `half_life` further samples one counts half.
  explicit DecayingSketch(double half_life);

  void add(double value) noexcept;
  /// Value at `share` (0 … 1) of the distribution, rounded up to its bucket; 0 if empty.
  double quantile(double share) const noexcept;
  double mean() const noexcept;
  /// Samples ever added.
  std::uint64_t samples() const noexcept { return samples_; }

private:
  static constexpr std::size_t per_octave = 12;
  static constexpr std::size_t buckets = 32 * per_octave + 1;

  double growth_; // weight of the next sample against this one's
  double weight_ = 1.0;
  double total_ = 0.0;
  double sum_ = 0.0;
  std::uint64_t samples_ = 0;
  std::size_t lowest_ = 0; // buckets ever used lie between these
  std::size_t highest_ = 0;
  std::array<float, buckets> counts_{};
};

} // namespace gateway
