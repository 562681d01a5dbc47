#include "net/dialects/media_source.hpp"

#include <array>
#include <cstdint>

namespace gateway {
namespace {

constexpr std::string_view alphabet =
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr auto values = [] {
  std::array<std::int8_t, 256> table{};
  table.fill(-1);
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
  return table;
}();

} // namespace

std::optional<MediaBytes> media_bytes(const Media& media) noexcept {
  if (!media.data_base64.empty()) return MediaBytes{media.mime, media.data_base64};
  std::string_view rest = media.url;
  constexpr std::string_view scheme = "data:";
  if (!rest.starts_with(scheme)) return std::nullopt;
  rest.remove_prefix(scheme.size());
  const auto comma = rest.find(',');
  const auto head = rest.substr(0, comma);
  if (comma == rest.npos || !head.ends_with(";base64")) return std::nullopt;
  return MediaBytes{head.substr(0, head.find(';')), rest.substr(comma + 1)};
}

bool is_web_url(std::string_view url) noexcept {
  return url.starts_with("https://") || url.starts_with("http://");
}

std::optional<std::string> decode_base64(std::string_view base64) {
  for (int padding = 0; padding < 2 && base64.ends_with('='); ++padding) base64.remove_suffix(1);
  if (base64.size() % 4 == 1) return std::nullopt;
  std::string bytes;
  bytes.reserve(base64.size() * 3 / 4);
  std::uint32_t gathered = 0;
  int bits = 0;
  for (const auto c : base64) {
    const auto value = values[static_cast<unsigned char>(c)];
    if (value < 0) return std::nullopt;
    gathered = gathered << 6 | static_cast<std::uint32_t>(value);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes += static_cast<char>(gathered >> bits & 0xff);
  }
  return bytes;
}

} // namespace gateway
