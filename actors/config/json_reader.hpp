#pragma once

#include "actors/config/json_node.hpp"
#include "actors/config/problems.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace gateway {

/// Bounds of a JSON text that is read whole; a document of a thousand providers is far inside.
constexpr std::size_t json_text_bytes_max = 8 * 1024 * 1024;
constexpr std::size_t json_depth_max = 64;
constexpr std::size_t json_values_max = 500'000;
constexpr std::size_t json_name_bytes_max = 256; // pointers repeat names

/// Reads strict JSON (RFC 8259) with the position of every value.
/// Shape: whole text, UTF-8, no comments, no trailing commas.
/// Errors: `invalid_json` at the first place where the text is broken, and then no value;
/// `duplicate_key` for each name that comes again in its object, of which the first one counts.
std::optional<JsonNode> read_json(std::string_view text, Problems& problems);

} // namespace gateway
