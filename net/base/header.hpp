#pragma once

#include "net/base/byte_scan.hpp"

#include <optional>
#include <span>
#include <string_view>

namespace gateway {

/// One header field as views into somebody's buffer.
struct Header {
  std::string_view name;
  std::string_view value;
};

inline char to_lower_ascii(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

/// Header names, schemes and the like: equal without regard to ASCII case.
inline bool same_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && same_but_case(a, b);
}

/// The first field of that name.
inline std::optional<std::string_view>
find_header(std::span<const Header> headers, std::string_view name) noexcept {
  for (const auto& header : headers)
    if (same_ignoring_case(header.name, name)) return header.value;
  return std::nullopt;
}

} // namespace gateway
