#include "net/http/request_head.hpp"
#include "tests/net/http/parsed_head.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace gateway::testing {
namespace {

using namespace std::string_literals;

/// What is sent, and the status it is refused with.
struct Refused {
  std::string text;
  int status;
};

void require_refused(const Refused& row) {
  CAPTURE(row.text);
  const auto parsed = parse(row.text);
  REQUIRE(parsed.fault != nullptr);
  CHECK(parsed.fault->status == row.status);
  CHECK_FALSE(parsed.fault->message.empty());
}

TEST_CASE("a body framed in two ways, or oddly, is refused", "[net][http][pure]") {
  require_refused(GENERATE(
    Refused{get_with("Content-Length: 5\r\nContent-Length: 5\r\n"), 400},
    Refused{get_with("Content-Length: 5\r\nContent-Length: 6\r\n"), 400},
    Refused{get_with("Content-Length: 5, 5\r\n"), 400},
    Refused{get_with("Content-Length: +5\r\n"), 400},
    Refused{get_with("Content-Length: -5\r\n"), 400},
    Refused{get_with("Content-Length: 0x5\r\n"), 400},
    Refused{get_with("Content-Length: 5 5\r\n"), 400},
    Refused{get_with("Content-Length:\r\n"), 400},
    Refused{get_with("Content-Length: 1000000000000000000\r\n"), 400},
    Refused{get_with("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n"), 400},
    Refused{get_with("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400},
    Refused{get_with("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400},
    Refused{get_with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400},
    Refused{get_with("Transfer-Encoding: chunked, chunked\r\n"), 400},
    Refused{get_with("Transfer-Encoding: gzip, chunked\r\n"), 400},
    Refused{get_with("Transfer-Encoding: chunked, identity\r\n"), 400},
    Refused{get_with("Transfer-Encoding: identity\r\n"), 400},
    Refused{get_with("Transfer-Encoding: xchunked\r\n"), 400},
    Refused{get_with("Transfer-Encoding: \"chunked\"\r\n"), 400},
    Refused{get_with("Transfer-Encoding: chunked;q=1\r\n"), 400},
    Refused{
      get_with("Transfer-Encoding: \x0b"
               "chunked\r\n"),
      400},
    Refused{get_with("Transfer-Encoding:\r\n"), 400},
    Refused{get_with("Transfer-Encoding : chunked\r\n"), 400},
    Refused{"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
    Refused{get_with("Expect: 200-ok\r\n"), 417}));
}

TEST_CASE(
  "lines that two readers could end or split differently are refused", "[net][http][pure]") {
  require_refused(GENERATE(
    Refused{"GET / HTTP/1.1\nHost: a\n\n", 400},
    Refused{"GET / HTTP/1.1\r\nHost: a\n\r\n", 400},
    Refused{"GET / HTTP/1.1\r\nHost: a\r\n\n", 400},
    Refused{"\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    Refused{get_with("X: a\rb\r\n"), 400},
    Refused{get_with("X: a\r\r\n"), 400},
    Refused{get_with("X: a\r\n b\r\n"), 400},
    Refused{get_with("X: a\r\n\tb\r\n"), 400},
    Refused{"GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
    Refused{get_with("X: a\0b\r\n"s), 400},
    Refused{get_with("X\0Y: a\r\n"s), 400},
    Refused{get_with("X: a\x1b[31m\r\n"), 400},
    Refused{get_with("X: a\x7f\r\n"), 400},
    Refused{get_with("X : a\r\n"), 400},
    Refused{get_with("X\t: a\r\n"), 400},
    Refused{get_with(": a\r\n"), 400},
    Refused{get_with("X\r\n"), 400},
    Refused{get_with("X y: a\r\n"), 400},
    Refused{get_with("X(y): a\r\n"), 400},
    Refused{get_with("\xc3\xa9: a\r\n"), 400}));
}

TEST_CASE(
  "a request line is refused unless it is method, target and version", "[net][http][pure]") {
  require_refused(GENERATE(
    Refused{"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    Refused{" GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    Refused{"\x16\x03\x01\x02", 400},
    Refused{"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    Refused{"GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    Refused{"GET /  HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    Refused{"GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400},
    Refused{"GET /\r\nHost: a\r\n\r\n", 400},
    Refused{"GET / \r\nHost: a\r\n\r\n", 400},
    Refused{"GET\r\n\r\n", 400},
    Refused{"GET / http/1.1\r\nHost: a\r\n\r\n", 400},
    Refused{"GET / HTTP/11\r\nHost: a\r\n\r\n", 400},
    Refused{"GET / HTTP/1.10\r\nHost: a\r\n\r\n", 400},
    Refused{"GET / HTTP/1.x\r\nHost: a\r\n\r\n", 400},
    Refused{"GET / HTTP/1,1\r\nHost: a\r\n\r\n", 400},
    Refused{"GET / HTTP/1.1\rX\nHost: a\r\n\r\n", 400},
    Refused{"GET / HTTP/0.9\r\nHost: a\r\n\r\n", 505},
    Refused{"GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505},
    Refused{"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
    Refused{"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
    Refused{"G@T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    Refused{"GET:/ HTTP/1.1\r\nHost: a\r\n\r\n", 400}));
}

TEST_CASE("a target that is no path of this server is refused", "[net][http][pure]") {
  require_refused(GENERATE(
    Refused{"GET a HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    Refused{"GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    Refused{"GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    Refused{"GET /a\\b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    Refused{"GET /\"a\" HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    Refused{"GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    Refused{"GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    Refused{"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", 400},
    Refused{"GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    Refused{"GET http:/a HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    Refused{"GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    Refused{"GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    Refused{"GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    Refused{"GET http://a:80/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    Refused{"GET http://a/ HTTP/1.0\r\n\r\n", 400}));
}

TEST_CASE("a request without exactly one plain host is refused", "[net][http][pure]") {
  require_refused(GENERATE(
    Refused{"GET / HTTP/1.1\r\n\r\n", 400},
    Refused{"GET / HTTP/1.1\r\nHost:\r\n\r\n", 400},
    Refused{"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
    Refused{"GET / HTTP/1.0\r\nHost: a\r\nhost: b\r\n\r\n", 400},
    Refused{"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
    Refused{"GET / HTTP/1.1\r\nHost: a,b\r\n\r\n", 400},
    Refused{"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
    Refused{"GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400}));
}

void require_bound(const std::string& fits, const std::string& exceeds, int status) {
  CAPTURE(fits.substr(0, 40), fits.size(), status);
  CHECK(parse(fits).fault == nullptr);
  CHECK(parse(fits).found);
  require_refused({exceeds, status});
}

/// `before`, then so many times `c`, then `after`.
std::string around(std::string_view before, std::size_t count, char c, std::string_view after) {
  std::string text{before};
  text.append(count, c);
  return text.append(after);
}

TEST_CASE("each part of a head is taken up to its bound and refused beyond", "[net][http][pure]") {
  const auto fields = [](std::size_t count) {
    std::string lines;
    for (std::size_t i = 1; i < count; ++i) lines += "X: y\r\n"; // the host is one too
    return get_with(lines);
  };
  const auto targeting = [](std::size_t bytes) {
    return around("GET /", bytes - 1, 'a', " HTTP/1.1\r\nHost: a\r\n\r\n");
  };
  const auto line = [](std::size_t bytes) {
    return get_with(around("X:", bytes - 1, 'a', "\r\n"));
  };
  const auto method = [](std::size_t bytes) {
    return around("", bytes, 'M', " / HTTP/1.1\r\nHost: a\r\n\r\n");
  };
  const auto head = [&](std::size_t bytes) {
    const auto empty = get_with("A:\r\nB:\r\nC:\r\n").size();
    const auto third = (bytes - empty) / 3;
    auto lines = around("A:", third, 'a', "\r\nB:");
    lines += around("", third, 'b', "\r\nC:");
    lines += around("", bytes - empty - 2 * third, 'c', "\r\n");
    return get_with(lines);
  };
  require_bound(fields(100), fields(101), 431);
  require_bound(targeting(8192), targeting(8193), 431);
  require_bound(line(16384), line(16385), 431);
  require_bound(method(32), method(33), 400);
  require_bound(head(32 * 1024), head(32 * 1024 + 1), 431);
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

} // namespace
} // namespace gateway::testing
