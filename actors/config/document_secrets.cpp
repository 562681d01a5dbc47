#include "actors/config/document_secrets.hpp"

#include "actors/config/built_in.hpp"
#include "actors/config/vendors.hpp"
#include "net/base/secret.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

namespace gateway {
namespace {

using Pointer = DocumentJson::json_pointer;

constexpr auto form_key = "$secret";

const DocumentJson& schema() {
  static const auto parsed = DocumentJson::parse(built_in_schema());
  return parsed;
}

bool marks_secret(const DocumentJson& node) {
  const auto hints = node.find("x-ui");
  return hints != node.end() && hints->value("secret", false);
}

// Goes through document and schema side by side. `secret`: a place around this one is marked.
void walk(
  const DocumentJson& node,
  const DocumentJson& value,
  bool secret,
  const std::string& pointer,
  std::vector<std::string>& found) {
  secret = secret || marks_secret(node);
  if (const auto ref = node.find("$ref"); ref != node.end()) {
    const auto target = ref->get<std::string>().substr(1); // "#/$defs/x"
    return walk(schema().at(Pointer{target}), value, secret, pointer, found);
  }
  const bool is_form = value.is_object() && value.contains(form_key);
  if (secret && (value.is_string() || value.is_null() || is_form)) {
    if (found.empty() || found.back() != pointer) found.push_back(pointer);
    return;
  }
  for (const auto* keyword : {"oneOf", "anyOf"})
    if (const auto branches = node.find(keyword); branches != node.end())
      for (const auto& branch : *branches) walk(branch, value, secret, pointer, found);
  if (!value.is_object()) return;
  const auto properties = node.find("properties");
  const auto others = node.find("additionalProperties");
  for (const auto& [name, child] : value.items()) {
    const auto below = pointer + pointer_step(name);
    if (properties != node.end() && properties->contains(name))
      walk((*properties)[name], child, secret, below, found);
    else if (others != node.end() && others->is_object())
      walk(*others, child, secret, below, found);
  }
}

bool is_reference(const std::string& text) {
  return text.starts_with("env:") || text.starts_with("file:");
}

const DocumentJson* find_at(const DocumentJson& document, const std::string& pointer) {
  const Pointer place{pointer};
  return document.contains(place) ? &document.at(place) : nullptr;
}

// Variables that a document may name without asking for what else this process was given.
std::set<std::string> known_variables(const DocumentJson& stored) {
  std::set<std::string> names;
  for (const auto& vendor : all_vendors()) {
    names.insert(vendor.key_env);
    names.insert(vendor.signing_env.begin(), vendor.signing_env.end());
  }
  for (const auto& pointer : secret_pointers(stored)) {
    const auto& value = stored.at(Pointer{pointer});
    if (value.is_string() && value.get<std::string>().starts_with("env:"))
      names.insert(value.get<std::string>().substr(4));
  }
  return names;
}

/// What an edit left at one place of a secret.
struct Restored {
  std::string value;
  bool kept = false; // it is what was stored, and was not given anew
  std::string code = {};
  std::string message = {};
};

Restored restore_form(const DocumentJson& form, const DocumentJson* stored) {
  const auto& secret = form[form_key];
  if (secret.is_string() && secret == "set") {
    if (stored != nullptr && is_literal_secret(*stored)) return {stored->get<std::string>(), true};
    return {
      "",
      false,
      "secret_missing",
      "nothing is stored here: give the secret itself, as "
      "{\"$secret\":{\"value\":\"…\"}}"};
  }
  if (secret.is_object() && secret.size() == 1 && secret.contains("value"))
    if (const auto& value = secret["value"];
        value.is_string() && form.size() == 1 && !is_reference(value.get<std::string>()))
      return {value.get<std::string>()};
  return {"", false, "secret_form", "a secret is written as {\"$secret\":{\"value\":\"…\"}}"};
}

Restored restore_text(
  const std::string& text,
  const DocumentJson* stored,
  bool written,
  const std::set<std::string>& variables) {
  const bool same = stored != nullptr && *stored == text;
  if (text.starts_with("file:")) {
    if (same) return {text, true};
    return {"", false, "secret_path", "only the file names paths; give the secret itself"};
  }
  if (!text.starts_with("env:")) return {text};
  if (same) return {text, !written};
  if (variables.contains(text.substr(4))) return {text};
  return {
    "",
    false,
    "secret_variable",
    "only the file names variables that neither it nor the "
    "vendor table has; give the secret itself"};
}

} // namespace

std::vector<std::string> secret_pointers(const DocumentJson& document) {
  std::vector<std::string> found;
  walk(schema(), document, false, "", found);
  return found;
}

bool is_literal_secret(const DocumentJson& value) {
  return value.is_string() && !is_reference(value.get<std::string>());
}

DocumentJson redacted(DocumentJson document, const SecretDates* dates) {
  for (const auto& pointer : secret_pointers(document)) {
    auto& value = document.at(Pointer{pointer});
    if (!is_literal_secret(value)) continue;
    const auto hint = Secret(value.get<std::string>()).hint();
    value = DocumentJson{{form_key, "set"}};
    if (!hint.empty()) value["hint"] = hint;
    if (dates == nullptr) continue;
    const auto date = dates->find(pointer);
    const bool known = date != dates->end(); // not in a version of before this was kept
    const bool has_name = known && !date->second.by.empty();
    value["set_at"] =
      known ? DocumentJson(milliseconds_since_epoch(date->second.at)) : DocumentJson();
    value["by"] = has_name ? DocumentJson(date->second.by) : DocumentJson();
  }
  return document;
}

SecretDates dated(
  const DocumentJson& before,
  const SecretDates& dates,
  const DocumentJson& after,
  const SecretDate& now) {
  SecretDates dated;
  for (const auto& pointer : secret_pointers(after)) {
    const auto& value = after.at(Pointer{pointer});
    if (!is_literal_secret(value)) continue;
    const auto* earlier = find_at(before, pointer);
    const auto date = dates.find(pointer);
    const bool is_same = earlier != nullptr && *earlier == value;
    if (!is_same)
      dated[pointer] = now;
    else if (date != dates.end())
      dated[pointer] = date->second;
  }
  return dated;
}

std::vector<std::string> restore_secrets(
  DocumentJson& edited, const DocumentJson& stored, const DocumentJson& patch, Problems& problems) {
  const auto variables = known_variables(stored);
  std::vector<std::string> kept;
  for (const auto& pointer : secret_pointers(edited)) {
    const Pointer place{pointer};
    auto& value = edited.at(place);
    if (value.is_null()) {
      edited.at(place.parent_pointer()).erase(place.back());
      continue;
    }
    const auto* before = find_at(stored, pointer);
    auto restored = value.is_object()
      ? restore_form(value, before)
      : restore_text(value.get<std::string>(), before, patch_writes(patch, pointer), variables);
    if (!restored.code.empty()) problems.error(pointer, {}, restored.code, restored.message);
    if (restored.kept) kept.push_back(pointer);
    // Any text will do where there is a problem: the rest of the document is judged all the same.
    value = restored.code.empty() ? std::move(restored.value) : "unknown";
  }
  return kept;
}

} // namespace gateway
