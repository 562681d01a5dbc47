#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// A place in a text. Units: both count from 1, columns in characters, not bytes.
struct Position {
  std::size_t line = 1;
  std::size_t column = 1;
};

struct JsonMember;

/// A JSON value that knows where it stood, and whose numbers are kept as they were written, so
/// that a price of 0.59 never passes through a double.
struct JsonNode {
  enum class Kind : std::uint8_t { null, boolean, number, string, array, object };

  Kind kind = Kind::null;
  bool truth = false;              // boolean
  std::string text;                // string: its value; number: as written
  std::vector<JsonNode> items;     // array
  std::vector<JsonMember> members; // object, in the order written, names unique
  Position at;

  bool is_object() const noexcept { return kind == Kind::object; }
  bool is_array() const noexcept { return kind == Kind::array; }
  bool is_string() const noexcept { return kind == Kind::string; }
  bool is_number() const noexcept { return kind == Kind::number; }

  /// The member of that name; null where there is none or this is no object.
  const JsonNode* find(std::string_view name) const noexcept;

  /// A number times 10^`decimals`, rounded half away from zero; none where it does not fit or this
  /// is no number. Exact: 0.59 with 9 decimals is 590 000 000.
  std::optional<std::int64_t> scaled(int decimals) const noexcept;
  /// A number without a fraction: 3, 3.0 and 3e2 are, 3.5 is not.
  bool is_integer() const noexcept;
  /// For comparing only. What is too large for a double is infinite.
  double approximate() const noexcept;
};

struct JsonMember {
  std::string name;
  Position at; // of the name
  JsonNode value;
};

/// "null", "boolean", "number", "string", "array", "object".
std::string_view kind_text(JsonNode::Kind kind) noexcept;

/// Equal as JSON Schema means it: numbers by value, objects without regard to order.
bool same_json(const JsonNode& a, const JsonNode& b) noexcept;

/// As JSON text again, without spaces.
std::string to_json_text(const JsonNode& node);

/// One step of a JSON pointer (RFC 6901), with its slash.
std::string pointer_step(std::string_view name);

} // namespace gateway
