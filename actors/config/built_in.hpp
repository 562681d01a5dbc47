#pragma once

#include <string_view>

/// The files of cluster-config that are part of the executable (scripts/cmake/embed.cmake).
namespace gateway {

std::string_view built_in_gateway() noexcept;   // gateway.json
std::string_view built_in_schema() noexcept;    // gateway.schema.json
std::string_view built_in_vendors() noexcept;   // vendors.json
std::string_view built_in_catalogue() noexcept; // catalogue.json

} // namespace gateway
