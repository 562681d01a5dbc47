#include "net/demo/example.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

TEST_CASE("an example satisfies the schema it is made from", "[net][demo]") {
  struct Row {
    const char* when;
    const char* schema;
    const char* example;
  };
  const auto row = GENERATE(
    Row{"no object", "[1]", "{}"},
    Row{"broken", "{\"type\":", "{}"},
    Row{
      "all the simple types",
      R"({"type":"object","properties":{"a":{"type":"string"},"b":{"type":"integer"},
            "c":{"type":"number"},"d":{"type":"boolean"},"e":{"type":"null"}}})",
      R"({"a":"x","b":1,"c":1.0,"d":true,"e":null})"},
    Row{
      "types in capitals",
      R"({"type":"OBJECT","properties":{"a":{"type":"STRING"}}})",
      R"({"a":"x"})"},
    Row{"a nullable type", R"({"type":["null","integer"]})", "1"},
    Row{
      "const and enum",
      R"({"properties":{"a":{"const":7},"b":{"enum":["one","two"]}}})",
      R"({"a":7,"b":"one"})"},
    Row{"required without a property", R"({"type":"object","required":["q"]})", R"({"q":"x"})"},
    Row{
      "bounds",
      R"({"properties":{"a":{"type":"integer","minimum":5},"b":{"type":"integer","maximum":-3},
            "c":{"type":"integer","exclusiveMinimum":9}}})",
      R"({"a":5,"b":-3,"c":10})"},
    Row{
      "lengths",
      R"({"properties":{"a":{"type":"string","minLength":4},"b":{"type":"string","maxLength":0}}})",
      R"({"a":"xxxx","b":""})"},
    Row{
      "a list with a least length",
      R"({"type":"array","items":{"type":"boolean"},"minItems":3})",
      "[true,true,true]"},
    Row{"a choice", R"({"anyOf":[{"type":"integer"},{"type":"string"}]})", "1"},
    Row{
      "parts together",
      R"({"allOf":[{"properties":{"a":{"type":"integer"}}},{"properties":{"b":{"type":"boolean"}}}]})",
      R"({"a":1,"b":true})"},
    Row{
      "a reference",
      R"({"$defs":{"n":{"type":"integer"}},"properties":{"a":{"$ref":"#/$defs/n"}}})",
      R"({"a":1})"},
    Row{"a format", R"({"type":"string","format":"date"})", R"("2026-01-02")"});
  CAPTURE(row.when);
  CHECK(demo_example(row.schema, "x") == row.example);
}

TEST_CASE("a schema that refers to itself ends", "[net][demo]") {
  std::string schema = R"({"type":"object","properties":{)";
  for (char name = 'a'; name <= 'j'; ++name) {
    if (name != 'a') schema += ',';
    schema.append("\"").append(1, name).append(R"(":{"$ref":"#"})");
  }
  const auto example = demo_example(schema + "}}", "x");
  CHECK(example.starts_with("{\"a\":{\"a\":"));
  CHECK(example.size() < 64 * 1024);
}
