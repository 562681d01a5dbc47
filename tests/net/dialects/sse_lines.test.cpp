#include "net/dialects/sse_lines.hpp"

#include <catch2/catch.hpp>

#include <random>
#include <string>
#include <utility>
#include <vector>

using namespace gateway;

namespace {

using Events = std::vector<std::pair<std::string, std::string>>; // name, data

void drain(SseLines& lines, Events& events) {
  while (const auto event = lines.next()) events.emplace_back(event->name, event->data);
}

Events split(const std::vector<std::string_view>& pieces) {
  SseLines lines;
  Events events;
  for (const auto piece : pieces) {
    lines.feed(piece);
    drain(lines, events);
  }
  lines.finish();
  drain(lines, events);
  return events;
}

std::vector<std::string_view> single_bytes(std::string_view whole) {
  std::vector<std::string_view> pieces;
  for (std::size_t i = 0; i < whole.size(); ++i) pieces.push_back(whole.substr(i, 1));
  return pieces;
}

} // namespace

TEST_CASE("a body is split into the same events at every byte", "[dialects][sse]") {
  struct Row {
    const char* when;
    std::string_view body;
    Events events;
  };
  const auto row = GENERATE(values<Row>({
    {"nothing came", "", {}},
    {"lines end in LF", "data: a\n\ndata: b\n\n", {{"", "a"}, {"", "b"}}},
    {"lines end in CRLF", "data: a\r\n\r\ndata: b\r\n\r\n", {{"", "a"}, {"", "b"}}},
    {"lines end in CR", "data: a\r\rdata: b\r\r", {{"", "a"}, {"", "b"}}},
    {"line ends are mixed",
     "data: a\n\rdata: b\r\n\ndata: c\r\r\n",
     {{"", "a"}, {"", "b"}, {"", "c"}}},
    {"the space is missing", "data:a\n\n", {{"", "a"}}},
    {"only one space is cut", "data:  a\n\n", {{"", " a"}}},
    {"an event has a name", "event: ping\ndata: {}\n\n", {{"ping", "{}"}}},
    {"the name comes last", "data: {}\nevent: ping\n\n", {{"ping", "{}"}}},
    {"a name does not outlive its event", "event: x\n\ndata: 1\n\n", {{"", "1"}}},
    {"the last name counts", "event: x\nevent: y\ndata: 1\n\n", {{"y", "1"}}},
    {"data has many lines", "data: a\ndata:\ndata: c\n\n", {{"", "a\n\nc"}}},
    {"data is empty", "data\n\ndata:\n\n", {{"", ""}, {"", ""}}},
    {"comments and other fields stand around",
     ": keep-alive\n\nid: 7\nretry: 10\ndata: a\n:\n\n",
     {{"", "a"}}},
    {"the value has colons", "data: {\"a\":\"b: c\"}\n\n", {{"", "{\"a\":\"b: c\"}"}}},
    {"a byte order mark stands in front",
     "\xEF\xBB\xBF"
     "data: a\n\n",
     {{"", "a"}}},
    {"the last empty line is missing", "data: a\n\ndata: b\n", {{"", "a"}, {"", "b"}}},
    {"the last line has no end", "data: a\n\ndata: b", {{"", "a"}, {"", "b"}}},
    {"unknown fields are no data", "datum: x\nData: y\n data: z\n\n", {}},
  }));
  CAPTURE(row.when);

  CHECK(split({row.body}) == row.events);
  CHECK(split(single_bytes(row.body)) == row.events);
  for (std::size_t at = 0; at <= row.body.size(); ++at) {
    CAPTURE(at);
    CHECK(split({row.body.substr(0, at), row.body.substr(at)}) == row.events);
  }
}

TEST_CASE("lines that are no field are kept as stray text", "[dialects][sse]") {
  SseLines lines;
  Events events;
  lines.feed("data: a\n\n[{\n  \"error\": {\"code\": 503}\r\n}");
  drain(lines, events);
  CHECK(lines.stray() == "[{\n  \"error\": {\"code\": 503}");
  lines.feed("]");
  lines.finish();
  drain(lines, events);
  CHECK(lines.stray() == "[{\n  \"error\": {\"code\": 503}\n}]");
  CHECK(events == Events{{"", "a"}});
}

TEST_CASE("stray text is bounded", "[dialects][sse]") {
  SseLines lines;
  Events events;
  std::string line(1000, 'x');
  line.back() = '\n';
  for (int i = 0; i < 200; ++i) lines.feed(line);
  drain(lines, events);
  CHECK(lines.stray().size() > sse_stray_bytes_max - 2000);
  CHECK(lines.stray().size() <= sse_stray_bytes_max);
}

TEST_CASE("an event within the bound passes, a longer one ends the splitting", "[dialects][sse]") {
  struct Row {
    const char* when;
    std::string head;
    std::size_t piece;
    std::size_t pieces;
    std::string tail;
    bool overflows;
  };
  constexpr std::size_t mebibyte = 1024 * 1024;
  const auto row = GENERATE(values<Row>({
    {"one long line fits", "data: ", mebibyte, 15, "\n\n", false},
    {"one line never ends", "data: ", mebibyte, 17, "", true},
    {"a line that is no data never ends", "x", mebibyte, 17, "", true},
    {"many lines are too much together", "", 0, 17, "", true},
  }));
  CAPTURE(row.when);

  SseLines lines;
  Events events;
  const auto piece =
    row.piece > 0 ? std::string(row.piece, 'x') : "data: " + std::string(mebibyte, 'x') + "\n";
  lines.feed(row.head);
  for (std::size_t i = 0; i < row.pieces; ++i) {
    lines.feed(piece);
    drain(lines, events);
  }
  lines.feed(row.tail);
  drain(lines, events);
  lines.feed("\n\ndata: after\n\n");
  lines.finish();
  drain(lines, events);

  CHECK(lines.overflowed() == row.overflows);
  REQUIRE(events.size() == (row.overflows ? 0 : 2));
  if (!row.overflows) CHECK(events[0].second.size() == 15 * mebibyte);
}

TEST_CASE("any bytes in any pieces are split as they are in one piece", "[dialects][sse]") {
  std::mt19937 random{20261124};
  constexpr std::string_view alphabet = "\r\n\n: datevn{";
  for (int round = 0; round < 2000; ++round) {
    std::string body;
    const auto size = random() % 60;
    for (std::size_t i = 0; i < size; ++i)
      random() % 6 == 0 ? body += "\ndata:x" : body += alphabet[random() % alphabet.size()];
    std::vector<std::string_view> pieces;
    for (std::size_t at = 0; at < body.size();) {
      const auto take = 1 + random() % 5;
      pieces.push_back(std::string_view{body}.substr(at, take));
      at += take;
    }
    CAPTURE(round, body);
    REQUIRE(split(pieces) == split({body}));
  }
}
