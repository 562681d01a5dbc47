#pragma once

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
  if (a.size() != b.size()) return false;
  if (a == b) return true; // as nearly all clients write them
  for (std::size_t i = 0; i < a.size(); ++i)
    if (to_lower_ascii(a[i]) != to_lower_ascii(b[i])) return false;
  return true;
}

/// The first field of that name.
inline std::optional<std::string_view>
find_header(std::span<const Header> headers, std::string_view name) noexcept {
  for (const auto& header : headers)
    if (same_ignoring_case(header.name, name)) return header.value;
  return std::nullopt;
}

} // namespace gateway
