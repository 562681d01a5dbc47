#include "net/dialects/outgoing_head.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace gateway {
namespace {

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

/// "v1", "v1beta", "v2alpha1": what ends the base URL of an SDK that names the version itself.
bool is_version(std::string_view segment) noexcept {
  if (segment.size() < 2 || segment[0] != 'v' || !is_digit(segment[1])) return false;
  return std::ranges::all_of(
    segment.substr(1), [](char c) { return is_digit(c) || (c >= 'a' && c <= 'z'); });
}

} // namespace

std::string versioned_path(std::string_view base_path, std::string_view version) {
  while (base_path.ends_with('/')) base_path.remove_suffix(1);
  std::string path{base_path};
  const auto slash = base_path.rfind('/');
  if (slash == base_path.npos || !is_version(base_path.substr(slash + 1))) path += version;
  return path;
}

std::string percent_encoded(std::string_view text, std::string_view kept) {
  constexpr char digits[] = "0123456789ABCDEF";
  std::string encoded;
  for (const auto c : text) {
    if (
      is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
      || kept.find(c) != kept.npos) {
      encoded += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      encoded += '%';
      encoded += digits[byte >> 4];
      encoded += digits[byte & 15];
    }
  }
  return encoded;
}

std::string path_segments(std::string_view text) {
  return percent_encoded(text, "-._~/:@");
}

std::string path_segment(std::string_view text) {
  return percent_encoded(text, "-._~");
}

void add_head(OutgoingRequest& request, const Target& target, std::string_view key_header) {
  request.headers.set("content-type", "application/json");
  const auto auth = target.quirks ? std::string_view{target.quirks->auth} : std::string_view{};
  if (target.api_key && !target.api_key->empty() && auth != "none") {
    constexpr std::string_view own_header = "header:";
    if (auth.starts_with(own_header))
      request.headers.set(auth.substr(own_header.size()), target.api_key->reveal());
    else if (auth == "bearer" || key_header == "authorization")
      request.headers.set("authorization", "Bearer " + target.api_key->reveal());
    else
      request.headers.set(key_header, target.api_key->reveal());
  }
  if (target.quirks)
    for (const auto& [name, value] : target.quirks->extra_headers) request.headers.set(name, value);
}

void add_extra_body(Json& body, const Target& target) {
  if (!target.quirks) return;
  for (const auto& [name, text] : target.quirks->extra_body)
    if (!body.contains(name))
      if (auto value = parse_json(text)) body[name] = *std::move(value);
}

} // namespace gateway
