#include "net/dialects/ndjson_lines.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace gateway;

namespace {

using Texts = std::vector<std::string>;

void drain(NdjsonLines& lines, Texts& texts) {
  while (const auto line = lines.next()) texts.emplace_back(*line);
}

Texts split(const std::vector<std::string_view>& pieces) {
  NdjsonLines lines;
  Texts texts;
  for (const auto piece : pieces) {
    lines.feed(piece);
    drain(lines, texts);
  }
  lines.finish();
  drain(lines, texts);
  return texts;
}

} // namespace

TEST_CASE("a body is split into the same lines of JSON at every byte", "[dialects][ndjson]") {
  struct Row {
    const char* when;
    std::string_view body;
    Texts lines;
  };
  const auto row = GENERATE(values<Row>({
    {"nothing came", "", {}},
    {"every line has its end", "{}\n[]\n", {"{}", "[]"}},
    {"the last line has no end", "{}\n[]", {"{}", "[]"}},
    {"there is one line without an end", "{}", {"{}"}},
    {"a line ends in CRLF", "{}\r\n[]\r\n", {"{}\r", "[]\r"}},
    {"lines are empty or blank", "\n\n{}\n \t\r\n\n[]\n\n", {"{}", "[]"}},
    {"a blank comes last, without an end", "{}\n  ", {"{}"}},
    {"a CR is white space like any", "{\r}\n", {"{\r}"}},
  }));
  CAPTURE(row.when);
  CHECK(split({row.body}) == row.lines);
  std::vector<std::string_view> bytes;
  for (std::size_t at = 0; at < row.body.size(); ++at) bytes.push_back(row.body.substr(at, 1));
  CHECK(split(bytes) == row.lines);
  for (std::size_t at = 0; at <= row.body.size(); ++at) {
    CAPTURE(at);
    CHECK(split({row.body.substr(0, at), row.body.substr(at)}) == row.lines);
  }
}

TEST_CASE("a line of JSON is told only when it is whole", "[dialects][ndjson]") {
  NdjsonLines lines;
  lines.feed("{\"a\":");
  CHECK_FALSE(lines.next());
  lines.feed("1}\n{");
  CHECK(lines.next() == "{\"a\":1}");
  CHECK_FALSE(lines.next());
}

TEST_CASE("a line of JSON beyond the bound ends the reading", "[dialects][ndjson]") {
  const std::string longest(ndjson_line_bytes_max, 'a');
  NdjsonLines lines;
  lines.feed(longest);
  CHECK_FALSE(lines.next());
  CHECK_FALSE(lines.overflowed());
  lines.feed("\n");
  CHECK(lines.next() == longest);
  lines.feed("{}\n" + longest);
  CHECK(lines.next() == "{}");
  CHECK_FALSE(lines.next());
  lines.feed("a");
  CHECK_FALSE(lines.next());
  CHECK(lines.overflowed());
  lines.feed("\n{}\n");
  lines.finish();
  CHECK_FALSE(lines.next());
}
