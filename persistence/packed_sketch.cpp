#include "persistence/packed_sketch.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <utility>

namespace gateway {
namespace {

using Bucket = LatencySketch::Bucket;
using Buckets = std::span<const Bucket>;

/// Sparse: a distance and a count for each bucket, as wide as said, in bits. Dense: a count for
/// each index from the first one to the last.
enum class Form : std::uint64_t { sparse_8_8, sparse_8_16, sparse_16_32, dense_8, dense_16 };

template <class Number>
void append_bytes(std::string& out, Number number) {
  char bytes[sizeof number];
  std::memcpy(bytes, &number, sizeof number);
  out.append(bytes, sizeof number);
}

template <class Number>
Number number_at(const char* bytes) noexcept {
  Number number;
  std::memcpy(&number, bytes, sizeof number);
  return number;
}

std::size_t indices_of(Buckets buckets) noexcept {
  return buckets.empty() ? 0 : std::size_t{1} + buckets.back().index - buckets.front().index;
}

Form smallest_form(Buckets buckets) noexcept {
  std::uint32_t most = 0;
  unsigned farthest = 0;
  auto before = buckets.empty() ? std::uint16_t{0} : buckets.front().index;
  for (const auto& [index, count] : buckets) {
    most = std::max(most, count);
    farthest = std::max<unsigned>(farthest, index - std::exchange(before, index));
  }
  const bool is_near = farthest <= UINT8_MAX;
  if (most <= UINT8_MAX && is_near)
    return indices_of(buckets) < 2 * buckets.size() ? Form::dense_8 : Form::sparse_8_8;
  if (most <= UINT16_MAX && is_near)
    return 2 * indices_of(buckets) < 3 * buckets.size() ? Form::dense_16 : Form::sparse_8_16;
  return Form::sparse_16_32;
}

template <class Distance, class Count>
std::string sparse(Buckets buckets) {
  std::string bytes;
  auto before = buckets.empty() ? std::uint16_t{0} : buckets.front().index;
  for (const auto& [index, count] : buckets) {
    append_bytes(bytes, static_cast<Distance>(index - std::exchange(before, index)));
    append_bytes(bytes, static_cast<Count>(count));
  }
  return bytes;
}

template <class Count>
std::string dense(Buckets buckets) {
  std::string bytes;
  for (auto next = buckets.begin(); next != buckets.end();) {
    const auto index = buckets.front().index + bytes.size() / sizeof(Count);
    const bool is_there = next->index == index;
    append_bytes(bytes, static_cast<Count>(is_there ? next->count : 0));
    if (is_there) ++next;
  }
  return bytes;
}

constexpr unsigned last_index = LatencySketch::buckets_max - 1;

template <class Distance, class Count>
Buckets read_sparse(unsigned index, std::string_view bytes, std::vector<Bucket>& room) {
  constexpr auto each = sizeof(Distance) + sizeof(Count);
  const auto count = std::min<std::size_t>(bytes.size() / each, last_index + 1);
  if (room.size() < count) room.resize(count);
  const char* at = bytes.data();
  for (auto& bucket : std::span{room}.first(count)) {
    index = std::min(index + number_at<Distance>(at), last_index);
    bucket = {static_cast<std::uint16_t>(index), number_at<Count>(at + sizeof(Distance))};
    at += each;
  }
  return Buckets{room}.first(count);
}

static_assert(std::endian::native == std::endian::little && sizeof(Bucket) == 8);

/// Each bucket is made as one number and none is left out: so a compiler makes several at a time.
template <class Count>
Buckets read_dense(unsigned first, std::string_view bytes, std::vector<Bucket>& room) {
  const auto indices = std::min<std::size_t>(bytes.size() / sizeof(Count), last_index + 1 - first);
  if (room.size() < indices) room.resize(indices);
  const char* from = bytes.data();
  Bucket* to = room.data();
  for (std::size_t i = 0; i < indices; ++i) {
    const std::uint64_t count = number_at<Count>(from + i * sizeof(Count));
    const std::uint64_t bucket = count << 32 | (first + i);
    std::memcpy(static_cast<void*>(to + i), &bucket, sizeof bucket);
  }
  return Buckets{room}.first(indices);
}

} // namespace

void append_sketch(std::string& out, const LatencySketch& sketch) {
  const auto buckets = sketch.buckets();
  const auto form = smallest_form(buckets);
  append_packed(out, static_cast<std::uint64_t>(form));
  append_packed(out, buckets.empty() ? 0 : buckets.front().index);
  switch (form) {
  case Form::sparse_8_8:
    return append_packed_text(out, sparse<std::uint8_t, std::uint8_t>(buckets));
  case Form::sparse_8_16:
    return append_packed_text(out, sparse<std::uint8_t, std::uint16_t>(buckets));
  case Form::sparse_16_32:
    return append_packed_text(out, sparse<std::uint16_t, std::uint32_t>(buckets));
  case Form::dense_8: return append_packed_text(out, dense<std::uint8_t>(buckets));
  case Form::dense_16: return append_packed_text(out, dense<std::uint16_t>(buckets));
  }
}

std::span<const LatencySketch::Bucket>
read_sketch(PackedReader& from, std::vector<LatencySketch::Bucket>& room) {
  const auto form = static_cast<Form>(from.number());
  const auto first = static_cast<unsigned>(std::min<std::uint64_t>(from.number(), last_index));
  const auto bytes = from.text();
  switch (form) {
  case Form::sparse_8_8: return read_sparse<std::uint8_t, std::uint8_t>(first, bytes, room);
  case Form::sparse_8_16: return read_sparse<std::uint8_t, std::uint16_t>(first, bytes, room);
  case Form::sparse_16_32: return read_sparse<std::uint16_t, std::uint32_t>(first, bytes, room);
  case Form::dense_8: return read_dense<std::uint8_t>(first, bytes, room);
  case Form::dense_16: return read_dense<std::uint16_t>(first, bytes, room);
  }
  return {};
}

} // namespace gateway
