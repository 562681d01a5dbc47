#pragma once

#include "actors/config/json_node.hpp"
#include "actors/config/problems.hpp"

#include <string>
#include <vector>

namespace gateway {

/// Checks a value against a JSON Schema 2020-12 and says everything that is wrong, each problem's
/// code being the keyword that failed ("unknown_key" for a key that the schema doesn't know).
/// Understood: type, enum, const, minimum, maximum, exclusiveMinimum, exclusiveMaximum, minLength,
/// maxLength, pattern, items, minItems, maxItems, uniqueItems, properties, patternProperties,
/// additionalProperties, propertyNames, required, minProperties, maxProperties, anyOf, oneOf, $ref
/// into the schema itself; the annotations title, description, default, examples, $comment, x-ui,
/// x-hint. The schema is ours: a broken one is a broken promise.
void check_schema(const JsonNode& schema, const JsonNode& value, Problems& problems);

/// The keywords in a schema that check_schema would pass over, those that stand beside a $ref among
/// them, as pointers; none in ours.
std::vector<std::string> unknown_schema_keywords(const JsonNode& schema);

} // namespace gateway
