#include "actors/config/json_reader.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

namespace {

std::optional<JsonNode> read(std::string_view text) {
  Problems problems;
  auto node = read_json(text, problems);
  CHECK_FALSE(problems.any_error());
  return node;
}

} // namespace

TEST_CASE("every value and every name knows its line and column") {
  const auto root = read("{\n  \"é\": 1,\n  \"list\": [true,\n    null, \"x\"]\n}");
  REQUIRE(root);
  CHECK(root->at.line == 1);
  CHECK(root->at.column == 1);
  REQUIRE(root->members.size() == 2);
  CHECK(root->members[0].at.line == 2);
  CHECK(root->members[0].at.column == 3);
  CHECK(root->members[0].value.at.column == 8); // é is one character of two bytes
  const auto& list = root->members[1].value;
  CHECK(list.at.line == 3);
  CHECK(list.at.column == 11);
  CHECK(list.items[1].at.line == 4);
  CHECK(list.items[1].at.column == 5);
  CHECK(list.items[2].at.column == 11);
}

TEST_CASE("values are read as written") {
  const auto root = read(R"( {"a":"\u00e9\ud83d\ude00\n\"\\\/","b":[1.50e2,-0],"c":{"":false}} )");
  REQUIRE(root);
  CHECK(root->find("a")->text == "é😀\n\"\\/");
  CHECK(root->find("b")->items[0].text == "1.50e2");
  CHECK(root->find("b")->items[1].text == "-0");
  CHECK(root->find("c")->find("")->kind == JsonNode::Kind::boolean);
  CHECK(root->find("missing") == nullptr);
  CHECK(to_json_text(*root) == R"({"a":"é😀\n\"\\/","b":[1.50e2,-0],"c":{"":false}})");
}

TEST_CASE("broken JSON is told with its line, its column and what is wrong") {
  struct Row {
    std::string text;
    std::size_t line;
    std::size_t column;
    std::string pointer;
    std::string message;
  };
  const Row rows[]{
    {"", 1, 1, "", "the text ends where a value should be"},
    {"  \n ", 2, 2, "", "the text ends where a value should be"},
    {"{\n\"a\": 1", 2, 7, "", "the text ends inside an object that begins in line 1"},
    {"[1, [2", 1, 7, "/1", "the text ends inside an array that begins in line 1"},
    {"{\"a\":1,}", 1, 7, "", "a comma with nothing behind it"},
    {"[1,]", 1, 3, "", "a comma with nothing behind it"},
    {"{\"a\" 1}", 1, 6, "", "this is not ':'"},
    {"{\"a\":1 \"b\":2}", 1, 8, "", "this is not ',' or '}'"},
    {"{a:1}", 1, 2, "", "this is not a name in double quotes"},
    {"{'a':1}", 1, 2, "", "JSON has double quotes only; a name in double quotes should be here"},
    {"// x\n{}", 1, 1, "", "JSON has no comments; a value should be here"},
    {"{\"a\":}", 1, 6, "/a", "'}' where a value should be"},
    {"{} {}", 1, 4, "", "something stands behind the end of the document"},
    {"[tru]", 1, 2, "/0", "this is not a value"},
    {"[01]", 1, 2, "/0", "a number that begins with 0"},
    {"[-]", 1, 2, "/0", "a number without digits"},
    {"[1.]", 1, 2, "/0", "a number without digits behind its point"},
    {"[1e+]", 1, 2, "/0", "a number without digits in its exponent"},
    {"[+1]", 1, 2, "/0", "this is not a value"},
    {"[NaN]", 1, 2, "/0", "this is not a value"},
    {"{\"a\": \"x", 1, 7, "/a", "this string is not closed"},
    {"[\"a\nb\"]",
     1,
     4,
     "/0",
     "a line break or control character inside a string: write it as \\n or \\u00XX"},
    {"[\"\\x\"]", 1, 3, "/0", "JSON has no such escape"},
    {"[\"\\ud83d\"]",
     1,
     3,
     "/0",
     "\\u needs four hex digits, and a pair where it is half a character"},
    {"[\"\\u12g4\"]",
     1,
     3,
     "/0",
     "\\u needs four hex digits, and a pair where it is half a character"},
    {"{\"a/b\":{\"c~\":[0,x]}}", 1, 17, "/a~1b/c~0/1", "this is not a value"},
    {"[1,\n\"\xc3\x28\"]", 2, 2, "", "the text is not UTF-8 from here on"},
    {"\"\xed\xa0\x80\"", 1, 2, "", "the text is not UTF-8 from here on"},
    {"\"\xc0\xaf\"", 1, 2, "", "the text is not UTF-8 from here on"},
  };
  for (const auto& row : rows) {
    INFO(row.text);
    Problems problems;
    CHECK_FALSE(read_json(row.text, problems));
    REQUIRE(problems.all().size() == 1);
    const auto& problem = problems.all().front();
    CHECK(problem.code == "invalid_json");
    CHECK(problem.line == row.line);
    CHECK(problem.column == row.column);
    CHECK(problem.pointer == row.pointer);
    CHECK(problem.message == row.message);
  }
}

