#include "net/http/request_head.hpp"

#include "net/http/head_syntax.hpp"
#include "tests/net/http/parsed_head.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace gateway::testing {
namespace {

using Kind = BodyFraming::Kind;

TEST_CASE("a head is taken apart into what was sent", "[net][http][pure]") {
  const std::string text = "POST /v1/chat/completions?beta=true&x HTTP/1.1\r\n"
                           "Host: localhost:8080\r\n"
                           "Content-Type:application/json\r\n"
                           "X-Padded: \t a value, with spaces \t \r\n"
                           "X-Empty:\r\n"
                           "User-Agent: caf\xc3\xa9\r\n"
                           "content-length: 17\r\n"
                           "\r\n";
  const auto parsed = parse(text);
  REQUIRE(parsed.found);
  REQUIRE(parsed.fault == nullptr);
  const auto& head = parsed.head;
  CHECK(head.method == "POST");
  CHECK(head.path == "/v1/chat/completions");
  CHECK(head.query == "beta=true&x");
  CHECK(head.minor_version == 1);
  CHECK(head.keep_alive);
  CHECK(head.headers.size() == 6);
  CHECK(head.find("content-type") == "application/json");
  CHECK(head.find("x-padded") == "a value, with spaces");
  CHECK(head.find("X-EMPTY") == "");
  CHECK(head.find("user-agent") == "caf\xc3\xa9");
  CHECK(parsed.framing.kind == Kind::length);
  CHECK(parsed.framing.length == 17);
  CHECK_FALSE(parsed.framing.expects_continue);
}

TEST_CASE("targets are split, whatever their form", "[net][http][pure]") {
  struct Row {
    const char* line;
    const char* path;
    const char* query;
  };
  const auto row = GENERATE(
    Row{"GET / HTTP/1.1", "/", ""},
    Row{"GET /a%2Fb/c HTTP/1.1", "/a%2Fb/c", ""},
    Row{"GET /a?b?c HTTP/1.1", "/a", "b?c"},
    Row{"GET /? HTTP/1.1", "/", ""},
    Row{
      "POST /v1beta/models/gemini:generateContent HTTP/1.1",
      "/v1beta/models/gemini:generateContent",
      ""},
    Row{"GET http://example.org/a?b HTTP/1.1", "/a", "b"},
    Row{"GET HTTPS://Example.ORG HTTP/1.1", "/", ""},
    Row{"GET http://example.org?b HTTP/1.1", "/", "b"},
    Row{"OPTIONS * HTTP/1.1", "*", ""});
  CAPTURE(row.line);
  const auto text = std::string{row.line} + "\r\nHost: example.org\r\n\r\n";
  const auto parsed = parse(text);
  REQUIRE(parsed.found);
  REQUIRE(parsed.fault == nullptr);
  CHECK(parsed.head.path == row.path);
  CHECK(parsed.head.query == row.query);
}

TEST_CASE("a connection is kept as version and header say", "[net][http][pure]") {
  struct Row {
    const char* version;
    const char* lines;
    bool keep_alive;
  };
  const auto row = GENERATE(
    Row{"1.1", "", true},
    Row{"1.1", "Connection: close\r\n", false},
    Row{"1.1", "Connection: Close\r\n", false},
    Row{"1.1", "Connection: keep-alive\r\n", true},
    Row{"1.1", "Connection: x-other , close\r\n", false},
    Row{"1.1", "Connection: keep-alive\r\nConnection: close\r\n", false},
    Row{"1.1", "Connection: closed\r\n", true},
    Row{"1.0", "", false},
    Row{"1.0", "Connection: keep-alive\r\n", true},
    Row{"1.0", "Connection: Keep-Alive, close\r\n", false});
  CAPTURE(row.version, row.lines);
  const auto text =
    "GET / HTTP/" + std::string{row.version} + "\r\nHost: a\r\n" + row.lines + "\r\n";
  const auto parsed = parse(text);
  REQUIRE(parsed.fault == nullptr);
  CHECK(parsed.head.keep_alive == row.keep_alive);
}

TEST_CASE("the body's framing follows the one field that may give it", "[net][http][pure]") {
  struct Row {
    const char* version;
    const char* lines;
    Kind kind;
    std::uint64_t length;
    bool expects_continue;
  };
  const auto row = GENERATE(
    Row{"1.1", "", Kind::none, 0, false},
    Row{"1.1", "Content-Length: 0\r\n", Kind::none, 0, false},
    Row{"1.1", "Content-Length: 007\r\n", Kind::length, 7, false},
    Row{"1.1", "Content-Length: 999999999999999999\r\n", Kind::length, 999999999999999999, false},
    Row{"1.1", "Transfer-Encoding: chunked\r\n", Kind::chunked, 0, false},
    Row{"1.1", "transfer-encoding: Chunked \r\n", Kind::chunked, 0, false},
    Row{"1.1", "Expect: 100-continue\r\nContent-Length: 5\r\n", Kind::length, 5, true},
    Row{"1.1", "Expect: 100-Continue\r\nTransfer-Encoding: chunked\r\n", Kind::chunked, 0, true},
    Row{"1.1", "Expect: 100-continue\r\n", Kind::none, 0, false},
    Row{"1.0", "Expect: 100-continue\r\nContent-Length: 5\r\n", Kind::length, 5, false});
  CAPTURE(row.version, row.lines);
  const auto text =
    "POST / HTTP/" + std::string{row.version} + "\r\nHost: a\r\n" + row.lines + "\r\n";
  const auto parsed = parse(text);
  REQUIRE(parsed.fault == nullptr);
  CHECK(parsed.framing.kind == row.kind);
  CHECK(parsed.framing.length == row.length);
  CHECK(parsed.framing.expects_continue == row.expects_continue);
}

TEST_CASE("a value's end is found at every place and byte", "[net][http][pure]") {
  for (std::size_t at = 0; at < 20; ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string text(20, 'a');
      text[at] = static_cast<char>(byte);
      const bool belongs = byte == '\t' || (byte >= 0x20 && byte != 0x7f);
      if (count_field_text(text) != (belongs ? 20 : at)) FAIL("byte " << byte << " at " << at);
    }
  }
  CHECK(count_field_text("caf\xc3\xa9 \xff\xff\xff\xff\x80\x80 and more\r\n") == 21);
}

TEST_CASE("an old client needs no host", "[net][http][pure]") {
  const auto parsed = parse("GET /healthz HTTP/1.0\r\n\r\n");
  REQUIRE(parsed.fault == nullptr);
  CHECK(parsed.head.minor_version == 0);
  CHECK(parsed.head.path == "/healthz");
}

TEST_CASE("the end of a head is found at every split of its bytes", "[net][http][pure]") {
  const std::string text = get_with("A: b\r\nLong: cccccccc\r\n");
  const std::string followed = text + "GET /next HTTP/1.1\r\n";
  for (std::size_t first = 0; first <= text.size(); ++first) {
    for (std::size_t second = first; second <= text.size(); ++second) {
      HeadEnd end;
      const HttpLimits limits;
      CAPTURE(first, second);
      REQUIRE(end.look(std::string_view{text}.substr(0, first), limits) == nullptr);
      REQUIRE(end.found() == (first == text.size()));
      if (end.found()) continue;
      REQUIRE(end.look(std::string_view{text}.substr(0, second), limits) == nullptr);
      REQUIRE(end.found() == (second == text.size()));
      if (end.found()) continue;
      REQUIRE(end.look(followed, limits) == nullptr);
      REQUIRE(end.bytes() == text.size());
    }
  }
}

} // namespace
} // namespace gateway::testing
