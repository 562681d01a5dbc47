#include "actors/api/query_names.hpp"

#include "actors/api/endpoint.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace gateway {
namespace {

using Json = nlohmann::json;

std::string in_capitals(std::string text) {
  for (auto& letter : text) letter = static_cast<char>(letter - 'a' + 'A');
  return text;
}

std::vector<std::string> names_in(const Json& file, const Json& operation) {
  std::vector<std::string> names;
  for (const auto& written : operation.value("parameters", Json::array())) {
    const auto refers = written.find("$ref");
    const auto& parameter = refers == written.end()
      ? written
      : file.at(Json::json_pointer{refers->get<std::string>().substr(1)});
    if (parameter.at("in") == "query") names.push_back(parameter.at("name"));
  }
  return names;
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "none" : text;
}

} // namespace

QueryNames::QueryNames(std::string_view openapi) {
  const auto file = Json::parse(openapi);
  for (const auto& [path, operations] : file.at("paths").items())
    for (const auto& [method, operation] : operations.items())
      if (operation.is_object())
        by_operation_["/admin/v1" + path + ' ' + in_capitals(method)] = names_in(file, operation);
}

Result<void>
QueryNames::check(std::string_view method, std::string_view pattern, std::string_view query) const {
  if (query.empty()) return {};
  const auto found = by_operation_.find(std::string{pattern} + ' ' + std::string{method});
  if (found == by_operation_.end()) broken_promise("a route of the admin API is not described");
  const auto& names = found->second;
  for (const auto& name : query_names(query))
    if (std::ranges::find(names, name) == names.end())
      return fail(Error{
        ErrorKind::invalid_value,
        "There is no parameter '" + name + "' here; there are: " + listed(names) + ".",
        name,
        {}});
  return {};
}

} // namespace gateway
