#include "net/base/json_text.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

TEST_CASE("a text becomes a JSON string, whatever it holds", "[base][json]") {
  struct Row {
    const char* when;
    std::string text;
    const char* json;
  };
  const auto row = GENERATE(
    Row{"nothing", "", R"("")"},
    Row{"letters", "abc", R"("abc")"},
    Row{"a quote and a backslash", R"(a"b\c)", R"("a\"b\\c")"},
    Row{"line ends and a tab", "a\nb\rc\td", R"("a\nb\rc\td")"},
    Row{"other control bytes", std::string("\0\x1f", 2), R"("\u0000\u001f")"},
    Row{"UTF-8", "\u00e9\u20ac", "\"\u00e9\u20ac\""},
    Row{"a control byte at the end", "ab\x01", R"("ab\u0001")"});
  CAPTURE(row.when);
  std::string out = "x";
  append_json_string(out, row.text);
  CHECK(out == std::string{"x"} + row.json);
}

TEST_CASE("numbers are appended whole", "[base][json]") {
  std::string out;
  append_number(out, -9'223'372'036'854'775'807 - 1);
  append_number(out, 18'446'744'073'709'551'615u);
  append_number(out, 0);
  CHECK(out == "-9223372036854775808184467440737095516150");
}

TEST_CASE("what is not there is null", "[base]") {
  std::string out;
  append_text_or_null(out, "");
  append_text_or_null(out += ' ', "a\"b");
  append_time_or_null(out += ' ', std::nullopt);
  append_time_or_null(out += ' ', WallTime{Milliseconds{1'795'521'600'000}});
  append_quoted_number(out += ' ', std::int64_t{-9'007'199'254'740'993});
  CHECK(out == R"(null "a\"b" null 1795521600000 "-9007199254740993")");
}
