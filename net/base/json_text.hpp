#pragma once

#include "net/base/byte_scan.hpp"
#include "net/base/time.hpp"

#include <charconv>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>

namespace gateway {

/// Where the first character stands that a JSON string must escape, or the text's size.
inline std::size_t find_json_escape(std::string_view text) noexcept {
  return find_marked(text, [](std::uint64_t eight) {
    return marks_below(eight, 0x20) | marks_of(eight, '"') | marks_of(eight, '\\');
  });
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

/// As a string: sums of nano-dollars may be more than a JavaScript number holds exactly.
template <std::integral Number>
void append_quoted_number(std::string& out, Number number) {
  out += '"';
  append_number(out, number);
  out += '"';
}

/// An empty text is none.
inline void append_text_or_null(std::string& out, std::string_view text) {
  if (text.empty())
    out += "null";
  else
    append_json_string(out, text);
}

/// In milliseconds since 1970.
inline void append_time_or_null(std::string& out, const std::optional<WallTime>& at) {
  if (at)
    append_number(out, milliseconds_since_epoch(*at));
  else
    out += "null";
}

} // namespace gateway
