#pragma once

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <fstream>
#include <sstream>
#include <string>

/// Fixtures of this folder's tests; read relative to the repository's root.
namespace gateway {

inline std::string read_fixture(const std::string& path) {
  std::ifstream file{"tests/fixtures/dialects/" + path, std::ios::binary};
  INFO("fixture " << path);
  REQUIRE(file.good());
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

inline nlohmann::ordered_json read_json_fixture(const std::string& path) {
  return nlohmann::ordered_json::parse(read_fixture(path));
}

} // namespace gateway
