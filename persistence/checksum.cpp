#include "persistence/checksum.hpp"

#include <libdeflate.h>

namespace gateway {

std::uint32_t crc32_of(std::string_view bytes) noexcept {
  // Libdeflate counts with the processor's carry-less multiplication where it has one.
  return libdeflate_crc32(0, bytes.data(), bytes.size());
}

} // namespace gateway
