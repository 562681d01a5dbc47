#include "actors/config/merge.hpp"

#include <nlohmann/json.hpp>

namespace gateway {

std::string merged_document(std::string_view document, std::string_view added) {
  auto whole = nlohmann::ordered_json::parse(document);
  const auto more = nlohmann::ordered_json::parse(added);
  for (const auto& [section, members] : more.items()) {
    auto& own = whole[section];
    for (const auto& [name, value] : members.items())
      if (!own.contains(name)) own[name] = value;
  }
  return whole.dump(2);
}

} // namespace gateway
