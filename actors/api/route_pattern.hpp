#pragma once

#include <string>
#include <string_view>

/// Paths of the HTTP interface as the routing table and openapi.yaml write them.
namespace gateway {

/// A pattern is a path, segment by segment: `{name}` stands for any one segment that is not empty
/// (what is percent-encoded in it, a slash too, belongs to it). One that ends in '*' takes every
/// path that begins so.
bool fits(std::string_view pattern, std::string_view path) noexcept;

/// It takes exactly one path, and is meant before any template that takes it too.
inline bool is_plain(std::string_view pattern) noexcept {
  return pattern.find_first_of("{*") == std::string_view::npos;
}

/// What stands in `path` for the first `{name}` of a pattern that fits, percent-decoded; empty
/// where the pattern has none.
std::string parameter_in(std::string_view pattern, std::string_view path);

std::string percent_decoded(std::string_view text);

} // namespace gateway
