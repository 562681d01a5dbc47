#pragma once

#include <string_view>

namespace gateway {

/// The release, as CMake's project() has it.
constexpr std::string_view version() noexcept {
  return GATEWAY_VERSION;
}

} // namespace gateway
