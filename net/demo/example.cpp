#include "net/demo/example.hpp"

#include "net/base/header.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace gateway {
namespace {

using json = nlohmann::ordered_json;

constexpr int depth_max = 16;            // also what ends a schema that refers to itself…
constexpr int values_max = 1024;         // …and, where it does so more than once, this
constexpr std::size_t items_max = 16;    // of a list, whatever minItems says
constexpr std::size_t letters_max = 256; // of a string, whatever minLength says

const json* member(const json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

class Example {
public:
  Example(const json& root, std::string_view filler) : root_(root), filler_(filler) {}

  json of(const json& schema, int depth) {
    if (depth > depth_max || is_exhausted() || !schema.is_object()) return nullptr;
    ++values_;
    if (const auto* fixed = member(schema, "const")) return *fixed;
    if (const auto* list = member(schema, "enum"); list && list->is_array() && !list->empty())
      return list->front();
    if (const auto* target = referred(schema)) return of(*target, depth + 1);
    for (const auto* name : {"anyOf", "oneOf"})
      if (const auto* choices = member(schema, name);
          choices && choices->is_array() && !choices->empty())
        return of(choices->front(), depth + 1);
    const auto type = type_of(schema);
    if (type == "object") return object(schema, depth);
    if (type == "array") return array(schema, depth);
    if (type == "integer" || type == "number") return number(schema, type == "integer");
    if (type == "boolean") return true;
    if (type == "null") return nullptr;
    return text(schema);
  }

private:
  bool is_exhausted() const { return values_ >= values_max; }

  const json* referred(const json& schema) const {
    const auto* reference = member(schema, "$ref");
    if (!reference || !reference->is_string()) return nullptr;
    const auto& path = reference->get_ref<const std::string&>();
    const json* at = &root_;
    if (!path.starts_with('#')) return nullptr;
    for (std::size_t from = 1; from < path.size();) {
      const auto end = std::min(path.find('/', from + 1), path.size());
      at = member(*at, path.substr(from + 1, end - from - 1).c_str());
      if (at == nullptr) return nullptr;
      from = end;
    }
    return at;
  }

  static std::string type_of(const json& schema) {
    const auto* type = member(schema, "type");
    if (type && type->is_array()) {
      const auto said = std::ranges::find_if(*type, [](const json& one) { return one != "null"; });
      type = said == type->end() ? nullptr : &*said;
    }
    if (type && type->is_string()) {
      auto name = type->get<std::string>();
      std::ranges::transform(name, name.begin(), to_lower_ascii);
      return name;
    }
    if (member(schema, "properties") || member(schema, "allOf")) return "object";
    if (member(schema, "items")) return "array";
    return "string";
  }

  json object(const json& schema, int depth) {
    json made = json::object();
    if (const auto* all = member(schema, "allOf"); all && all->is_array())
      for (const auto& part : *all)
        if (const auto one = of(part, depth + 1); one.is_object()) made.update(one);
    if (const auto* properties = member(schema, "properties");
        properties && properties->is_object())
      for (const auto& [name, inner] : properties->items())
        if (!is_exhausted()) made[name] = of(inner, depth + 1);
    if (const auto* required = member(schema, "required"); required && required->is_array())
      for (const auto& name : *required)
        if (name.is_string() && !made.contains(name.get_ref<const std::string&>()))
          made[name.get_ref<const std::string&>()] = filler_;
    return made;
  }

  json array(const json& schema, int depth) {
    std::size_t wanted = 1;
    if (const auto* least = member(schema, "minItems"); least && least->is_number_unsigned())
      wanted = std::clamp<std::size_t>(least->get<std::size_t>(), 1, items_max);
    const auto* items = member(schema, "items");
    return json(wanted, items ? of(*items, depth + 1) : json(filler_));
  }

  static json number(const json& schema, bool whole) {
    double value = 1;
    const auto bound = [&](const char* name) -> const json* {
      const auto* found = member(schema, name);
      return found && found->is_number() ? found : nullptr;
    };
    if (const auto* least = bound("minimum")) value = std::max(value, least->get<double>());
    if (const auto* above = bound("exclusiveMinimum"))
      value = std::max(value, above->get<double>() + 1);
    if (const auto* most = bound("maximum")) value = std::min(value, most->get<double>());
    if (const auto* below = bound("exclusiveMaximum"))
      value = std::min(value, below->get<double>() - 1);
    if (!whole) return value;
    constexpr double exact = 9'007'199'254'740'992; // beyond 2^53 a double is no exact integer
    return static_cast<std::int64_t>(std::clamp(std::ceil(value), -exact, exact));
  }

  json text(const json& schema) const {
    constexpr std::pair<std::string_view, const char*> formats[] = {
      {"date", "2026-01-02"},
      {"date-time", "2026-01-02T03:04:05Z"},
      {"time", "03:04:05Z"},
      {"email", "reader@example.com"},
      {"uri", "https://example.com/"},
      {"uuid", "00000000-0000-4000-8000-000000000001"},
    };
    if (const auto* format = member(schema, "format"); format && format->is_string())
      for (const auto& [name, example] : formats)
        if (format->get_ref<const std::string&>() == name) return example;
    std::string made{filler_};
    if (const auto* least = member(schema, "minLength"); least && least->is_number_unsigned()) {
      const auto wanted = std::min(least->get<std::size_t>(), letters_max);
      if (made.size() < wanted) made.append(wanted - made.size(), 'x');
    }
    if (const auto* most = member(schema, "maxLength"); most && most->is_number_unsigned())
      if (made.size() > most->get<std::size_t>()) made.assign(most->get<std::size_t>(), 'x');
    return made;
  }

  const json& root_;
  std::string_view filler_;
  int values_ = 0;
};

} // namespace

std::string demo_example(std::string_view schema, std::string_view filler) {
  const auto parsed = json::parse(schema, nullptr, false);
  if (!parsed.is_object()) return "{}";
  return Example{parsed, filler}.of(parsed, 0).dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace gateway
