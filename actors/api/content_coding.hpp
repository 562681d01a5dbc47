#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace gateway {

enum class ContentCoding : std::uint8_t { identity, gzip, brotli };

/// The smallest coding that a client takes, by the value of its `accept-encoding`.
/// Shape: RFC 9110, section 12.5.3; names only, a `*` is not looked at.
ContentCoding best_coding(std::optional<std::string_view> accept_encoding) noexcept;

/// As `content-encoding` names it; empty for none.
std::string_view name_of(ContentCoding coding) noexcept;

} // namespace gateway
