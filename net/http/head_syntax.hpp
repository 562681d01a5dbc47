#pragma once

#include "net/base/byte_scan.hpp"
#include "net/base/header.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

/// The characters of an HTTP head, as tables: one load a byte on the request path.
namespace gateway {

namespace head_syntax_detail {

enum : std::uint8_t {
  token = 1,      // tchar of RFC 9110, 5.6.2
  target = 2,     // what RFC 3986 allows in a URI, without the fragment's '#'
  field_text = 4, // field-vchar, SP and HTAB of RFC 9110, 5.5; obs-text included
  host = 8,       // reg-name, IP literal and port
};

constexpr bool in(std::string_view set, char c) {
  return set.find(c) != std::string_view::npos;
}

constexpr std::array<std::uint8_t, 256> make_table() {
  std::array<std::uint8_t, 256> table{};
  for (unsigned byte = 0; byte < 256; ++byte) {
    const auto c = static_cast<char>(byte);
    const bool is_word = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    unsigned kinds = 0;
    if (is_word || (byte != 0 && in("!#$%&'*+-.^_`|~", c))) kinds |= token;
    if (is_word || (byte != 0 && in("-._~:/?[]@!$&'()*+,;=%", c))) kinds |= target;
    if (is_word || (byte != 0 && in("-._~!$&'()*+;=%:[]", c))) kinds |= host;
    if ((byte >= 0x20 && byte != 0x7f) || c == '\t') kinds |= field_text;
    table[byte] = static_cast<std::uint8_t>(kinds);
  }
  return table;
}

inline constexpr auto table = make_table();

inline bool is(char c, std::uint8_t kind) noexcept {
  return (table[static_cast<unsigned char>(c)] & kind) != 0;
}

/// How many bytes at the front are of that kind.
inline std::size_t count(std::string_view text, std::uint8_t kind) noexcept {
  std::size_t bytes = 0;
  while (bytes < text.size() && is(text[bytes], kind)) ++bytes;
  return bytes;
}

} // namespace head_syntax_detail

inline bool is_token_char(char c) noexcept {
  return head_syntax_detail::is(c, head_syntax_detail::token);
}

inline bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

inline bool is_blank(char c) noexcept {
  return c == ' ' || c == '\t';
}

inline std::size_t count_token(std::string_view text) noexcept {
  return head_syntax_detail::count(text, head_syntax_detail::token);
}

inline std::size_t count_target(std::string_view text) noexcept {
  return head_syntax_detail::count(text, head_syntax_detail::target);
}

inline std::size_t count_field_text(std::string_view text) noexcept {
  for (std::size_t bytes = 0;; ++bytes) {
    bytes += find_marked(text.substr(bytes), [](std::uint64_t eight) {
      return marks_below(eight, 0x20) | marks_of(eight, 0x7f);
    });
    if (bytes == text.size() || text[bytes] != '\t') return bytes; // of controls the tab is allowed
  }
}

inline std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

/// A host with an optional port, by its characters: enough that nobody reads two hosts in it.
inline bool is_host(std::string_view text) noexcept {
  return !text.empty() && head_syntax_detail::count(text, head_syntax_detail::host) == text.size();
}

/// Bytes of `http://` or `https://` at the front, else 0.
inline std::size_t count_http_scheme(std::string_view target) noexcept {
  for (const std::string_view scheme : {"http://", "https://"})
    if (same_ignoring_case(target.substr(0, scheme.size()), scheme)) return scheme.size();
  return 0;
}

} // namespace gateway
