#include "actors/config/document.hpp"

#include "actors/config/built_in.hpp"
#include "actors/config/json_reader.hpp"
#include "actors/config/reading.hpp"
#include "actors/config/schema_check.hpp"

namespace gateway {

namespace {

const JsonNode& document_schema() {
  static const JsonNode schema = [] {
    Problems problems;
    auto read = read_json(built_in_schema(), problems);
    if (!read || problems.any_error()) broken_promise("gateway.schema.json is broken");
    return *std::move(read);
  }();
  return schema;
}

Document read_parts(Reading& reading) {
  Document document;
  document.settings = read_settings(reading.root["settings"]);
  for (const auto& [name, place] : reading.root["pools"].members())
    document.pools.emplace(name, read_pool(name, place, reading));
  for (const auto& [name, place] : reading.root["providers"].members())
    document.providers.emplace(name, read_provider(name, place, reading));
  for (const auto& [name, place] : reading.root["routes"].members())
    document.routes.emplace(name, read_route(name, place, document, reading.problems));
  read_access(document, reading);
  return document;
}

} // namespace

DocumentReading
read_document(std::string_view json, std::uint64_t version, const Surroundings& surroundings) {
  Problems problems;
  const auto root = read_json(json, problems);
  if (!root) return {nullptr, problems.take_sorted()};
  check_schema(document_schema(), *root, problems);
  Reading reading{surroundings, Catalogue::built_in(), problems, Place(*root)};
  auto document = read_parts(reading);
  if (problems.any_error()) return {nullptr, problems.take_sorted()};
  document.version = version;
  document.text = json;
  return {std::make_shared<const Document>(std::move(document)), problems.take_sorted()};
}

} // namespace gateway
