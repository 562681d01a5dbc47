#include "actors/config/json_patch.hpp"

#include "actors/config/json_reader.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>

namespace gateway {
namespace {

std::string text_of(const DocumentJson& step, const char* key) {
  const auto found = step.is_object() ? step.find(key) : step.end();
  return step.is_object() && found != step.end() && found->is_string() ? found->get<std::string>()
                                                                       : "";
}

// What a value costs: the bytes that it and what is in it take in memory, until `left` is used
// up. False where it goes deeper than `depth` or costs more than is left.
bool fits(const DocumentJson& value, std::size_t depth, std::size_t& left) {
  std::size_t cost = sizeof(DocumentJson);
  if (value.is_string()) cost += value.get_ref<const std::string&>().size();
  if (cost > left) return false;
  left -= cost;
  if (!value.is_structured()) return true;
  if (depth == 0) return false;
  return std::all_of(value.begin(), value.end(), [&](const DocumentJson& child) {
    return fits(child, depth - 1, left);
  });
}

std::optional<std::string> fault_of_form(const DocumentJson& step) {
  if (!step.is_object()) return "a step is an object with op and path";
  const auto path = step.find("path");
  if (path == step.end() || !path->is_string()) return "\"path\" is missing";
  const auto op = text_of(step, "op");
  const bool moves = op == "move" || op == "copy";
  const bool writes = op == "add" || op == "replace" || op == "test";
  if (!moves && !writes && op != "remove")
    return "\"op\" is add, remove, replace, move, copy or test";
  if (moves && (!step.contains("from") || !step["from"].is_string())) return "\"from\" is missing";
  if (writes && !step.contains("value")) return "\"value\" is missing";
  return std::nullopt;
}

constexpr std::size_t patch_memory_bytes_max = 2 * json_text_bytes_max;
constexpr auto nothing_there = "there is nothing in the document at this place";
constexpr auto too_large = "the document would become too large or too deep";

// Room for a value at a place of the document.
bool has_room(const std::string& path, const DocumentJson& value, std::size_t& left) {
  const auto depth = static_cast<std::size_t>(std::count(path.begin(), path.end(), '/'));
  return depth <= json_depth_max && fits(value, json_depth_max - depth, left);
}

// The library has no error for a parent that is a number or a text: it is asked for first.
std::optional<std::string>
put(DocumentJson& document, const std::string& path, const DocumentJson& value, std::size_t& left) {
  const DocumentJson::json_pointer to{path};
  if (!path.empty() && !document.at(to.parent_pointer()).is_structured()) return nothing_there;
  if (!has_room(path, value, left)) return too_large;
  const DocumentJson step{{"op", "add"}, {"path", path}, {"value", value}};
  document.patch_inplace(DocumentJson::array({step}));
  return std::nullopt;
}

// The library throws; its texts quote what is in the document and go no further than here.
std::optional<std::string>
apply_step(DocumentJson& document, const DocumentJson& step, std::size_t& left) {
  if (auto fault = fault_of_form(step)) return fault;
  const auto op = text_of(step, "op");
  const auto path = text_of(step, "path");
  try {
    const DocumentJson::json_pointer place{path};
    if (op == "add") return put(document, path, step["value"], left);
    if (op == "copy" || op == "move") {
      const auto from = text_of(step, "from");
      const DocumentJson value = document.at(DocumentJson::json_pointer{from});
      if (op == "move") {
        const DocumentJson away{{"op", "remove"}, {"path", from}};
        document.patch_inplace(DocumentJson::array({away}));
      }
      return put(document, path, value, left);
    }
    if (!document.contains(place)) return nothing_there;
    if (op == "test" && document.at(place) != step["value"])
      return "the document has another value at this place";
    if (op == "replace") {
      // In place of the old value, so that a name stays where it was written.
      if (!has_room(path, step["value"], left)) return too_large;
      document.at(place) = step["value"];
    }
    if (op == "remove") document.patch_inplace(DocumentJson::array({step}));
  } catch (const DocumentJson::exception&) {
    return nothing_there;
  }
  return std::nullopt;
}

} // namespace

bool apply_patch(DocumentJson& document, const DocumentJson& patch, Problems& problems) {
  if (!patch.is_array() || patch.size() > patch_steps_max) {
    problems.error(
      "",
      {},
      "patch",
      "a patch is an array of at most " + std::to_string(patch_steps_max) + " steps (RFC 6902)");
    return false;
  }
  // A document as long as may be read has room; one that copies of copies make has not.
  std::size_t left = patch_memory_bytes_max;
  for (std::size_t i = 0; i < patch.size(); ++i) {
    const auto fault = apply_step(document, patch[i], left);
    if (!fault) continue;
    const auto which = "step " + std::to_string(i + 1) + " of the patch: ";
    problems.error(text_of(patch[i], "path"), {}, "patch", which + *fault);
    return false;
  }
  return true;
}

bool patch_writes(const DocumentJson& patch, const std::string& pointer) {
  return std::any_of(patch.begin(), patch.end(), [&](const DocumentJson& step) {
    const auto op = text_of(step, "op");
    const auto path = text_of(step, "path");
    const bool around = pointer == path || pointer.starts_with(path + "/");
    return (op == "add" || op == "replace") && around;
  });
}

} // namespace gateway
