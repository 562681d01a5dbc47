#pragma once

#include "net/base/byte_scan.hpp"

#include <charconv>
#include <concepts>
#include <string>
#include <string_view>

namespace gateway {

/// Where the first character stands that a JSON string must escape, or the text's size.
inline std::size_t find_json_escape(std::string_view text) noexcept {
  return count_plain(
    text,
    [](std::uint64_t eight) {
      return !has_byte_below(eight, 0x20) && !has_byte(eight, '"') && !has_byte(eight, '\\');
    },
    [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\'; });
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
