#pragma once

#include "tests/actors/config/surroundings.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace gateway {

/// A document with one thing wrong.
struct Mistake {
  std::string json;
  std::string where;   // "POINTER LINE:COLUMN CODE"
  std::string message; // a part of it
};

/// It has exactly this one problem of that severity, and is taken if that is a warning.
inline void check_mistake(const Mistake& row, Problem::Severity severity) {
  INFO(row.json);
  const auto reading = read_document(row.json, 1, KnownSurroundings{});
  INFO(in_words(reading));
  std::vector<Problem> found;
  for (const auto& problem : reading.problems)
    if (problem.severity == severity) found.push_back(problem);
  REQUIRE(found.size() == 1);
  const auto where = found[0].pointer + " " + std::to_string(found[0].line) + ":"
    + std::to_string(found[0].column) + " " + found[0].code;
  CHECK(where == row.where);
  CHECK(found[0].message.find(row.message) != std::string::npos);
  CHECK((reading.document == nullptr) == (severity == Problem::Severity::error));
}

/// A provider with everything it needs, and more keys.
inline std::string provider(const std::string& keys) {
  return "{\"providers\":{\"own\":{\"dialect\":\"openai\",\"base_url\":\"https://"
         "a.example\",\"api_key\":"
         "\"x\",\"models\":{\"m\":{\"price\":{\"input\":1,\"output\":1}}},\n"
    + keys + "}}}";
}

inline std::string model(const std::string& keys) {
  return "{\"providers\":{\"own\":{\"dialect\":\"openai\",\"base_url\":\"https://"
         "a.example\",\"api_key\":"
         "\"x\",\"models\":{\"m\":{\n"
    + keys + "}}}}}";
}

inline std::string route(const std::string& keys) {
  return "{\"providers\":{\"groq\":{\"api_key\":\"x\",\"models\":{\"llama-3.3-70b-versatile\":{}}}}"
         ","
         "\"routes\":{\"r\":{\n"
    + keys + "}}}";
}

inline std::string key(const std::string& keys) {
  return "{\"teams\":{\"red\":{}},\"keys\":{\"k\":{\n" + keys + "}}}";
}

inline const std::string hash_a = "\"hash\":\"sha256:" + std::string(64, 'a') + "\"";

} // namespace gateway
