#pragma once

#include <string_view>

namespace gateway {

/// Every backslash of a string's inside begins an escape of RFC 8259, and surrogates come in pairs:
/// a lone one stands for no character, and providers disagree on what to do with it.
bool json_escapes_are_valid(std::string_view raw) noexcept;

/// `-?int frac? exp?` of RFC 8259, and nothing else.
bool is_json_number(std::string_view raw) noexcept;

} // namespace gateway
