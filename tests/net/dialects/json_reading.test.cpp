#include "net/dialects/json_reading.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <random>
#include <string>

using namespace gateway;

namespace {

std::string repeated(std::string_view piece, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += piece;
  return text;
}

std::string wide_object(std::size_t members) {
  std::string text = "{";
  for (std::size_t i = 0; i < members; ++i) {
    if (i > 0) text += ',';
    text += '"';
    text += std::to_string(i);
    text += "\":0";
  }
  return text + "}";
}

} // namespace

TEST_CASE("a text is taken only if it is whole, shallow and narrow JSON", "[dialects][json]") {
  struct Row {
    const char* when;
    std::string text;
    bool taken;
  };
  const auto row = GENERATE(values<Row>({
    {"nothing", "", false},
    {"an object", R"({"a":[1,{"b":null}]})", true},
    {"a scalar", "1", true},
    {"cut", R"({"a":[1,)", false},
    {"more behind", "{} {}", false},
    {"brackets in strings are no depth", "\"" + repeated("[{", 100) + "\"", true},
    {"escaped quotes end no string", R"({"a\"[[":"\\"})", true},
    {"as deep as may be", repeated("[", 64) + repeated("]", 64), true},
    {"too deep", repeated("[", 65) + repeated("]", 65), false},
    {"too deep and endless", repeated("[{\"a\":", 500'000), false},
    {"closed too often", "]]}}", false},
    {"wide", wide_object(5000), true},
    {"too wide to keep in order", wide_object(7000), false},
    {"invalid UTF-8", "\"\xC3\x28\"", false},
    {"a number beyond a double", "1e999", false},
    {"a comment", "/* */ 1", false},
  }));
  CAPTURE(row.when);
  CHECK(parse_json(row.text).has_value() == row.taken);
}

TEST_CASE("only an object is taken where one is asked for", "[dialects][json]") {
  CHECK(parse_json_object("{}"));
  CHECK_FALSE(parse_json_object("[]"));
  CHECK_FALSE(parse_json_object("null"));
  CHECK_FALSE(parse_json_object("{"));
}

TEST_CASE("members keep their order and bad bytes are replaced", "[dialects][json]") {
  CHECK(
    json_text(*parse_json(R"({ "z": 1, "a": {"c":[], "b":"é"} })"))
    == R"({"z":1,"a":{"c":[],"b":"é"}})");
  CHECK(json_text(Json("a\xC3")) == "\"a\xEF\xBF\xBD\"");
}

TEST_CASE("a wrong type counts as a missing member", "[dialects][json]") {
  const auto json = *parse_json(
    R"({"text":"t","object":{"x":1},"array":[1,2],"null":null,"true":true,"number":7})");
  CHECK(text_at(json, "text") == "t");
  CHECK(text_at(json, "number").empty());
  CHECK(text_at(json, "absent").empty());
  CHECK(text_at(Json("scalar"), "text").empty());
  CHECK(object_at(json, "object") != nullptr);
  CHECK(object_at(json, "array") == nullptr);
  CHECK(items_at(json, "array").size() == 2);
  CHECK(items_at(json, "object").empty());
  CHECK(items_at(json, "text").empty());
  CHECK(member(json, "null") == nullptr);
  CHECK(flag_at(json, "true"));
  CHECK_FALSE(flag_at(json, "number"));
}

TEST_CASE("a count is read from whatever a provider writes", "[dialects][json]") {
  struct Row {
    std::string text;
    std::optional<std::int64_t> count;
  };
  const auto row = GENERATE(values<Row>({
    {"0", 0},
    {"12", 12},
    {"-1", {}},
    {"12.9", 12},
    {"-0.5", {}},
    {"1e300", 1'000'000'000'000},
    {"18446744073709551615", 1'000'000'000'000},
    {"\"57\"", 57},
    {"\"-5\"", {}},
    {"\"5x\"", {}},
    {"\"\"", {}},
    {"\"99999999999999999999\"", {}},
    {"null", {}},
    {"true", {}},
    {"[1]", {}},
  }));
  CAPTURE(row.text);
  CHECK(count_at(*parse_json("{\"n\":" + row.text + "}"), "n") == row.count);
}

TEST_CASE("mutated JSON never harms", "[dialects][json]") {
  std::mt19937 random{3};
  const std::string whole = R"({"a":[1,{"b":null,"c":"d\u00e9\"x"}],"n":-1.5e3})";
  for (int round = 0; round < 5000; ++round) {
    auto text = whole;
    for (int change = 0; change < 3; ++change)
      text[random() % text.size()] = static_cast<char>(random() % 256);
    if (const auto json = parse_json(text)) REQUIRE(parse_json(json_text(*json)));
  }
}
