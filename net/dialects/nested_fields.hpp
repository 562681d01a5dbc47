#pragma once

#include "net/dialects/dialect.hpp"

#include <string_view>
#include <vector>

/// Changes below the top level of a client's body, which was validated before.
/// `value` is a top-level field's value, `offset` where it begins in the body.
namespace gateway {

class JsonCursor;
class Splice;

/// The fields of the object at the cursor, which reads a text that begins at `offset`.
std::vector<BodyField> take_fields(JsonCursor& cursor, std::size_t offset);

/// Developers among `messages` become the system: most vendors know no developer.
void rewrite_developers(std::string_view messages, std::size_t offset, Splice& splice);

/// Cuts the field `name` out of an object, or out of each object in an array.
/// Returns whether there was any.
bool cut_nested(
  std::string_view value, std::size_t offset, bool in_array, std::string_view name, Splice& splice);

} // namespace gateway
