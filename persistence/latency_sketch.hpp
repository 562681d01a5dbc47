#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace gateway {

/// How often which duration was seen, in buckets that widen with the value: merged sketches answer
/// as one sketch of all values would, in any order, and a quantile is within 1.6 % of a value seen.
/// Integers only. Units: whatever was added, here microseconds. Size: 8 bytes a bucket in use,
/// at most buckets_max of them, about 150 for an hour of one provider.
class LatencySketch {
public:
  static constexpr std::uint16_t buckets_max = 1'888;

  struct Bucket {
    std::uint16_t index = 0;
    std::uint32_t count = 0; // stays at its largest value rather than wrapping

    friend bool operator==(const Bucket&, const Bucket&) = default;
  };

  void add(std::int64_t value);
  void merge(const LatencySketch& other);

  /// The value below or at which the share `permille` of all lie: 500 is the median. Nothing if
  /// empty.
  std::optional<std::int64_t> quantile(int permille) const noexcept;
  std::uint64_t count() const noexcept;
  bool empty() const noexcept { return buckets_.empty(); }

  /// By index, ascending, each count > 0; and back (false where they are not that).
  std::span<const Bucket> buckets() const noexcept { return buckets_; }
  bool assign(std::vector<Bucket> buckets);

  static std::uint16_t index_of(std::int64_t value) noexcept;
  /// The middle of a bucket.
  static std::int64_t value_of(std::uint16_t index) noexcept;

  friend bool operator==(const LatencySketch&, const LatencySketch&) = default;

private:
  void add_count(std::uint16_t index, std::uint32_t count);
  std::vector<Bucket> buckets_;
};

/// Many sketches added up: what LatencySketch::merge makes of them, at an addition a bucket.
class SketchSum {
public:
  void add(std::span<const LatencySketch::Bucket> buckets);
  bool empty() const noexcept { return first_ >= behind_; }
  /// The sum; afterwards there is none.
  LatencySketch take();

private:
  std::vector<std::uint64_t> counts_; // by index
  std::size_t first_ = 0;             // of those in use
  std::size_t behind_ = 0;
};

} // namespace gateway
