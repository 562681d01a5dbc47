#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace gateway {

/// Where the first character stands that a JSON string must escape, or the text's size. Eight
/// bytes a step: on the request path most texts are names, and none of them has one.
inline std::size_t find_json_escape(std::string_view text) noexcept {
  constexpr std::uint64_t ones = 0x0101010101010101U;
  constexpr std::uint64_t tops = 0x8080808080808080U;
  const auto is_plain = [&](std::size_t from) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + from, sizeof word);
    const auto quotes = word ^ (ones * '"');
    const auto slashes = word ^ (ones * '\\');
    const auto low = (word - ones * 0x20) & ~word;
    return ((low | ((quotes - ones) & ~quotes) | ((slashes - ones) & ~slashes)) & tops) == 0;
  };
  constexpr auto step = sizeof(std::uint64_t);
  std::size_t at = 0;
  while (at + step <= text.size() && is_plain(at)) at += step;
  // The last eight overlap those before: few texts need the loop.
  if (at < text.size() && text.size() - at < step && text.size() >= step)
    if (is_plain(text.size() - step)) return text.size();
  for (; at < text.size(); ++at) {
    const auto c = static_cast<unsigned char>(text[at]);
    if (c < 0x20 || c == '"' || c == '\\') break;
  }
  return at;
}

/// Appends `text` as a JSON string, quotes included. Bytes above 0x7f are taken as UTF-8 as they
/// are: whoever takes strings from strangers has checked them before.
template <class Text>
void append_json_string(Text& out, std::string_view text) {
  constexpr char digits[] = "0123456789abcdef";
  out += '"';
  for (;;) {
    const auto plain = find_json_escape(text);
    out += text.substr(0, plain);
    if (plain == text.size()) break;
    const auto c = static_cast<unsigned char>(text[plain]);
    text.remove_prefix(plain + 1);
    switch (c) {
    case '"': out += std::string_view{"\\\""}; break;
    case '\\': out += std::string_view{"\\\\"}; break;
    case '\n': out += std::string_view{"\\n"}; break;
    case '\r': out += std::string_view{"\\r"}; break;
    case '\t': out += std::string_view{"\\t"}; break;
    default:
      out += std::string_view{"\\u00"};
      out += digits[c >> 4];
      out += digits[c & 15];
    }
  }
  out += '"';
}

template <std::integral Number>
void append_number(std::string& out, Number number) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, end);
}

} // namespace gateway
