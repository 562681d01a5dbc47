#include "actors/config/merge.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace gateway;
using Json = nlohmann::json;

TEST_CASE("what is added stands beside the document's own members", "[config]") {
  const auto merged = Json::parse(merged_document(
    R"({"providers":{"groq":{"api_key":"k"}},"settings":{"max_attempts":2}})",
    R"({"providers":{"demo":{"dialect":"openai"}},"routes":{"fast":{}}})"));
  CHECK(merged == Json::parse(R"({
    "providers":{"groq":{"api_key":"k"},"demo":{"dialect":"openai"}},
    "settings":{"max_attempts":2},
    "routes":{"fast":{}}})"));
}

TEST_CASE("where both have a name the document's own stands", "[config]") {
  const auto merged = Json::parse(merged_document(
    R"({"providers":{"demo":{"dialect":"gemini"}}})",
    R"({"providers":{"demo":{"dialect":"openai"}}})"));
  CHECK(merged["providers"]["demo"]["dialect"] == "gemini");
}
