#include "persistence/latency_sketch.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace gateway {
namespace {

/// Durations from microseconds to minutes, most of them short.
std::vector<std::int64_t> durations(std::mt19937& random, std::size_t count) {
  std::uniform_real_distribution<double> power{0, 8};
  std::vector<std::int64_t> values;
  for (std::size_t i = 0; i < count; ++i)
    values.push_back(std::llround(std::pow(10, power(random))));
  return values;
}

LatencySketch sketch_of(const std::vector<std::int64_t>& values) {
  LatencySketch sketch;
  for (const auto value : values) sketch.add(value);
  return sketch;
}

} // namespace

TEST_CASE("a bucket's middle is within a 64th of every value in it", "[persistence][sketch]") {
  std::vector<std::int64_t> values;
  for (std::int64_t value = 0; value < 5'000; ++value) values.push_back(value);
  for (int power = 12; power < 63; ++power)
    for (const std::int64_t around : {-1, 0, 1})
      values.push_back((std::int64_t{1} << power) + around);
  values.push_back(std::numeric_limits<std::int64_t>::max());
  for (const auto value : values) {
    const auto middle = LatencySketch::value_of(LatencySketch::index_of(value));
    CAPTURE(value, middle);
    REQUIRE(std::abs(static_cast<double>(middle - value)) <= static_cast<double>(value) / 64.0);
  }
}

TEST_CASE("buckets are in the order of their values", "[persistence][sketch]") {
  for (std::uint16_t index = 1; index < 1'888; ++index) {
    REQUIRE(LatencySketch::index_of(LatencySketch::value_of(index)) == index);
    REQUIRE(LatencySketch::value_of(index) > LatencySketch::value_of(index - 1));
  }
  REQUIRE(LatencySketch::index_of(-5) == 0);
}

TEST_CASE("a quantile is within two percent of the true one", "[persistence][sketch]") {
  std::mt19937 random{1};
  for (const std::size_t count : {1, 2, 3, 10, 101, 5'000}) {
    auto values = durations(random, count);
    const auto sketch = sketch_of(values);
    std::ranges::sort(values);
    for (const int permille : {1, 500, 950, 990, 1'000}) {
      const auto rank = (count * static_cast<std::size_t>(permille) + 999) / 1'000;
      const auto expected = values[rank - 1];
      const auto got = *sketch.quantile(permille);
      CAPTURE(count, permille, expected, got);
      REQUIRE(
        std::abs(static_cast<double>(got - expected)) <= static_cast<double>(expected) * 0.02);
    }
  }
}

TEST_CASE("sketches merged in any order are the sketch of all values", "[persistence][sketch]") {
  std::mt19937 random{2};
  for (int round = 0; round < 50; ++round) {
    const auto a = durations(random, random() % 40);
    const auto b = durations(random, random() % 40);
    const auto c = durations(random, random() % 40);
    std::vector<std::int64_t> all = a;
    all.insert(all.end(), b.begin(), b.end());
    all.insert(all.end(), c.begin(), c.end());

    auto left = sketch_of(a);
    left.merge(sketch_of(b));
    left.merge(sketch_of(c));
    auto right = sketch_of(c);
    right.merge(sketch_of(b));
    auto nested = sketch_of(a);
    nested.merge(right);
    right.merge(sketch_of(a));

    REQUIRE(left == sketch_of(all));
    REQUIRE(right == left);
    REQUIRE(nested == left);
    REQUIRE(left.count() == all.size());
  }
}

TEST_CASE("a sum of sketches is what merging them makes", "[persistence][sketch]") {
  std::mt19937 random{3};
  SketchSum sum;
  for (int round = 0; round < 20; ++round) {
    LatencySketch merged;
    for (int i = 0; i < round; ++i) {
      const auto sketch = sketch_of(durations(random, random() % 40));
      merged.merge(sketch);
      sum.add(sketch.buckets());
    }
    REQUIRE(sum.empty() == merged.empty());
    const bool same = sum.take() == merged;
    REQUIRE(same);
    REQUIRE(sum.empty());
  }
}

TEST_CASE("an empty sketch has no quantile", "[persistence][sketch]") {
  LatencySketch sketch;
  REQUIRE(sketch.quantile(500) == std::nullopt);
  sketch.merge(LatencySketch{});
  REQUIRE(sketch.empty());
}

TEST_CASE("counts stay at their largest value", "[persistence][sketch]") {
  constexpr auto most = std::numeric_limits<std::uint32_t>::max();
  LatencySketch sketch;
  REQUIRE(sketch.assign({{100, most}}));
  auto twice = sketch;
  twice.merge(sketch);
  REQUIRE(twice.buckets()[0].count == most);
  twice.add(LatencySketch::value_of(100));
  REQUIRE(twice.buckets()[0].count == most);
}

TEST_CASE("buckets out of order, empty or unknown are not taken", "[persistence][sketch]") {
  LatencySketch sketch;
  REQUIRE(sketch.assign({{1, 1}, {2, 1}}));
  REQUIRE_FALSE(sketch.assign({{2, 1}, {1, 1}}));
  REQUIRE_FALSE(sketch.assign({{1, 1}, {1, 1}}));
  REQUIRE_FALSE(sketch.assign({{1, 0}}));
  REQUIRE_FALSE(sketch.assign({{1'888, 1}}));
  REQUIRE(sketch.count() == 2);
}

} // namespace gateway
