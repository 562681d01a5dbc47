#include "net/http/session.hpp"
#include "tests/net/http/raw_client.hpp"
#include "tests/net/http/running_server.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace gateway::testing {
namespace {

TEST_CASE("what could smuggle a second request is answered and closed", "[net][http]") {
  using namespace std::string_literals;
  struct Row {
    std::string request;
    int status;
  };
  const auto row = GENERATE(
    Row{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", 400},
    Row{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\ncontent-length: 5\r\n\r\n", 400},
    Row{
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
    Row{"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 400},
    Row{
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
      "Transfer-Encoding: identity\r\n\r\n",
      400},
    Row{"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n", 400},
    Row{"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
    Row{"GET / HTTP/1.1\r\nHost: a\r\nX: y\n\r\n", 400},
    Row{"GET / HTTP/1.1\r\nHost: a\r\nX: y\rz\r\n\r\n", 400},
    Row{"GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n", 400},
    Row{"GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n"s, 400},
    Row{"GET / HTTP/1.1\r\n\r\n", 400},
    Row{"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
    Row{"GET a HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    Row{"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", 400},
    Row{"GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505},
    Row{"GET / HTTP/1.1\r\nHost: a\r\nExpect: coffee\r\n\r\n", 417},
    Row{"\x16\x03\x01\x02\x00\x01\x00\x01"s, 400},
    Row{"GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(20'000, 'y') + "\r\n\r\n", 431},
    Row{"GET / HTTP/1.1\r\nHost: a\r\n" + std::string(40'000, 'y'), 431});
  CAPTURE(row.request);
  RunningServer running{echo};
  RawClient client{running.port()};
  // What follows would be the smuggled one: it must never be answered.
  REQUIRE(client.send(row.request + "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"));
  const auto answer = client.read_answer();
  CHECK(answer.status == row.status);
  CHECK(answer.is_whole);
  CHECK(answer.header("connection") == "close");
  CHECK(answer.header("content-type") == "application/json");
  CHECK(answer.body.starts_with(R"({"error":{"message":")"));
  CHECK(client.is_closed_by_peer());
  CHECK_FALSE(client.was_reset());
}

TEST_CASE("a bad request behind a good one does not spoil the good one", "[net][http]") {
  RunningServer running{echo};
  RawClient client{running.port()};
  REQUIRE(client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET bad HTTP/1.1\r\n\r\n"));
  CHECK(client.read_answer(true).status == 200);
  const auto refused = client.read_answer();
  CHECK(refused.status == 400);
  CHECK(refused.is_whole);
  CHECK(client.is_closed_by_peer());
}

TEST_CASE("a refused chunked body is answered by the handler and closed", "[net][http]") {
  RunningServer running{echo};
  const auto body = GENERATE("zz\r\n", "1\r\nab\r\n", "0\r\n folded\r\n", "1\n");
  CAPTURE(body);
  RawClient client{running.port()};
  REQUIRE(client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"));
  REQUIRE(client.send(body));
  REQUIRE(client.send("GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"));
  const auto answer = client.read_answer();
  CHECK(answer.status == 400);
  CHECK(answer.header("connection") == "close");
  CHECK(client.is_closed_by_peer());
}

} // namespace
} // namespace gateway::testing
