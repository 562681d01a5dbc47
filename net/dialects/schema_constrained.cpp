#include "net/dialects/schema_cleanup.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <vector>

namespace gateway {
namespace {

using Names = std::span<const std::string_view>;

constexpr std::array<std::string_view, 3> maps_of_schemas{"properties", "$defs", "definitions"};
constexpr std::array<std::string_view, 4> lists_of_schemas{
  "anyOf", "oneOf", "allOf", "prefixItems"};
/// What the decoder lacks; said in words instead.
constexpr std::array<std::string_view, 27> removed{
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "multipleOf",
  "minLength",
  "maxLength",
  "pattern",
  "maxItems",
  "uniqueItems",
  "minProperties",
  "maxProperties",
  "not",
  "if",
  "then",
  "else",
  "contains",
  "minContains",
  "maxContains",
  "propertyNames",
  "dependentRequired",
  "dependentSchemas",
  "dependencies",
  "unevaluatedProperties",
  "unevaluatedItems",
  "contentEncoding",
  "contentMediaType"};
constexpr std::array<std::string_view, 9> formats{
  "date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6"};

bool is_in(Names names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

bool is_removed(std::string_view key, const Json& value) {
  if (key == "minItems") return value != 0 && value != 1;
  if (key == "format") return !is_in(formats, text_of(value)) && text_of(value) != "uuid";
  return is_in(removed, key);
}

bool is_object_schema(const Json& schema) {
  if (member(schema, "properties") != nullptr || text_at(schema, "type") == "object") return true;
  return std::ranges::any_of(
    items_at(schema, "type"), [](const Json& type) { return text_of(type) == "object"; });
}

/// Follows every reference once and tells whether none comes back to where it is.
class References {
public:
  explicit References(const Json& root) : root_(root) {}

  bool end_in(const Json& schema) {
    if (schema.is_array())
      return std::ranges::all_of(schema, [&](const Json& item) { return end_in(item); });
    if (!schema.is_object()) return true;
    const auto reference = text_at(schema, "$ref");
    if (!reference.empty() && !ends(std::string{reference})) return false;
    return std::ranges::all_of(
      schema.items(), [&](const auto& entry) { return end_in(entry.value()); });
  }

private:
  bool ends(const std::string& reference) {
    if (done_.contains(reference)) return true;
    const auto* target = resolve_reference(root_, reference);
    if (
      target == nullptr || target == &root_ || under_way_.size() >= schema_references_max
      || std::ranges::find(under_way_, reference) != under_way_.end())
      return false;
    under_way_.push_back(reference);
    const auto good = end_in(*target);
    under_way_.pop_back();
    done_.insert(reference);
    return good;
  }

  const Json& root_;
  std::vector<std::string> under_way_;
  std::set<std::string> done_;
};

class Cleanup {
public:
  Json clean(const Json& schema) {
    Json kept = Json::object();
    // `true` and the like allow anything, which no decoder can be constrained to.
    if (!schema.is_object()) return expressible_ = false, kept;
    std::string said;
    for (const auto& [key, value] : schema.items()) {
      if (key == "additionalProperties" || key == "patternProperties") {
        if (value != false && value != Json::object()) expressible_ = false;
      } else if (is_removed(key, value)) {
        said += (said.empty() ? "" : ", ") + key + ": " + json_text(value);
      } else {
        take(kept, key, value);
      }
    }
    if (is_object_schema(schema)) close(kept, schema);
    if (!said.empty()) {
      auto description = std::string{text_at(kept, "description")};
      kept["description"] = description + (description.empty() ? "(" : " (") + said + ")";
    }
    return kept;
  }

  bool expressible() const noexcept {
    return expressible_ && optional_properties_ <= optional_properties_max;
  }

private:
  void take(Json& kept, const std::string& key, const Json& value) {
    if (is_in(maps_of_schemas, key) && value.is_object()) {
      auto& schemas = kept[key] = Json::object();
      for (const auto& [name, schema] : value.items()) schemas[name] = clean(schema);
    } else if (is_in(lists_of_schemas, key) && value.is_array()) {
      const auto* as = key == "oneOf" ? "anyOf" : key.c_str();
      if (kept.contains(as)) expressible_ = false; // one could only stand for both in an allOf
      auto& schemas = kept[as] = Json::array();
      for (const auto& schema : value) schemas.push_back(clean(schema));
    } else {
      kept[key] = key == "items" ? clean(value) : value;
    }
  }

  void close(Json& kept, const Json& schema) {
    const auto* others = member(schema, "additionalProperties");
    const auto is_closed = others != nullptr && *others == false;
    const auto* properties = object_at(kept, "properties");
    if ((properties == nullptr || properties->empty()) && !is_closed) expressible_ = false;
    if (properties != nullptr) {
      std::set<std::string_view> required;
      for (const auto& name : items_at(schema, "required")) required.insert(text_of(name));
      for (const auto& [name, ignored] : properties->items())
        if (!required.contains(name)) ++optional_properties_;
    }
    kept["additionalProperties"] = false;
  }

  bool expressible_ = true;
  std::size_t optional_properties_ = 0;
};

} // namespace

std::optional<Json> constrained_schema(const Json& schema) {
  if (!References{schema}.end_in(schema)) return std::nullopt;
  Cleanup cleanup;
  auto cleaned = cleanup.clean(schema);
  if (!cleanup.expressible()) return std::nullopt;
  return cleaned;
}

} // namespace gateway
