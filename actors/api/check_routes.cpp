#include "actors/api/endpoint.hpp"
#include "actors/api/openapi.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <string>

// Part of every build: fails where an operation of openapi.yaml has no route, or a route under
// /admin/v1 no operation, or both say another role. With the name of a file, that is taken for
// openapi.yaml, as JSON.
namespace gateway {
namespace {

constexpr std::string_view base = "/admin/v1";

/// Operations with who may ask: a role, or "anybody".
using Operations = std::map<std::string, std::string, std::less<>>;

Operations described(std::string_view openapi) {
  constexpr std::array methods{"get", "put", "post", "patch", "delete"};
  Operations operations;
  const auto file = nlohmann::json::parse(openapi);
  for (const auto& [path, item] : file.at("paths").items())
    for (const std::string method : methods) {
      if (!item.contains(method)) continue;
      std::string name;
      for (const char c : method) name += static_cast<char>(c - 'a' + 'A');
      const auto& operation = item.at(method);
      const bool open = operation.value("security", nlohmann::json{1}).empty();
      operations[name + " " + path] = open ? "anybody" : operation.value("x-role", "viewer");
    }
  return operations;
}

Operations served() {
  Operations operations;
  for (const auto& route : all_routes())
    if (route.pattern.starts_with(base)) {
      const std::string path{route.pattern.substr(base.size())};
      operations[std::string{route.method} + " " + path] =
        route.role ? role_text(*route.role) : "anybody";
    }
  return operations;
}

int check_routes(std::string_view openapi) {
  const auto in_file = described(openapi);
  const auto in_table = served();
  int faults = 0;
  const auto fault = [&](std::string_view operation, std::string_view text) {
    ++faults;
    std::cerr << "check-routes: " << operation << " " << text << "\n";
  };
  for (const auto& [operation, role] : in_table) {
    const auto in_yaml = in_file.find(operation);
    if (in_yaml == in_file.end())
      fault(operation, "is served, and actors/api/openapi.yaml does not describe it");
    else if (in_yaml->second != role)
      fault(operation, "is for " + role + ", and openapi.yaml says " + in_yaml->second);
  }
  for (const auto& [operation, role] : in_file)
    if (!in_table.contains(operation))
      fault(operation, "is in actors/api/openapi.yaml, and no route serves it");
  return faults == 0 ? 0 : 1;
}

} // namespace
} // namespace gateway

int main(int count, char** words) {
  if (count < 2) return gateway::check_routes(gateway::built_in_openapi());
  std::ifstream file{words[1]};
  const std::string text{std::istreambuf_iterator<char>{file}, {}};
  return gateway::check_routes(text);
}
