#include "actors/config/document_diff.hpp"

#include "actors/config/document_secrets.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace gateway {
namespace {

constexpr std::size_t summary_lines_max = 8;

void find_changes(
  const DocumentJson& before,
  const DocumentJson& after,
  const std::string& pointer,
  std::vector<std::string>& found) {
  if (!before.is_object() || !after.is_object()) {
    if (!same_value(before, after)) found.push_back(pointer);
    return;
  }
  for (const auto& [name, value] : before.items()) {
    const auto below = pointer + pointer_step(name);
    const auto other = after.find(name);
    if (other == after.end())
      found.push_back(below);
    else
      find_changes(value, *other, below, found);
  }
  for (const auto& [name, value] : after.items())
    if (!before.contains(name)) found.push_back(pointer + pointer_step(name));
}

std::string text_at(const DocumentJson& document, const std::string& pointer) {
  const DocumentJson::json_pointer place{pointer};
  return document.contains(place) ? document.at(place).dump() : "";
}

} // namespace

bool same_value(const DocumentJson& one, const DocumentJson& other) {
  if (!one.is_structured() || !other.is_structured()) return one == other;
  return nlohmann::json(one) == nlohmann::json(other);
}

std::vector<std::string> differing_places(const DocumentJson& before, const DocumentJson& after) {
  std::vector<std::string> places;
  find_changes(before, after, "", places);
  return places;
}

std::vector<Change> diff_documents(const DocumentJson& before, const DocumentJson& after) {
  const auto places = differing_places(before, after);
  const auto shown_before = redacted(before);
  const auto shown_after = redacted(after);
  const auto secrets = secret_pointers(before);
  std::vector<Change> changes;
  for (const auto& pointer : places) {
    Change change{pointer, text_at(shown_before, pointer), text_at(shown_after, pointer), {}};
    const bool secret = std::find(secrets.begin(), secrets.end(), pointer) != secrets.end();
    if (secret && change.after.starts_with(R"({"$secret":)"))
      change.after = R"({"$secret":"replaced"})";
    change.kind = change_kind(pointer);
    changes.push_back(std::move(change));
  }
  return changes;
}

std::string_view change_kind(std::string_view pointer) noexcept {
  struct Kind {
    std::string_view part;
    std::string_view kind;
  };
  // What is inside of a thing says more than the thing: the first that fits counts.
  constexpr std::array inside{
    Kind{"/api_key", "secret"},
    Kind{"/service_account", "secret"},
    Kind{"/extra_headers", "secret"},
    Kind{"/limits", "limit"},
    Kind{"/budget", "limit"},
    Kind{"/price", "price"},
    Kind{"/models", "model"}};
  constexpr std::array sections{
    Kind{"/providers/", "provider"},
    Kind{"/pools/", "pool"},
    Kind{"/routes/", "route"},
    Kind{"/keys/", "key"},
    Kind{"/teams/", "team"},
    Kind{"/admins/", "admin"},
    Kind{"/settings/", "setting"}};
  for (const auto& [section, section_kind] : sections) {
    if (!pointer.starts_with(section)) continue;
    const auto name_end = pointer.find('/', section.size());
    if (name_end == std::string_view::npos || section_kind == "setting") return section_kind;
    for (const auto& [part, kind] : inside)
      if (
        (std::string(pointer.substr(name_end)) + "/").find(std::string(part) + "/")
        != std::string::npos)
        return kind;
    return section_kind;
  }
  return "document";
}

std::vector<std::string> summary_of(std::span<const Change> changes) {
  std::vector<std::string> lines;
  for (const auto& change : changes) {
    if (lines.size() == summary_lines_max) {
      lines.push_back("and " + std::to_string(changes.size() - summary_lines_max) + " more");
      break;
    }
    const auto* verb = change.before.empty() ? "added "
      : change.after.empty()                 ? "removed "
                                             : "changed ";
    lines.push_back(verb + change.pointer);
  }
  return lines;
}

} // namespace gateway
