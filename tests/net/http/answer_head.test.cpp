#include "net/http/answer_head.hpp"

#include "net/http/error_answer.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <string>

namespace gateway {
namespace {

TEST_CASE("the date is written as HTTP wants it", "[net][http][pure]") {
  DateText date;
  CHECK(date.at(784111777) == "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(date.at(784111777) == "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(date.at(1709210096) == "Thu, 29 Feb 2024 12:34:56 GMT");
  CHECK(date.at(0) == "Thu, 01 Jan 1970 00:00:00 GMT");
}

TEST_CASE("a head carries what the session and the handler say", "[net][http][pure]") {
  struct Row {
    int status;
    AnswerFraming framing;
    const char* expected;
  };
  const auto row = GENERATE(
    Row{200, {.length = 12}, "HTTP/1.1 200 OK\r\ndate: D\r\ncontent-length: 12\r\na: b\r\n\r\n"},
    Row{204, {.length = {}}, "HTTP/1.1 204 No Content\r\ndate: D\r\na: b\r\n\r\n"},
    Row{
      200,
      {.length = {}, .chunked = true},
      "HTTP/1.1 200 OK\r\ndate: D\r\ntransfer-encoding: chunked\r\na: b\r\n\r\n"},
    Row{
      431,
      {.length = 0, .closes = true},
      "HTTP/1.1 431 Request Header Fields Too Large\r\ndate: D\r\ncontent-length: 0\r\n"
      "connection: close\r\na: b\r\n\r\n"},
    Row{
      200,
      {.length = 1, .keeps_old = true},
      "HTTP/1.1 200 OK\r\ndate: D\r\ncontent-length: 1\r\nconnection: keep-alive\r\n"
      "a: b\r\n\r\n"},
    Row{299, {.length = 1}, "HTTP/1.1 299 Answer\r\ndate: D\r\ncontent-length: 1\r\na: b\r\n\r\n"});
  std::string out = "what was there before";
  const std::array headers{Header{"a", "b"}};
  write_answer_head(out, row.status, "D", row.framing, headers);
  CHECK(out == row.expected);
}

TEST_CASE("no value of a header can begin another one", "[net][http][pure]") {
  std::string out;
  const std::array headers{Header{"x-request-id", "a\r\nset-cookie: b\x7f"}};
  write_answer_head(out, 200, "D", {.length = 0}, headers);
  CHECK(
    out
    == "HTTP/1.1 200 OK\r\ndate: D\r\ncontent-length: 0\r\n"
       "x-request-id: a  set-cookie: b \r\n\r\n");
}

TEST_CASE("an error is told in the contract's shape", "[net][http][pure]") {
  CHECK(
    error_answer(ErrorKind::request_timeout, "Too \"late\".")
    == R"({"error":{"message":"Too \"late\".","type":"invalid_request_error",)"
       R"("param":null,"code":"request_timeout"}})");
}

} // namespace
} // namespace gateway
