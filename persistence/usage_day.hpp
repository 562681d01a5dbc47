#pragma once

#include "persistence/numbered_texts.hpp"
#include "persistence/usage_totals.hpp"

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

using SketchBuckets = std::span<const LatencySketch::Bucket>;

/// Views of UsageSpeeds; counts may be 0.
struct SpeedBuckets {
  SketchBuckets first_token;
  SketchBuckets latency;
  SketchBuckets queued;

  bool empty() const noexcept { return first_token.empty() && latency.empty() && queued.empty(); }
};
inline SpeedBuckets buckets_of(const UsageSpeeds& speeds) noexcept {
  return {speeds.first_token.buckets(), speeds.latency.buckets(), speeds.queued.buckets()};
}

/// A closed day, or several, as charts read it: each node's sums of one dimension at a time instead
/// of all combinations, by day, by quarter of a day and by hour. Packed, because there are many: a
/// usual node's day takes 440 kB, and 1.4 MB more for its hours.
class UsageDay {
public:
  UsageDay() = default;
  /// Sums up a day's totals by hour.
  UsageDay(Day day, const UsageTotals& hours);
  /// Days, some of them or none, of the stretch that begins there: one sum, and nothing shorter.
  static UsageDay together(
    Day first, std::chrono::days length, std::span<const std::shared_ptr<const UsageDay>> days);

  struct Row {
    UsageSpan span;
    std::uint32_t value = 0; // of `text`
    std::uint32_t node = 0;  // of `text` of UsageDimension::node
    UsageCounters counters;
    SpeedBuckets speeds; // empty where there are none that short
  };
  using RowVisitor = std::function<void(const Row&)>;
  /// The shortest stretch that it tells apart: an hour, a quarter of the day, or all of it.
  Milliseconds finest() const noexcept;
  /// The shortest that all speeds of that dimension were kept in: on a day of very many values more
  /// than an hour.
  Milliseconds finest_speeds(std::optional<UsageDimension> by) const noexcept;
  /// The rows in stretches of that length, by time. Without `speeds` the sketches are passed over.
  void visit(
    Milliseconds length,
    std::optional<UsageDimension> by,
    bool speeds,
    const RowVisitor& visitor) const;
  /// A value of that dimension; empty where nothing is told apart.
  const std::string& text(std::optional<UsageDimension> by, std::uint32_t value) const noexcept;

  /// Forgets what is shorter than `length`.
  void keep(Milliseconds length);
  std::size_t bytes() const noexcept;

  /// Appends it, the hours behind the rest, so that a reader may leave them: `head_bytes` says how
  /// long the rest is.
  void append_to(std::string& out, std::size_t& head_bytes) const;
  /// Nothing where the bytes are none of a day's. `hours` may be empty: then it has none.
  static std::optional<UsageDay> read(Day day, std::string_view head, std::string_view hours);

private:
  /// One group a dimension, and one in which nothing is told apart.
  static constexpr std::size_t group_count = usage_dimension_count + 1;
  struct Block {
    std::string bytes;
    std::array<std::uint32_t, group_count + 1> starts{}; // of the groups, and where the last ends

    void append_to(std::string& out) const;
    bool read(class PackedReader& from);
  };
  class Builder;

  static std::string group_of_days(
    std::size_t group,
    std::span<const std::shared_ptr<const UsageDay>> days,
    std::span<NumberedTexts, usage_dimension_count> numbers);
  const std::vector<Block>& blocks_of(Milliseconds length) const noexcept;
  void visit_block(
    const Block& block,
    const UsageSpan& span,
    std::optional<UsageDimension> by,
    bool speeds,
    const RowVisitor& visitor) const;

  Day day_{};
  Milliseconds length_{usage_day_length};
  Milliseconds finest_value_speeds_{usage_hour};
  std::array<std::vector<std::string>, usage_dimension_count> texts_; // by value
  std::vector<Block> whole_;                                          // one
  std::vector<Block> quarters_;                                       // four, or none
  std::vector<Block> hours_;                                          // 24, or none
};

} // namespace gateway
