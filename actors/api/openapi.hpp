#pragma once

#include <string_view>

namespace gateway {

/// openapi.yaml as JSON, part of the executable.
std::string_view built_in_openapi() noexcept;

} // namespace gateway
