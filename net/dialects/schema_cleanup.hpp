#pragma once

#include "net/dialects/json_reading.hpp"

#include <optional>

namespace gateway {

/// A schema grows to this many nodes when its references are written out, no further.
constexpr std::size_t schema_nodes_max = 10'000;
/// Above this, a schema's optional properties are too many for constrained decoding.
constexpr std::size_t optional_properties_max = 24;

/// References may lead over one another this often.
constexpr std::size_t schema_references_max = 64;

/// What a `$ref` within `root` points to ("#/$defs/name"), null if it leads nowhere or elsewhere.
const Json* resolve_reference(const Json& root, std::string_view reference);

/// A JSON Schema as Anthropic's constrained decoding takes it: keywords that it lacks become words
/// of the description, objects are closed, `oneOf` becomes `anyOf`.
/// Nothing where that can't express it: maps, recursion, too many optional properties.
/// Source: providers/anthropic.md, section 3.2.
std::optional<Json> constrained_schema(const Json& schema);

/// A JSON Schema as the OpenAPI subset that older Gemini models take: references written out,
/// null as `nullable`, everything that the subset lacks left out.
/// Nothing where references recurse or lead nowhere. Source: providers/gemini.md, section 2.
std::optional<Json> openapi_schema(const Json& schema);

} // namespace gateway
