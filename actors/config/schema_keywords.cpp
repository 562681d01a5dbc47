#include "actors/config/schema_check.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace gateway {

namespace {

constexpr std::array keywords{
  "type",       "enum",
  "const",      "minimum",
  "maximum",    "exclusiveMinimum",
  "minLength",  "exclusiveMaximum",
  "maxLength",  "pattern",
  "items",      "minItems",
  "maxItems",   "uniqueItems",
  "properties", "patternProperties",
  "required",   "additionalProperties",
  "anyOf",      "propertyNames",
  "oneOf",      "minProperties",
  "$ref",       "maxProperties",
  "$defs",      "$schema",
  "$id",        "$comment",
  "title",      "description",
  "default",    "examples",
  "x-ui",       "x-hint",
};

/// What may stand beside a $ref: it says nothing about the value.
constexpr std::array annotations{
  "$ref", "title", "description", "default", "examples", "$comment", "x-ui"};

bool is_one_of(std::span<const char* const> list, const std::string& keyword) {
  return std::find(list.begin(), list.end(), keyword) != list.end();
}

void look_for_unknown(
  const JsonNode& schema, const std::string& pointer, std::vector<std::string>& unknown) {
  const bool reference = schema.find("$ref") != nullptr;
  for (const auto& [keyword, at, value] : schema.members) {
    const auto below = pointer + pointer_step(keyword);
    if (!is_one_of(keywords, keyword) || (reference && !is_one_of(annotations, keyword))) {
      unknown.push_back(below);
    } else if (keyword == "properties" || keyword == "patternProperties" || keyword == "$defs") {
      for (const auto& [name, where, child] : value.members)
        look_for_unknown(child, below + pointer_step(name), unknown);
    } else if (
      keyword == "items" || keyword == "additionalProperties" || keyword == "propertyNames") {
      look_for_unknown(value, below, unknown);
    } else if (keyword == "anyOf" || keyword == "oneOf") {
      for (std::size_t i = 0; i < value.items.size(); ++i)
        look_for_unknown(value.items[i], below + "/" + std::to_string(i), unknown);
    }
  }
}

} // namespace

std::vector<std::string> unknown_schema_keywords(const JsonNode& schema) {
  std::vector<std::string> unknown;
  look_for_unknown(schema, "", unknown);
  return unknown;
}

} // namespace gateway
