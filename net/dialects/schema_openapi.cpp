#include "net/dialects/schema_cleanup.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <string>

namespace gateway {
namespace {

constexpr std::array<std::string_view, 8> kept_as_they_are{
  "title",
  "description",
  "minimum",
  "maximum",
  "minItems",
  "maxItems",
  "pattern",
  "propertyOrdering"};
constexpr std::array<std::string_view, 6> formats{
  "enum", "date-time", "int32", "int64", "float", "double"};

template <std::size_t count>
bool is_in(const std::array<std::string_view, count>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

bool is_null_schema(const Json& schema) {
  return text_at(schema, "type") == "null";
}

/// Writes schemas over one another: a reference and the parts of an `allOf` go into the schema
/// that has them, so that nothing is copied but what is kept.
class Conversion {
public:
  explicit Conversion(const Json& root) : root_(root) {}

  Json convert(const Json& schema) {
    Json out = Json::object();
    apply(schema, out);
    const auto* properties = object_at(out, "properties");
    if (auto required = out.find("required"); required != out.end()) {
      Json known = Json::array();
      for (const auto& name : *required)
        if (properties && properties->contains(text_of(name))) known.push_back(name);
      *required = std::move(known);
      if (required->empty()) out.erase("required");
    }
    return out;
  }

  bool whole() const noexcept { return whole_; }

private:
  void apply(const Json& schema, Json& out) {
    // A recursion goes deeper than any schema that was read.
    if (++nodes_ > schema_nodes_max || depth_ >= schema_references_max) whole_ = false;
    if (!whole_ || !schema.is_object()) return;
    ++depth_;
    if (const auto* reference = member(schema, "$ref")) {
      const auto* target = resolve_reference(root_, text_of(*reference));
      if (target)
        apply(*target, out);
      else
        whole_ = false;
    }
    for (const auto& part : items_at(schema, "allOf")) apply(part, out);
    for (const auto& [key, value] : schema.items()) take(key, value, out);
    --depth_;
  }

  void take(const std::string& key, const Json& value, Json& out) {
    if (is_in(kept_as_they_are, key)) {
      out[key] = value;
    } else if (key == "nullable") {
      if (value.is_boolean()) out[key] = value;
    } else if (key == "format") {
      if (is_in(formats, text_of(value))) out[key] = value;
    } else if (key == "type") {
      take_type(value, out);
    } else if (key == "const") {
      take_enum(Json::array({value}), out);
    } else if (key == "enum") {
      take_enum(value, out);
    } else if (key == "anyOf" || key == "oneOf") {
      take_alternatives(value, out);
    } else if (key == "items") {
      out[key] = convert(value);
    } else if (key == "properties" && value.is_object()) {
      auto& properties = out[key];
      if (properties.is_null()) properties = Json::object();
      for (const auto& [name, schema] : value.items()) properties[name] = convert(schema);
    } else if (key == "required" && value.is_array()) {
      auto& names = out[key];
      if (names.is_null()) names = Json::array();
      for (const auto& name : value)
        if (name.is_string() && std::ranges::find(names, name) == names.end())
          names.push_back(name);
    }
  }

  static void take_type(const Json& type, Json& out) {
    if (type == "null") {
      out["nullable"] = true;
    } else if (type.is_string()) {
      out["type"] = type;
    } else if (type.is_array()) {
      Json others = Json::array();
      for (const auto& one : type) {
        if (one == "null")
          out["nullable"] = true;
        else if (one.is_string())
          others.push_back(Json{{"type", one}});
      }
      if (others.size() == 1)
        out["type"] = others[0]["type"];
      else if (!others.empty() && !out.contains("anyOf"))
        out["anyOf"] = std::move(others);
    }
  }

  /// The subset has only strings in an `enum`; other values can't be said, so nothing is.
  static void take_enum(const Json& values, Json& out) {
    if (!values.is_array()) return;
    Json texts = Json::array();
    for (const auto& value : values) {
      if (value.is_null())
        out["nullable"] = true;
      else if (value.is_string())
        texts.push_back(value);
      else
        return;
    }
    if (texts.empty()) return;
    if (!out.contains("type")) out["type"] = "string";
    out["enum"] = std::move(texts);
  }

  void take_alternatives(const Json& schemas, Json& out) {
    if (!schemas.is_array()) return;
    Json others = Json::array();
    const Json* last = nullptr;
    for (const auto& schema : schemas) {
      if (is_null_schema(schema)) {
        out["nullable"] = true;
      } else {
        last = &schema;
        others.push_back(convert(schema));
      }
    }
    if (others.size() == 1)
      apply(*last, out);
    else if (!others.empty())
      out["anyOf"] = std::move(others);
  }

  const Json& root_;
  std::size_t nodes_ = 0;
  std::size_t depth_ = 0;
  bool whole_ = true;
};

} // namespace

std::optional<Json> openapi_schema(const Json& schema) {
  Conversion conversion{schema};
  auto converted = conversion.convert(schema);
  if (!conversion.whole()) return std::nullopt;
  return converted;
}

} // namespace gateway
