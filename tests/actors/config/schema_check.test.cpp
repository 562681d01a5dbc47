#include "actors/config/schema_check.hpp"

#include "actors/config/built_in.hpp"
#include "actors/config/json_reader.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

namespace {

JsonNode read(std::string_view text) {
  Problems problems;
  auto node = read_json(text, problems);
  REQUIRE(node);
  return *std::move(node);
}

/// "POINTER CODE MESSAGE" of each problem.
std::vector<std::string> check(std::string_view schema, std::string_view value) {
  Problems problems;
  check_schema(read(schema), read(value), problems);
  std::vector<std::string> told;
  for (const auto& problem : problems.all())
    told.push_back(problem.pointer + " " + problem.code + " " + problem.message);
  return told;
}

} // namespace

TEST_CASE("each keyword accepts what fits and names what doesn't") {
  struct Row {
    const char* schema;
    const char* good;
    const char* bad;
    const char* told;
  };
  const Row rows[]{
    {R"({"type":"string"})", R"("x")", "1", " type must be a string, not a number"},
    {R"({"type":"integer"})",
     "2.0",
     "2.5",
     " type must be an integer, not a number with a fraction"},
    {R"({"type":["integer","null"]})",
     "null",
     R"("x")",
     " type must be an integer or null, not a string"},
    {R"({"type":"array"})", "[]", "{}", " type must be an array, not an object"},
    {R"({"type":"boolean"})", "false", "null", " type must be a boolean, not null"},
    {R"({"const":"a"})", R"("a")", R"("b")", " const must be \"a\""},
    {R"({"enum":["cheapest","priority"]})",
     R"("priority")",
     R"("chepest")",
     " enum must be one of cheapest, priority, did you mean \"cheapest\"?"},
    {R"({"enum":[1,2]})", "2.0", "3", " enum must be one of 1, 2"},
    {R"({"minimum":1})", "1", "0.99", " minimum must be at least 1"},
    {R"({"maximum":5})", "5", "1e999", " maximum must be at most 5"},
    {R"({"exclusiveMinimum":0})", "0.1", "0", " exclusiveMinimum must be more than 0"},
    {R"({"exclusiveMaximum":9})", "8", "9", " exclusiveMaximum must be less than 9"},
    {R"({"minLength":2})", R"("éé")", R"("é")", " minLength must have at least 2 characters"},
    {R"({"maxLength":1})", R"("é")", R"("ab")", " maxLength must have at most 1 characters"},
    {R"({"pattern":"^a+$"})", R"("aa")", R"("ab")", " pattern must be of the form ^a+$"},
    {R"({"pattern":"^a+$","x-hint":"only a"})", R"("a")", R"("")", " pattern must be only a"},
    {R"({"items":{"type":"null"}})", "[null]", "[null,1]", "/1 type must be null, not a number"},
    {R"({"minItems":1})", "[0]", "[]", " minItems must have at least 1 items"},
    {R"({"maxItems":1})", "[0]", "[0,0]", " maxItems must have at most 1 items"},
    {R"({"uniqueItems":true})", "[1,2]", "[1,2,1.0]", "/2 uniqueItems stands in the list twice"},
    {R"({"required":["a"]})", R"({"a":1})", "{}", " required \"a\" is missing"},
    {R"({"minProperties":1})", R"({"a":1})", "{}", " minProperties must have at least 1 keys"},
    {R"({"maxProperties":1})",
     R"({"a":1})",
     R"({"a":1,"b":2})",
     " maxProperties must have at most 1 keys"},
    {R"({"properties":{"a":{"type":"null"}}})",
     R"({"b":1})",
     R"({"a":1})",
     "/a type must be null, not a number"},
    {R"({"properties":{"limits":{}},"additionalProperties":false})",
     R"({"limits":1})",
     R"({"limts":1})",
     "/limts unknown_key \"limts\" is unknown, did you mean \"limits\"?"},
    {R"({"properties":{"a":{},"b":{}},"additionalProperties":false})",
     R"({"a":1})",
     R"({"quite other":1})",
     "/quite other unknown_key \"quite other\" is unknown; there are a, b"},
    {R"({"additionalProperties":{"type":"null"}})",
     R"({"a":null})",
     R"({"a":1})",
     "/a type must be null, not a number"},
    {R"({"patternProperties":{"^x-":{}},"additionalProperties":false,"properties":{"y":{}}})",
     R"({"x-any":1,"y":2})",
     R"({"z":1})",
     "/z unknown_key \"z\" is unknown; there are y"},
    {R"({"propertyNames":{"pattern":"^[a-z]+$"}})",
     R"({"a":1})",
     R"({"A/":1})",
     "/A~1 pattern must be of the form ^[a-z]+$"},
    {R"({"oneOf":[{"type":"string"},{"type":"object"}]})",
     R"("x")",
     "1",
     " oneOf must be a string or an object"},
    {R"({"oneOf":[{"type":"string"},{"type":"object","required":["a"]}]})",
     R"({"a":1})",
     "{}",
     " required \"a\" is missing"},
    {R"({"anyOf":[{"type":"number"},{"type":"integer"}]})",
     "1",
     "null",
     " anyOf must be a number or an integer"},
    {R"({"oneOf":[{"type":"number"},{"type":"integer"}]})",
     "1.5",
     "1",
     " oneOf must be a number or an integer"},
    {R"({"$defs":{"n":{"type":"null"}},"items":{"$ref":"#/$defs/n"}})",
     "[null]",
     "[0]",
     "/0 type must be null, not a number"},
  };
  for (const auto& row : rows) {
    INFO(row.schema);
    CHECK(check(row.schema, row.good) == std::vector<std::string>{});
    CHECK(check(row.schema, row.bad) == std::vector<std::string>{row.told});
  }
}

TEST_CASE("all problems are told at once") {
  const auto told = check(
    R"({"properties":{"a":{"type":"string"},"b":{"minimum":3}},"required":["c"]})",
    R"({"a":1,"b":2})");
  CHECK(
    told
    == std::vector<std::string>{
      " required \"c\" is missing",
      "/a type must be a string, not a number",
      "/b minimum must be at least 3"});
}

TEST_CASE("a text of a megabyte is refused by a pattern without being tried") {
  const auto told = check(R"({"pattern":"^a*$"})", "\"" + std::string(1'000'000, 'a') + "\"");
  CHECK(told == std::vector<std::string>{" pattern must be of the form ^a*$"});
}

TEST_CASE("our schema uses no keyword that the check passes over") {
  CHECK(unknown_schema_keywords(read(built_in_schema())) == std::vector<std::string>{});
  CHECK(
    unknown_schema_keywords(read(
      R"({"multipleOf":2,"items":{"format":"uri"},"properties":{"a":{"$ref":"#/$defs/b",
        "maximum":1}}})"))
    == std::vector<std::string>{"/multipleOf", "/items/format", "/properties/a/maximum"});
}
