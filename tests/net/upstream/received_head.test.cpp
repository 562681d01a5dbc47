#include "net/upstream/received_head.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

namespace {

/// Looks for the head's end with the bytes arriving one by one; the length or the error's text.
std::string find_end_bytewise(std::string_view bytes) {
  ReceivedHeadEnd end;
  for (std::size_t seen = 1; seen <= bytes.size(); ++seen) {
    const auto found = end.find(bytes.substr(0, seen));
    if (!found) return found.error().message;
    if (*found != 0) return std::to_string(*found);
  }
  return "incomplete";
}

std::string find_end_at_once(std::string_view bytes) {
  ReceivedHeadEnd end;
  const auto found = end.find(bytes);
  if (!found) return found.error().message;
  return *found == 0 ? "incomplete" : std::to_string(*found);
}

Result<ReceivedHead> parsed(std::string_view bytes, bool answers_head_request = false) {
  ReceivedHead head;
  auto done = parse_received_head(bytes, answers_head_request, head);
  if (!done) return fail(std::move(done.error()));
  return head;
}

std::string answer(const std::string& headers, const std::string& status = "HTTP/1.1 200 OK") {
  return status + "\r\n" + headers + "\r\n";
}

} // namespace

TEST_CASE("the end of an answer's head is found whatever its pieces", "[net][upstream][pure]") {
  struct Row {
    const char* when;
    std::string bytes;
    const char* found;
  };
  const auto row = GENERATE(
    Row{"nothing but a status", "HTTP/1.1 200 OK\r\n\r\n", "19"},
    Row{"a header and a body", "HTTP/1.1 200 OK\r\na: b\r\n\r\nbody\r\n\r\n", "25"},
    Row{"the empty line is not there yet", "HTTP/1.1 200 OK\r\na: b\r\n", "incomplete"},
    Row{"the last line feed is missing", "HTTP/1.1 200 OK\r\n\r", "incomplete"},
    Row{
      "a bare line feed ends a line",
      "HTTP/1.1 200 OK\n\n",
      "the answer's head has a bare line feed"},
    Row{
      "a bare line feed is the empty line",
      "HTTP/1.1 200 OK\r\n\n",
      "the answer's head has a bare line feed"},
    Row{"another protocol speaks", "SSH-2.0-OpenSSH\r\n", "the answer is none of HTTP/1"},
    Row{"HTTP/2 speaks", "HTTP/2 200\r\n", "the answer is none of HTTP/1"},
    Row{"a blank line comes first", "\r\nHTTP/1.1 200 OK\r\n\r\n", "the answer is none of HTTP/1"},
    Row{
      "the head is endless",
      "HTTP/1.1 200 OK\r\na: " + std::string(66'000, 'b'),
      "the answer's head is too long"},
    Row{
      "the head has endless lines",
      "HTTP/1.1 200 OK\r\n" +
        [] {
          std::string lines;
          while (lines.size() < 66'000) lines += "a: b\r\n";
          return lines;
        }()
        + "\r\n",
      "the answer's head is too long"});
  CAPTURE(row.when);
  CHECK(find_end_at_once(row.bytes) == row.found);
  CHECK(find_end_bytewise(row.bytes) == row.found);
}

TEST_CASE("a long body behind the head makes the head no longer", "[net][upstream][pure]") {
  CHECK(find_end_at_once("HTTP/1.1 200 OK\r\n\r\n" + std::string(100'000, 'x')) == "19");
}

TEST_CASE("an answer's head says how its body ends", "[net][upstream][pure]") {
  struct Row {
    const char* when;
    std::string head;
    bool answers_head_request;
    int status;
    BodyEnd body_end;
    unsigned length;
    bool keep_alive;
  };
  const auto row = GENERATE(
    Row{"of a given length", answer("content-length: 5\r\n"), false, 200, BodyEnd::length, 5, true},
    Row{"empty", answer("Content-Length: 0\r\n"), false, 200, BodyEnd::no_body, 0, true},
    Row{"chunked", answer("transfer-encoding: chunked\r\n"), false, 200, BodyEnd::chunked, 0, true},
    Row{
      "chunked, in capitals",
      answer("Transfer-Encoding: Chunked\r\n"),
      false,
      200,
      BodyEnd::chunked,
      0,
      true},
    Row{"until it closes", answer(""), false, 200, BodyEnd::close, 0, false},
    Row{
      "the same length twice",
      answer("content-length: 5\r\ncontent-length: 5\r\n"),
      false,
      200,
      BodyEnd::length,
      5,
      true},
    Row{
      "closing after it",
      answer("connection: close\r\ncontent-length: 5\r\n"),
      false,
      200,
      BodyEnd::length,
      5,
      false},
    Row{
      "closing named in a list",
      answer("connection: x, Close\r\ncontent-length: 5\r\n"),
      false,
      200,
      BodyEnd::length,
      5,
      false},
    Row{
      "HTTP/1.0",
      answer("content-length: 5\r\n", "HTTP/1.0 200 OK"),
      false,
      200,
      BodyEnd::length,
      5,
      false},
    Row{"no content", answer("", "HTTP/1.1 204 No Content"), false, 204, BodyEnd::no_body, 0, true},
    Row{
      "not modified, with the length it would have",
      answer("content-length: 5\r\n", "HTTP/1.1 304 Not Modified"),
      false,
      304,
      BodyEnd::no_body,
      0,
      true},
    Row{"an answer to HEAD", answer("content-length: 5\r\n"), true, 200, BodyEnd::no_body, 0, true},
    Row{
      "an interim answer",
      answer("", "HTTP/1.1 103 Early Hints"),
      false,
      103,
      BodyEnd::no_body,
      0,
      true},
    Row{
      "no reason",
      answer("content-length: 5\r\n", "HTTP/1.1 429 "),
      false,
      429,
      BodyEnd::length,
      5,
      true},
    Row{
      "no reason and no space",
      answer("content-length: 5\r\n", "HTTP/1.1 529"),
      false,
      529,
      BodyEnd::length,
      5,
      true});
  CAPTURE(row.when);
  const auto head = parsed(row.head, row.answers_head_request);
  REQUIRE(head);
  CHECK(head->status == row.status);
  CHECK(head->body_end == row.body_end);
  CHECK(head->length == row.length);
  CHECK(head->keep_alive == row.keep_alive);
}

TEST_CASE("headers are read without the blanks around them", "[net][upstream][pure]") {
  const auto text = answer("A:b\r\nx-empty:\r\nx-long: \t one two \t\r\nx-utf8: \xc3\xb6\r\n");
  const auto head = parsed(text);
  REQUIRE(head);
  REQUIRE(head->headers.size() == 4);
  CHECK(head->headers[0].name == "A");
  CHECK(head->headers[0].value == "b");
  CHECK(head->headers[1].value == "");
  CHECK(head->headers[2].value == "one two");
  CHECK(head->headers[3].value == "\xc3\xb6");
}

TEST_CASE("a provider's patience with idle connections is read", "[net][upstream][pure]") {
  struct Row {
    const char* header;
    std::optional<std::chrono::seconds> time;
  };
  const auto row = GENERATE(
    Row{"Keep-Alive: timeout=5\r\n", std::chrono::seconds{5}},
    Row{"keep-alive: max=100, Timeout=75\r\n", std::chrono::seconds{75}},
    Row{"keep-alive: max=100\r\n", std::nullopt},
    Row{"keep-alive: timeout=soon\r\n", std::nullopt},
    Row{"", std::nullopt});
  CAPTURE(row.header);
  const auto text = answer(row.header);
  const auto head = parsed(text);
  REQUIRE(head);
  CHECK(head->keep_alive_time == row.time);
}

TEST_CASE(
  "an answer's head that two readers could read differently is refused", "[net][upstream][pure]") {
  struct Row {
    const char* when;
    std::string head;
    const char* why;
  };
  const auto row = GENERATE(
    Row{
      "lengths that differ",
      answer("content-length: 5\r\ncontent-length: 6\r\n"),
      "the answer has two lengths that differ"},
    Row{
      "a list of lengths",
      answer("content-length: 5, 5\r\n"),
      "the answer's content-length is no number"},
    Row{
      "a signed length",
      answer("content-length: +5\r\n"),
      "the answer's content-length is no number"},
    Row{
      "a negative length",
      answer("content-length: -1\r\n"),
      "the answer's content-length is no number"},
    Row{
      "a hexadecimal length",
      answer("content-length: 0x5\r\n"),
      "the answer's content-length is no number"},
    Row{
      "an empty length", answer("content-length:\r\n"), "the answer's content-length is no number"},
    Row{
      "a length beyond all bounds",
      answer("content-length: 9999999999999999999\r\n"),
      "the answer's content-length is no number"},
    Row{
      "both length and chunks",
      answer("content-length: 5\r\ntransfer-encoding: chunked\r\n"),
      "the answer is both chunked and of a given length"},
    Row{
      "another transfer coding",
      answer("transfer-encoding: gzip\r\n"),
      "the answer has a transfer coding other than chunked"},
    Row{
      "two transfer codings",
      answer("transfer-encoding: gzip, chunked\r\n"),
      "the answer has a transfer coding other than chunked"},
    Row{
      "chunked twice",
      answer("transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n"),
      "the answer has a transfer coding other than chunked"},
    Row{
      "chunked before there were chunks",
      answer("transfer-encoding: chunked\r\n", "HTTP/1.0 200 OK"),
      "an answer of HTTP/1.0 can't be chunked"},
    Row{
      "a blank before the colon",
      answer("content-length : 5\r\n"),
      "the answer has a header name with a forbidden character"},
    Row{"a folded line", answer("a: b\r\n c\r\n"), "the answer has a header line without a name"},
    Row{
      "a folded line with a colon",
      answer("a: b\r\n c: d\r\n"),
      "the answer has a header name with a forbidden character"},
    Row{"no name", answer(": b\r\n"), "the answer has a header line without a name"},
    Row{"no colon", answer("abc\r\n"), "the answer has a header line without a name"},
    Row{
      "a carriage return in a value",
      answer("a: b\rc: d\r\n"),
      "the answer has a header value with a control character"},
    Row{
      "a NUL in a value",
      answer(std::string{"a: b\0c\r\n", 8}),
      "the answer has a header value with a control character"},
    Row{
      "a version that is none",
      answer("", "HTTP/1.2 200 OK"),
      "the answer's status line is none of HTTP/1.1"},
    Row{
      "a status of two digits",
      answer("", "HTTP/1.1 20 OK"),
      "the answer's status line is none of HTTP/1.1"},
    Row{
      "a status of four digits",
      answer("", "HTTP/1.1 2000 OK"),
      "the answer's status line is none of HTTP/1.1"},
    Row{
      "a status below 100",
      answer("", "HTTP/1.1 099 X"),
      "the answer's status is no number of three digits"},
    Row{
      "a carriage return in the reason",
      answer("", "HTTP/1.1 200 O\rK"),
      "the answer's status line has a control character"},
    Row{
      "too many headers",
      answer([] {
        std::string lines;
        for (int i = 0; i < 257; ++i) lines += "a: b\r\n";
        return lines;
      }()),
      "the answer has too many headers"});
  CAPTURE(row.when);
  const auto head = parsed(row.head);
  REQUIRE_FALSE(head);
  CHECK(head.error().kind == ErrorKind::upstream_invalid_response);
  CHECK(head.error().message == row.why);
}
