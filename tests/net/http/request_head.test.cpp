#include "net/http/request_head.hpp"

#include "net/http/head_syntax.hpp"

#include <catch2/catch.hpp>

#include <optional>
#include <random>
#include <string>

namespace gateway {
namespace {

using Kind = BodyFraming::Kind;

struct Parsed {
  RequestHead head;
  BodyFraming framing;
  const Fault* fault = nullptr;
  bool found = false;
};

Parsed parse(std::string_view text, const HttpLimits& limits = {}) {
  Parsed parsed;
  HeadEnd end;
  parsed.fault = end.look(text, limits);
  parsed.found = end.found();
  if (parsed.fault == nullptr && end.found())
    parsed.fault =
      parse_request_head(text.substr(0, end.bytes()), limits, parsed.head, parsed.framing);
  return parsed;
}

std::string get_with(std::string_view lines) {
  return "GET / HTTP/1.1\r\nHost: a\r\n" + std::string{lines} + "\r\n";
}

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

TEST_CASE("what two readers could read differently is refused", "[net][http][pure]") {
  using namespace std::string_literals;
  struct Row {
    std::string text;
    int status;
  };
  const auto row = GENERATE(
    // Framing.
    Row{get_with("Content-Length: 5\r\nContent-Length: 5\r\n"), 400},
    Row{get_with("Content-Length: 5\r\nContent-Length: 6\r\n"), 400},
    Row{get_with("Content-Length: 5, 5\r\n"), 400},
    Row{get_with("Content-Length: +5\r\n"), 400},
    Row{get_with("Content-Length: -5\r\n"), 400},
    Row{get_with("Content-Length: 0x5\r\n"), 400},
    Row{get_with("Content-Length: 5 5\r\n"), 400},
    Row{get_with("Content-Length:\r\n"), 400},
    Row{get_with("Content-Length: 1000000000000000000\r\n"), 400},
    Row{get_with("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n"), 400},
    Row{get_with("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400},
    Row{get_with("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400},
    Row{get_with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400},
    Row{get_with("Transfer-Encoding: chunked, chunked\r\n"), 400},
    Row{get_with("Transfer-Encoding: gzip, chunked\r\n"), 400},
    Row{get_with("Transfer-Encoding: chunked, identity\r\n"), 400},
    Row{get_with("Transfer-Encoding: identity\r\n"), 400},
    Row{get_with("Transfer-Encoding: xchunked\r\n"), 400},
    Row{get_with("Transfer-Encoding: \"chunked\"\r\n"), 400},
    Row{get_with("Transfer-Encoding: chunked;q=1\r\n"), 400},
    Row{
      get_with("Transfer-Encoding: \x0b"
               "chunked\r\n"),
      400},
    Row{get_with("Transfer-Encoding:\r\n"), 400},
    Row{get_with("Transfer-Encoding : chunked\r\n"), 400},
    Row{"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
    Row{get_with("Expect: 200-ok\r\n"), 417},
    // Lines.
    Row{"GET / HTTP/1.1\nHost: a\n\n", 400},
    Row{"GET / HTTP/1.1\r\nHost: a\n\r\n", 400},
    Row{"GET / HTTP/1.1\r\nHost: a\r\n\n", 400},
    Row{"\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    Row{get_with("X: a\rb\r\n"), 400},
    Row{get_with("X: a\r\r\n"), 400},
    Row{get_with("X: a\r\n b\r\n"), 400},
    Row{get_with("X: a\r\n\tb\r\n"), 400},
    Row{"GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
    Row{get_with("X: a\0b\r\n"s), 400},
    Row{get_with("X\0Y: a\r\n"s), 400},
    Row{get_with("X: a\x1b[31m\r\n"), 400},
    Row{get_with("X: a\x7f\r\n"), 400},
    Row{get_with("X : a\r\n"), 400},
    Row{get_with("X\t: a\r\n"), 400},
    Row{get_with(": a\r\n"), 400},
    Row{get_with("X\r\n"), 400},
    Row{get_with("X y: a\r\n"), 400},
    Row{get_with("X(y): a\r\n"), 400},
    Row{get_with("\xc3\xa9: a\r\n"), 400},
    // The request line.
    Row{"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    Row{" GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    Row{"\x16\x03\x01\x02", 400},
    Row{"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    Row{"GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    Row{"GET /  HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    Row{"GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400},
    Row{"GET /\r\nHost: a\r\n\r\n", 400},
    Row{"GET / \r\nHost: a\r\n\r\n", 400},
    Row{"GET\r\n\r\n", 400},
    Row{"GET / http/1.1\r\nHost: a\r\n\r\n", 400},
    Row{"GET / HTTP/11\r\nHost: a\r\n\r\n", 400},
    Row{"GET / HTTP/1.10\r\nHost: a\r\n\r\n", 400},
    Row{"GET / HTTP/1.x\r\nHost: a\r\n\r\n", 400},
    Row{"GET / HTTP/1,1\r\nHost: a\r\n\r\n", 400},
    Row{"GET / HTTP/1.1\rX\nHost: a\r\n\r\n", 400},
    Row{"GET / HTTP/0.9\r\nHost: a\r\n\r\n", 505},
    Row{"GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505},
    Row{"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
    Row{"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
    Row{"G@T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    Row{"GET:/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    // Targets.
    Row{"GET a HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    Row{"GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    Row{"GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    Row{"GET /a\\b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    Row{"GET /\"a\" HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    Row{"GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    Row{"GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    Row{"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", 400},
    Row{"GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    Row{"GET http:/a HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    Row{"GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    Row{"GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    Row{"GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    Row{"GET http://a:80/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    Row{"GET http://a/ HTTP/1.0\r\n\r\n", 400},
    // Hosts.
    Row{"GET / HTTP/1.1\r\n\r\n", 400},
    Row{"GET / HTTP/1.1\r\nHost:\r\n\r\n", 400},
    Row{"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
    Row{"GET / HTTP/1.0\r\nHost: a\r\nhost: b\r\n\r\n", 400},
    Row{"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
    Row{"GET / HTTP/1.1\r\nHost: a,b\r\n\r\n", 400},
    Row{"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
    Row{"GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400});
  CAPTURE(row.text);
  const auto parsed = parse(row.text);
  REQUIRE(parsed.fault != nullptr);
  CHECK(parsed.fault->status == row.status);
  CHECK_FALSE(parsed.fault->message.empty());
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

TEST_CASE("each part of a head is taken up to its bound and refused beyond", "[net][http][pure]") {
  struct Row {
    const char* what;
    std::string fits;
    std::string exceeds;
  };
  const auto fields = [](std::size_t count) {
    std::string lines;
    for (std::size_t i = 1; i < count; ++i) lines += "X: y\r\n"; // the host is one too
    return get_with(lines);
  };
  const auto targeting = [](std::size_t bytes) {
    return "GET /" + std::string(bytes - 1, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n";
  };
  const auto line = [](std::size_t bytes) {
    return get_with("X:" + std::string(bytes - 1, 'a') + "\r\n");
  };
  const auto method = [](std::size_t bytes) {
    return std::string(bytes, 'M') + " / HTTP/1.1\r\nHost: a\r\n\r\n";
  };
  const auto head = [](std::size_t bytes) {
    const auto rest = bytes - get_with("A:\r\nB:\r\nC:\r\n").size();
    const auto value = std::string(rest / 3, 'a');
    return get_with(
      "A:" + value + "\r\nB:" + value + "\r\nC:" + value + std::string(rest % 3, 'a') + "\r\n");
  };
  const auto row = GENERATE_COPY(
    Row{"header fields", fields(100), fields(101)},
    Row{"target", targeting(8192), targeting(8193)},
    Row{"header line", line(16384), line(16385)},
    Row{"method", method(32), method(33)},
    Row{"head", head(32 * 1024), head(32 * 1024 + 1)});
  CAPTURE(row.what);
  CHECK(parse(row.fits).fault == nullptr);
  CHECK(parse(row.fits).found);
  const auto exceeding = parse(row.exceeds);
  REQUIRE(exceeding.fault != nullptr);
  CHECK(exceeding.fault->status == (std::string_view{"method"} == row.what ? 400 : 431));
}

TEST_CASE("a head that never ends is refused at its bound", "[net][http][pure]") {
  HeadEnd end;
  const HttpLimits limits;
  std::string text = "GET / HTTP/1.1\r\n";
  while (text.size() + 4 < limits.head_bytes_max) {
    text += "X:\r\n";
    REQUIRE(end.look(text, limits) == nullptr);
  }
  text += "X: and more";
  const auto* fault = end.look(text, limits);
  REQUIRE(fault != nullptr);
  CHECK(fault->status == 431);
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

/// What an independent, slow reading of the strict rules says about a head that was taken.
void require_plain(std::string_view text, const Parsed& parsed) {
  REQUIRE(text.ends_with("\r\n\r\n"));
  std::size_t lines = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c == '\n') {
      REQUIRE(text[i - 1] == '\r');
      ++lines;
      REQUIRE((i + 1 == text.size() || (text[i + 1] != ' ' && text[i + 1] != '\t')));
    } else if (c == '\r') {
      REQUIRE(text[i + 1] == '\n');
    } else {
      REQUIRE((c >= 0x20 || c == '\t'));
      REQUIRE(c != 0x7f);
    }
  }
  REQUIRE(parsed.head.headers.size() == lines - 2);
  const auto count = [&](std::string_view name) {
    std::size_t found = 0;
    for (const auto& header : parsed.head.headers) found += same_ignoring_case(header.name, name);
    return found;
  };
  REQUIRE(count("content-length") + count("transfer-encoding") <= 1);
  REQUIRE(count("host") <= 1);
  REQUIRE((count("host") == 1 || parsed.head.minor_version == 0));
  REQUIRE_FALSE(parsed.head.path.empty());
}

TEST_CASE("mutated heads are refused or taken by the strict rules", "[net][http][fuzz]") {
  const std::string seeds[] = {
    "POST /v1/chat/completions?a=b HTTP/1.1\r\nHost: localhost:8080\r\nContent-Length: 12\r\n"
    "Authorization: Bearer x\r\nConnection: keep-alive\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n",
    "GET http://a/x HTTP/1.0\r\nHost: a\r\nConnection: close\r\n\r\n"};
  const std::string_view pieces[] = {
    "\r\n",
    "\n",
    "\r",
    " ",
    "\t",
    ":",
    "\r\n ",
    "Content-Length: 3\r\n",
    "Host: b\r\n",
    "Transfer-Encoding: chunked\r\n",
    std::string_view{"\0", 1},
    "\x7f",
    "\xff",
    "chunked",
    ",",
    "HTTP/1.1",
    "\r\n\r\n"};
  constexpr unsigned seed = 20240607;
  constexpr int rounds = 60'000;
  CAPTURE(seed);
  std::mt19937 random{seed};
  const auto below = [&](std::size_t bound) { return random() % bound; };
  std::size_t taken = 0;
  for (int round = 0; round < rounds; ++round) {
    auto text = seeds[below(std::size(seeds))];
    for (auto changes = 1 + below(3); changes > 0 && !text.empty(); --changes) {
      const auto at = below(text.size());
      switch (below(5)) {
      case 0: text[at] = static_cast<char>(below(256)); break;
      case 1: text.erase(at, 1 + below(4)); break;
      case 2: text.insert(at, pieces[below(std::size(pieces))]); break;
      case 3: text.insert(at, text.substr(below(text.size()), below(40))); break;
      default: text.resize(at);
      }
    }
    // A heap block of exactly that size: the sanitizer sees the first byte read beyond it.
    const std::string exact{text.data(), text.size()};
    const auto parsed = parse(exact);
    if (parsed.fault != nullptr || !parsed.found) continue;
    ++taken;
    require_plain(std::string_view{exact}.substr(0, exact.find("\r\n\r\n") + 4), parsed);
  }
  CHECK(taken > rounds / 20); // the mutations leave enough that is well-formed
}

TEST_CASE("text that is no whole head is refused without being read beyond", "[net][http][fuzz]") {
  const auto text = get_with("Content-Length: 3\r\nConnection: close\r\n");
  for (std::size_t bytes = 0; bytes < text.size(); ++bytes) {
    RequestHead head;
    BodyFraming framing;
    const std::string cut = text.substr(0, bytes);
    CHECK(parse_request_head(cut, HttpLimits{}, head, framing) != nullptr);
  }
}

} // namespace
} // namespace gateway
