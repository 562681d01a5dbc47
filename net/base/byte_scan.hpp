#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

/// Looking at eight bytes in one go: on the request path most texts are plain from end to end.
namespace gateway {

constexpr std::uint64_t byte_in_each(unsigned char byte) noexcept {
  return 0x0101010101010101U * byte;
}

/// Whether one of the eight is `byte`.
constexpr bool has_byte(std::uint64_t eight, unsigned char byte) noexcept {
  const auto zeros = eight ^ byte_in_each(byte);
  return ((zeros - byte_in_each(1)) & ~zeros & byte_in_each(0x80)) != 0;
}

/// Whether one of the eight is below `bound`, which is at most 0x80.
constexpr bool has_byte_below(std::uint64_t eight, unsigned char bound) noexcept {
  return ((eight - byte_in_each(bound)) & ~eight & byte_in_each(0x80)) != 0;
}

/// How many bytes at the front are plain. `are_plain(eight)` may say no where all are; `is_plain`
/// of a single char decides then.
template <class ArePlain, class IsPlain>
std::size_t count_plain(std::string_view text, ArePlain are_plain, IsPlain is_plain) noexcept {
  constexpr auto step = sizeof(std::uint64_t);
  const auto eight_at = [&](std::size_t from) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, text.data() + from, step);
    return eight;
  };
  std::size_t bytes = 0;
  while (bytes + step <= text.size() && are_plain(eight_at(bytes))) bytes += step;
  // The last eight overlap those before: few texts are looked at byte by byte.
  const bool is_at_tail = bytes + step > text.size() && text.size() >= step;
  if (is_at_tail && are_plain(eight_at(text.size() - step))) return text.size();
  while (bytes < text.size() && is_plain(text[bytes])) ++bytes;
  return bytes;
}

} // namespace gateway
