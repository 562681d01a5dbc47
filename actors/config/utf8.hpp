#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace gateway {

/// Offset of the first byte that is no well-formed UTF-8 (overlong forms and surrogates are none).
std::optional<std::size_t> first_broken_utf8(std::string_view text) noexcept;

void append_utf8(std::string& out, char32_t character);

/// A character written as `\uXXXX`, or as a pair of them.
struct UnicodeEscape {
  char32_t character = 0;
  std::size_t bytes = 0; // of text, 6 or 12
};

/// Reads the escape at the start of `text`; none if it is malformed or half a pair.
std::optional<UnicodeEscape> read_unicode_escape(std::string_view text) noexcept;

} // namespace gateway
