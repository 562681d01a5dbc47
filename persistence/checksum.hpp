#pragma once

#include <cstdint>
#include <string_view>

namespace gateway {

/// CRC-32 as zlib, gzip and `python3 -c 'import zlib'` count it, so that anybody can check a line.
std::uint32_t crc32_of(std::string_view bytes) noexcept;

} // namespace gateway
