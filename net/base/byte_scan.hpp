#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

/// Looking at eight bytes in one go: on the request path most texts are plain from end to end.
/// A mark is the topmost bit of an odd byte. The first mark is right, those behind it may be false.
namespace gateway {

static_assert(std::endian::native == std::endian::little, "the first byte is the lowest one");

constexpr std::uint64_t byte_in_each(unsigned char byte) noexcept {
  return 0x0101010101010101U * byte;
}

/// Marks the bytes that are `byte`.
constexpr std::uint64_t marks_of(std::uint64_t eight, unsigned char byte) noexcept {
  const auto zeros = eight ^ byte_in_each(byte);
  return (zeros - byte_in_each(1)) & ~zeros & byte_in_each(0x80);
}

/// Marks the bytes below `bound`, which is at most 0x80.
constexpr std::uint64_t marks_below(std::uint64_t eight, unsigned char bound) noexcept {
  return (eight - byte_in_each(bound)) & ~eight & byte_in_each(0x80);
}

/// Marks the bytes above 0x7f.
constexpr std::uint64_t marks_above_ascii(std::uint64_t eight) noexcept {
  return eight & byte_in_each(0x80);
}

/// Whether two times eight bytes are the same but for the case of ASCII letters.
constexpr bool same_but_case(std::uint64_t a, std::uint64_t b) noexcept {
  constexpr auto case_bit = byte_in_each('a' - 'A');
  const auto differ = a ^ b;
  if ((differ & ~case_bit) != 0) return false;
  // What differs must be a letter in one, and so in the other.
  const auto low = (a | case_bit) & byte_in_each(0x7f);
  const auto from_a = low + byte_in_each(0x80 - 'a');
  const auto past_z = low + byte_in_each(0x80 - 'z' - 1);
  const auto letters = from_a & ~past_z & ~a & byte_in_each(0x80);
  return ((differ << 2) & ~letters) == 0;
}

namespace byte_scan_detail {

constexpr std::size_t step = sizeof(std::uint64_t);

inline std::uint64_t eight_at(const char* text) noexcept {
  std::uint64_t eight = 0;
  std::memcpy(&eight, text, step);
  return eight;
}

/// Fewer than eight bytes, zeros behind them.
inline std::uint64_t few_at(const char* text, std::size_t bytes) noexcept {
  const auto put = [&](std::size_t at) {
    return std::uint64_t{static_cast<unsigned char>(text[at])} << (8 * at);
  };
  constexpr std::size_t half = 4;
  if (bytes < half) return bytes == 0 ? 0 : put(0) | put(bytes / 2) | put(bytes - 1);
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  std::memcpy(&first, text, half);
  std::memcpy(&last, text + bytes - half, half);
  return first | std::uint64_t{last} << (8 * (bytes - half));
}

inline std::size_t first_of(std::uint64_t marks) noexcept {
  return static_cast<std::size_t>(std::countr_zero(marks)) / 8;
}

} // namespace byte_scan_detail

/// Whether two texts of one size are the same but for the case of ASCII letters.
inline bool same_but_case(std::string_view a, std::string_view b) noexcept {
  using namespace byte_scan_detail;
  const auto size = a.size();
  if (size < step) return same_but_case(few_at(a.data(), size), few_at(b.data(), size));
  for (std::size_t at = 0; at + step < size; at += step)
    if (!same_but_case(eight_at(a.data() + at), eight_at(b.data() + at))) return false;
  return same_but_case(eight_at(a.data() + size - step), eight_at(b.data() + size - step));
}

/// Where the first byte stands that `marks_in(eight)` marks, or the text's size.
template <class MarksIn>
std::size_t find_marked(std::string_view text, MarksIn marks_in) noexcept {
  using namespace byte_scan_detail;
  std::size_t at = 0;
  for (; at + step <= text.size(); at += step)
    if (const auto marks = marks_in(eight_at(text.data() + at))) return at + first_of(marks);
  const auto left = text.size() - at;
  if (left == 0) return at;
  // What stands behind a short rest is none of the text; before a longer one all is plain.
  const auto marks = text.size() < step
    ? marks_in(few_at(text.data(), left))
    : marks_in(eight_at(text.data() + text.size() - step) >> (8 * (step - left)));
  return at + std::min(left, marks == 0 ? left : first_of(marks));
}

} // namespace gateway