TEST_CASE("a key that stands twice is told, and the first one counts") {
  Problems problems;
  const auto root = read_json("{\"a\": 1,\n \"b\": {\"c\": 2, \"c\": 3}, \"a\": 4}", problems);
  REQUIRE(root);
  CHECK(root->find("a")->text == "1");
  CHECK(root->find("b")->find("c")->text == "2");
  REQUIRE(problems.all().size() == 2);
  CHECK(problems.all()[0].code == "duplicate_key");
  CHECK(problems.all()[0].pointer == "/b/c");
  CHECK(problems.all()[0].line == 2);
  CHECK(problems.all()[0].column == 16);
  CHECK(problems.all()[1].pointer == "/a");
}

TEST_CASE("depth, size, values and names are bounded") {
  const auto message_of = [](const std::string& text) {
    Problems problems;
    const auto node = read_json(text, problems);
    return node ? std::string() : problems.all().front().message;
  };
  CHECK(message_of(std::string(64, '[') + std::string(64, ']')).empty());
  CHECK(message_of(std::string(65, '[') + std::string(65, ']')) == "more than 64 levels");
  CHECK(message_of(std::string(1'000'000, '[')) == "more than 64 levels");
  std::string many = "[0";
  for (int i = 0; i < 500'000; ++i) many += ",0";
  CHECK(message_of(many + "]") == "more than 500000 values");
  CHECK(message_of("{\"" + std::string(257, 'n') + "\":1}") == "a name of more than 256 bytes");
  CHECK(message_of(std::string(json_text_bytes_max + 1, ' ')) == "larger than 8388608 bytes");
}

TEST_CASE("numbers become integers exactly or not at all") {
  struct Row {
    const char* text;
    int decimals;
    std::optional<std::int64_t> value;
  };
  const Row rows[]{
    {"0.59", 9, 590'000'000},
    {"59e-2", 9, 590'000'000},
    {"0.1", 9, 100'000'000},
    {"3", 0, 3},
    {"3.0", 0, 3},
    {"3e2", 0, 300},
    {"-3", 0, -3},
    {"0", 9, 0},
    {"-0.0", 9, 0},
    {"0e999999999999", 9, 0},
    {"1.0000000004", 9, 1'000'000'000},
    {"1.0000000005", 9, 1'000'000'001},
    {"0.00000000049", 9, 0},
    {"0.0000000005", 9, 1},
    {"1e-999999999999", 9, 0},
    {"9223372036854775807", 0, 9'223'372'036'854'775'807},
    {"9223372036854775808", 0, std::nullopt},
    {"-9223372036854775807", 0, -9'223'372'036'854'775'807},
    {"9999999999999999999", 0, std::nullopt},
    {"99999999999999999999", 0, std::nullopt},
    {"1e18", 0, 1'000'000'000'000'000'000},
    {"1e19", 0, std::nullopt},
    {"1e999999999999", 0, std::nullopt},
    {"10000000000", 9, std::nullopt},
  };
  for (const auto& row : rows) {
    INFO(row.text);
    const auto node = read(row.text);
    REQUIRE(node);
    CHECK(node->scaled(row.decimals) == row.value);
  }
  CHECK(read("2.50")->is_integer() == false);
  CHECK(read("2.50e1")->is_integer());
  CHECK(read("2e-1")->is_integer() == false);
  CHECK(read("0.0")->is_integer());
  CHECK(read("\"3\"")->scaled(0) == std::nullopt);
}

TEST_CASE("numbers too large for a double compare as endless") {
  CHECK(read("1e999")->approximate() > 1e308);
  CHECK(read("-1e999")->approximate() < -1e308);
  CHECK(read("1e-999")->approximate() == 0);
  CHECK(read("2.5")->approximate() == 2.5);
}

TEST_CASE("values are the same whatever way they are written") {
  const auto same = [](const char* a, const char* b) { return same_json(*read(a), *read(b)); };
  CHECK(same("1.0", "1"));
  CHECK(same("10", "1e1"));
  CHECK(same("0", "-0.0"));
  CHECK(same(R"({"a":1,"b":[2]})", R"({"b":[2.0],"a":1})"));
  CHECK_FALSE(same("1", "-1"));
  CHECK_FALSE(same("1", "\"1\""));
  CHECK_FALSE(same("[1,2]", "[2,1]"));
  CHECK_FALSE(same(R"({"a":1})", R"({"a":1,"b":2})"));
}
