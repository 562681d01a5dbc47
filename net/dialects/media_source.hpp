#pragma once

#include "net/unified/chat.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace gateway {

/// The bytes of a medium that came with the request, as views into it.
struct MediaBytes {
  std::string_view mime;
  std::string_view base64;
};

/// Nothing where the medium is a URL of elsewhere or a file id, or its data URL is not base64.
std::optional<MediaBytes> media_bytes(const Media& media) noexcept;

bool is_web_url(std::string_view url) noexcept;

/// The bytes that `base64` (padded or not) encodes, nothing if it is broken.
std::optional<std::string> decode_base64(std::string_view base64);

} // namespace gateway
