#include "persistence/packed_sketch.hpp"

#include <catch2/catch.hpp>

#include <random>

namespace gateway {
namespace {

std::string packed(const LatencySketch& sketch) {
  std::string bytes;
  append_sketch(bytes, sketch);
  return bytes;
}

LatencySketch sketch_of(std::vector<LatencySketch::Bucket> buckets) {
  LatencySketch sketch;
  REQUIRE(sketch.assign(std::move(buckets)));
  return sketch;
}

} // namespace

TEST_CASE("a packed sketch is what it was, whatever its form", "[persistence][sketch]") {
  const std::uint32_t count = GENERATE(1U, 255U, 256U, 65'535U, 65'536U, 4'294'967'295U);
  const unsigned distance = GENERATE(1U, 2U, 3U, 255U, 256U);
  const std::uint16_t first = GENERATE(std::uint16_t{0}, std::uint16_t{900});
  std::vector<LatencySketch::Bucket> buckets;
  for (unsigned index = first; index < LatencySketch::buckets_max; index += distance)
    buckets.push_back({static_cast<std::uint16_t>(index), buckets.size() % 2 == 0 ? count : 1});
  const auto sketch = sketch_of(buckets);
  const auto bytes = packed(sketch);
  PackedReader reader{bytes};
  std::vector<LatencySketch::Bucket> room(7); // of a sketch before
  const auto read = read_sketch(reader, room);
  REQUIRE(reader.at_end());
  SketchSum sum;
  sum.add(read);
  const bool same = sum.take() == sketch;
  REQUIRE(same);
}

TEST_CASE("an empty sketch is packed as one", "[persistence][sketch]") {
  const auto bytes = packed({});
  PackedReader reader{bytes};
  std::vector<LatencySketch::Bucket> room;
  REQUIRE(read_sketch(reader, room).empty());
  REQUIRE(reader.at_end());
}

TEST_CASE("few of each bucket take a byte, far apart two", "[persistence][sketch]") {
  std::vector<LatencySketch::Bucket> near;
  std::vector<LatencySketch::Bucket> far;
  for (std::uint16_t i = 0; i < 100; ++i) {
    near.push_back({i, 3});
    far.push_back({static_cast<std::uint16_t>(i * 9), 3});
  }
  constexpr std::size_t head = 3; // its form, its first index, how many bytes
  REQUIRE(packed(sketch_of(near)).size() == head + 100);
  REQUIRE(packed(sketch_of(far)).size() == head + 1 + 200);
}

TEST_CASE("odd bytes are read as buckets in bounds", "[persistence][sketch]") {
  std::mt19937 random{9};
  std::vector<LatencySketch::Bucket> room;
  for (int round = 0; round < 3'000; ++round) {
    std::string bytes;
    append_packed(bytes, random() % 7);
    append_packed(bytes, random() % 3'000);
    append_packed_text(bytes, std::string(random() % 5'000, static_cast<char>(random())));
    PackedReader reader{bytes};
    for (const auto& bucket : read_sketch(reader, room))
      if (bucket.index >= LatencySketch::buckets_max) FAIL("index " << bucket.index);
  }
}

} // namespace gateway
