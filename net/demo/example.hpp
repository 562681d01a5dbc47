#pragma once

#include <string>
#include <string_view>

namespace gateway {

/// A JSON value, as text, that satisfies a JSON schema of the kind tools and structured answers
/// have: types, properties, items, enum, const, bounds, anyOf, oneOf, allOf and local $ref.
/// `filler` is what strings say where nothing else is asked. Upper-case types (Gemini's) count too.
/// A schema that is no JSON object gives `{}`.
std::string demo_example(std::string_view schema, std::string_view filler);

} // namespace gateway
