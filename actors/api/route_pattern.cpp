#include "actors/api/route_pattern.hpp"

#include "net/base/header.hpp"

#include <algorithm>

namespace gateway {
namespace {

// The text up to the next slash, which goes with it.
std::string_view take_segment(std::string_view& rest) noexcept {
  const auto segment = rest.substr(0, rest.find('/'));
  rest.remove_prefix(std::min(rest.size(), segment.size() + 1));
  return segment;
}

int from_hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = to_lower_ascii(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

} // namespace

bool fits(std::string_view pattern, std::string_view path) noexcept {
  if (pattern.ends_with('*')) return path.starts_with(pattern.substr(0, pattern.size() - 1));
  if (is_plain(pattern)) return pattern == path;
  if (std::ranges::count(pattern, '/') != std::ranges::count(path, '/')) return false;
  while (!pattern.empty()) {
    const auto wanted = take_segment(pattern);
    const auto segment = take_segment(path);
    if (wanted.starts_with('{') ? segment.empty() : segment != wanted) return false;
  }
  return true;
}

std::string parameter_in(std::string_view pattern, std::string_view path) {
  while (!pattern.empty()) {
    const auto wanted = take_segment(pattern);
    const auto segment = take_segment(path);
    if (wanted.starts_with('{')) return percent_decoded(segment);
  }
  return "";
}

std::string percent_decoded(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (
      text[i] == '%' && i + 2 < text.size() && from_hex(text[i + 1]) >= 0
      && from_hex(text[i + 2]) >= 0) {
      plain += static_cast<char>(from_hex(text[i + 1]) * 16 + from_hex(text[i + 2]));
      i += 2;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

} // namespace gateway
