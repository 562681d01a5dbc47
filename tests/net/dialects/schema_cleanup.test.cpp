#include "net/dialects/schema_cleanup.hpp"

#include "tests/net/dialects/fixtures.hpp"

#include <string>

using namespace gateway;

namespace {

void check_rows(const std::string& fixture, std::optional<Json> (*convert)(const Json&)) {
  const auto rows = read_json_fixture(fixture).at("rows");
  REQUIRE(rows.size() > 10);
  for (const auto& row : rows) {
    CAPTURE(row.at("when").get<std::string>());
    const auto converted = convert(row.at("schema"));
    const auto& expected = row.at("expected"); // null: can't be expressed
    REQUIRE(converted.has_value() == !expected.is_null());
    if (converted) CHECK(json_text(*converted) == json_text(expected));
  }
}

Json optional_properties(int count) {
  Json schema{{"type", "object"}, {"properties", Json::object()}};
  for (int i = 0; i < count; ++i)
    schema["properties"]["p" + std::to_string(i)] = {{"type", "string"}};
  return schema;
}

Json reference_to(int definition) {
  return Json{{"$ref", "#/$defs/d" + std::to_string(definition)}};
}

/// d0 is a string; each further definition is made of the one before by `link`.
template <class Link>
Json definitions(int count, Link link) {
  auto schema = reference_to(count);
  schema["$defs"]["d0"] = {{"type", "string"}};
  for (int i = 1; i <= count; ++i)
    schema["$defs"]["d" + std::to_string(i)] = link(reference_to(i - 1));
  return schema;
}

} // namespace

TEST_CASE("a schema is cleaned for constrained decoding", "[dialects][schema]") {
  check_rows("schemas/constrained.json", constrained_schema);
}

TEST_CASE("a schema is converted to the OpenAPI subset", "[dialects][schema]") {
  check_rows("schemas/openapi.json", openapi_schema);
}

TEST_CASE("no more optional properties are decoded than the bound says", "[dialects][schema]") {
  CHECK(constrained_schema(optional_properties(24)));
  CHECK_FALSE(constrained_schema(optional_properties(25)));
}

TEST_CASE("references are followed only so far", "[dialects][schema]") {
  const auto chained = [](int count) {
    return definitions(count, [](Json below) { return below; });
  };
  CHECK(constrained_schema(chained(60)));
  CHECK_FALSE(constrained_schema(chained(70)));
  CHECK(openapi_schema(chained(60)));
  CHECK_FALSE(openapi_schema(chained(70)));
}

TEST_CASE("a schema that doubles at each reference is not written out", "[dialects][schema]") {
  const auto doubling = [](int count) {
    return definitions(count, [](const Json& below) {
      return Json{{"type", "object"}, {"properties", {{"a", below}, {"b", below}}}};
    });
  };
  CHECK(openapi_schema(doubling(10)));
  CHECK_FALSE(openapi_schema(doubling(30)));
  CHECK(constrained_schema(doubling(8)));
}
