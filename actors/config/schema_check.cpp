#include "actors/config/schema_check.hpp"

#include "actors/config/nearest.hpp"
#include "net/base/error.hpp"

#include <algorithm>
#include <map>
#include <regex>

namespace gateway {

namespace {

/// std::regex recurses once per character: what is longer is refused unseen.
constexpr std::size_t pattern_bytes_max = 256;

std::string quoted(std::string_view text) {
  return "\"" + std::string(text) + "\"";
}

std::string with_article(std::string_view kind) {
  if (kind == "null") return "null";
  const bool vowel = kind == "array" || kind == "object" || kind == "integer";
  return (vowel ? "an " : "a ") + std::string(kind);
}

std::size_t characters(std::string_view text) noexcept {
  return static_cast<std::size_t>(
    std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

bool has_type(const JsonNode& value, std::string_view type) noexcept {
  if (type == "integer") return value.is_integer();
  return type == kind_text(value.kind);
}

/// One check of one document.
class Check {
public:
  explicit Check(const JsonNode& root) : root_(root) {}

  void
  value(const JsonNode& schema, const JsonNode& value, const std::string& pointer, Problems& out) {
    if (out.full()) return;
    const auto& resolved = resolve(schema);
    if (!type(resolved, value, pointer, out)) return; // the other keywords would only repeat it
    choices(resolved, value, pointer, out);
    switch (value.kind) {
    case JsonNode::Kind::number: number(resolved, value, pointer, out); break;
    case JsonNode::Kind::string: string(resolved, value, value.at, pointer, out); break;
    case JsonNode::Kind::array: array(resolved, value, pointer, out); break;
    case JsonNode::Kind::object: object(resolved, value, pointer, out); break;
    default: break;
    }
    alternatives(resolved, value, pointer, out);
  }

private:
  const JsonNode& resolve(const JsonNode& schema) const {
    const auto* reference = schema.find("$ref");
    if (reference == nullptr) return schema;
    constexpr std::string_view definitions = "#/$defs/";
    const auto* all = root_.find("$defs");
    if (all != nullptr && reference->text.starts_with(definitions))
      if (const auto* found = all->find(reference->text.substr(definitions.size())))
        return resolve(*found);
    broken_promise("a $ref of the schema leads nowhere");
  }

  bool
  type(const JsonNode& schema, const JsonNode& value, const std::string& pointer, Problems& out) {
    const auto* wanted = schema.find("type");
    if (wanted == nullptr) return true;
    std::vector<std::string> types;
    if (wanted->is_string()) types.push_back(wanted->text);
    for (const auto& item : wanted->items) types.push_back(item.text);
    std::string list;
    for (const auto& one : types) {
      if (has_type(value, one)) return true;
      list += (list.empty() ? "" : " or ") + with_article(one);
    }
    const bool fraction =
      value.is_number() && std::find(types.begin(), types.end(), "integer") != types.end();
    const auto got = fraction ? "a number with a fraction" : with_article(kind_text(value.kind));
    out.error(pointer, value.at, "type", "must be " + list + ", not " + got);
    return false;
  }

  void choices(
    const JsonNode& schema, const JsonNode& value, const std::string& pointer, Problems& out) {
    if (const auto* fixed = schema.find("const"); fixed && !same_json(*fixed, value))
      out.error(pointer, value.at, "const", "must be " + quoted(fixed->text));
    const auto* allowed = schema.find("enum");
    if (allowed == nullptr) return;
    std::vector<std::string> names;
    std::string list;
    for (const auto& item : allowed->items) {
      if (same_json(item, value)) return;
      names.push_back(item.text);
      list += (list.empty() ? "" : ", ") + item.text;
    }
    const auto near = value.is_string() ? did_you_mean(value.text, names) : "";
    out.error(pointer, value.at, "enum", "must be one of " + list + near);
  }

  void
  number(const JsonNode& schema, const JsonNode& value, const std::string& pointer, Problems& out) {
    const auto bound = [&](std::string_view keyword, std::string_view words, auto holds) {
      const auto* limit = schema.find(keyword);
      if (limit == nullptr || holds(value.approximate(), limit->approximate())) return;
      out.error(
        pointer,
        value.at,
        std::string(keyword),
        "must be " + std::string(words) + " " + limit->text);
    };
    bound("minimum", "at least", std::greater_equal<>());
    bound("maximum", "at most", std::less_equal<>());
    bound("exclusiveMinimum", "more than", std::greater<>());
    bound("exclusiveMaximum", "less than", std::less<>());
  }

  void string(
    const JsonNode& schema,
    const JsonNode& value,
    Position at,
    const std::string& pointer,
    Problems& out) {
    count(schema, "minLength", "maxLength", "characters", characters(value.text), at, pointer, out);
    const auto* pattern = schema.find("pattern");
    if (pattern == nullptr) return;
    const bool fits = value.text.size() <= pattern_bytes_max
      && std::regex_search(value.text, compiled(pattern->text));
    if (fits) return;
    const auto* hint = schema.find("x-hint");
    const auto form = hint != nullptr ? hint->text : "of the form " + pattern->text;
    out.error(pointer, at, "pattern", "must be " + form);
  }

  void
  array(const JsonNode& schema, const JsonNode& value, const std::string& pointer, Problems& out) {
    const auto size = value.items.size();
    if (!count(schema, "minItems", "maxItems", "items", size, value.at, pointer, out)) return;
    const auto* unique = schema.find("uniqueItems");
    const auto* each = schema.find("items");
    for (std::size_t i = 0; i < size; ++i) {
      const auto& item = value.items[i];
      const auto below = pointer + "/" + std::to_string(i);
      if (each != nullptr) this->value(*each, item, below, out);
      const auto twin = std::find_if(
        value.items.begin(),
        value.items.begin() + static_cast<std::ptrdiff_t>(i),
        [&](auto& other) { return same_json(other, item); });
      if (unique != nullptr && unique->truth && &*twin != &item)
        out.error(below, item.at, "uniqueItems", "stands in the list twice");
    }
  }

  void
  object(const JsonNode& schema, const JsonNode& value, const std::string& pointer, Problems& out) {
    count(
      schema,
      "minProperties",
      "maxProperties",
      "keys",
      value.members.size(),
      value.at,
      pointer,
      out);
    if (const auto* required = schema.find("required"))
      for (const auto& name : required->items)
        if (value.find(name.text) == nullptr)
          out.error(pointer, value.at, "required", quoted(name.text) + " is missing");
    const auto* names = schema.find("propertyNames");
    for (const auto& member : value.members) {
      if (out.full()) return;
      const auto below = pointer + pointer_step(member.name);
      if (names != nullptr) {
        JsonNode name;
        name.kind = JsonNode::Kind::string;
        name.text = member.name;
        string(resolve(*names), name, member.at, below, out);
      }
      property(schema, member, below, out);
    }
  }

  void property(
    const JsonNode& schema, const JsonMember& member, const std::string& pointer, Problems& out) {
    const auto* named = schema.find("properties");
    if (const auto* known = named != nullptr ? named->find(member.name) : nullptr)
      return value(*known, member.value, pointer, out);
    if (const auto* patterns = schema.find("patternProperties"))
      for (const auto& [pattern, at, below] : patterns->members)
        if (
          member.name.size() <= pattern_bytes_max
          && std::regex_search(member.name, compiled(pattern)))
          return value(below, member.value, pointer, out);
    const auto* others = schema.find("additionalProperties");
    if (others == nullptr) return;
    if (others->is_object()) return value(*others, member.value, pointer, out);
    if (others->truth) return;
    std::vector<std::string> known;
    if (named != nullptr)
      for (const auto& property : named->members) known.push_back(property.name);
    auto near = did_you_mean(member.name, known);
    if (near.empty()) {
      near = "; there are ";
      for (const auto& name : known) near += (&name == known.data() ? "" : ", ") + name;
    }
    out.error(pointer, member.at, "unknown_key", quoted(shown(member.name)) + " is unknown" + near);
  }

  /// A stranger's name, cut to what a line can hold.
  static std::string shown(const std::string& name) {
    constexpr std::size_t shown_bytes_max = 64;
    if (name.size() <= shown_bytes_max) return name;
    auto cut = shown_bytes_max;
    while ((name[cut] & 0xC0) == 0x80) --cut; // not inside a character
    return name.substr(0, cut) + "…";
  }

  void alternatives(
    const JsonNode& schema, const JsonNode& value, const std::string& pointer, Problems& out) {
    for (const std::string_view keyword : {"anyOf", "oneOf"}) {
      const auto* list = schema.find(keyword);
      if (list == nullptr) continue;
      std::size_t fitting = 0;
      std::optional<Problems> meant; // of the one alternative that has the value's type
      std::string kinds;
      for (const auto& alternative : list->items) {
        Problems problems;
        this->value(alternative, value, pointer, problems);
        if (!problems.any_error()) ++fitting;
        const auto* kind = resolve(alternative).find("type");
        if (kind == nullptr) continue;
        kinds += (kinds.empty() ? "" : " or ") + with_article(kind->text);
        if (has_type(value, kind->text)) meant = problems;
      }
      if (fitting == 1 || (fitting > 1 && keyword == "anyOf")) continue;
      if (fitting == 0 && meant)
        for (const auto& problem : meant->all()) out.add(problem);
      else
        out.error(pointer, value.at, std::string(keyword), "must be " + kinds);
    }
  }

  /// Returns false where there are too many to look at each.
  bool count(
    const JsonNode& schema,
    std::string_view least,
    std::string_view most,
    std::string_view what,
    std::size_t size,
    Position at,
    const std::string& pointer,
    Problems& out) {
    const auto told = [&](std::string_view keyword, std::string_view words, const JsonNode& bound) {
      auto message = "must have " + std::string(words) + " " + bound.text + " " + std::string(what);
      out.error(pointer, at, std::string(keyword), std::move(message));
    };
    const auto amount = static_cast<double>(size);
    if (const auto* bound = schema.find(least); bound && amount < bound->approximate())
      told(least, "at least", *bound);
    if (const auto* bound = schema.find(most); bound && amount > bound->approximate()) {
      told(most, "at most", *bound);
      return false;
    }
    return true;
  }

  const std::regex& compiled(const std::string& pattern) {
    const auto known = patterns_.find(pattern);
    if (known != patterns_.end()) return known->second;
    return patterns_.emplace(pattern, std::regex(pattern)).first->second;
  }

  const JsonNode& root_;
  std::map<std::string, std::regex> patterns_;
};

} // namespace

void check_schema(const JsonNode& schema, const JsonNode& value, Problems& problems) {
  Check(schema).value(schema, value, "", problems);
}

} // namespace gateway
