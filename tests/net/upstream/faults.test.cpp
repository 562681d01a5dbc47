#include "tests/net/upstream/client.hpp"
#include "tests/net/upstream/raw_server.hpp"

#include <catch2/catch.hpp>

#include <future>

using namespace gateway;

namespace {

/// Sends the answer to the first request and closes.
RawServer::Script once(std::string answer) {
  return [answer = std::move(answer)](RawPeer& peer) {
    peer.read_request();
    peer.send(answer);
  };
}

/// Reads the request, sends `answer` and then waits for the client to go.
RawServer::Script silent_after(std::string answer) {
  return [answer = std::move(answer)](RawPeer& peer) {
    peer.read_request();
    peer.send(answer);
    peer.read_to_end();
  };
}

constexpr const char* ok_head = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n";

} // namespace

TEST_CASE("a refused connection is an error that touched nothing", "[net][upstream]") {
  std::uint16_t port = 0;
  {
    const LoopbackListener gone;
    port = gone.port();
  }
  Client client;
  auto pool = client.pool(port);
  UpstreamCall call{pool, {}, Client::later()};
  const auto head = client.run(call.send(request_to()));
  REQUIRE_FALSE(head);
  CHECK(head.error().kind == ErrorKind::upstream_error);
  CHECK(head.error().message == "no connection: Connection refused");
  CHECK_FALSE(call.touched_the_wire());
  CHECK_FALSE(call.written_at());
}

TEST_CASE("a host that has no address is an error that touched nothing", "[net][upstream]") {
  Client client;
  // Two dots in a row: the resolver refuses it without asking anybody.
  auto pool = client.pool(80, "bad..name");
  UpstreamCall call{pool, {}, Client::later()};
  const auto head = client.run(call.send(request_to()));
  REQUIRE_FALSE(head);
  CHECK(head.error().kind == ErrorKind::upstream_error);
  CHECK(head.error().message.starts_with("no address for the host: "));
  CHECK_FALSE(call.touched_the_wire());
}

TEST_CASE("a host's name is looked up and its addresses are tried", "[net][upstream]") {
  RawServer server{once("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nbody")};
  Client client;
  auto pool = client.pool(server.port(), "localhost");
  UpstreamCall call{pool, {}, Client::later()};
  const auto outcome = client.run(fetch(call, request_to()));
  CHECK_FALSE(outcome.error);
  CHECK(outcome.body == "body");
}

TEST_CASE("an answer that breaks off is an error, whatever it was cut in", "[net][upstream]") {
  struct Row {
    const char* when;
    std::string answer;
    int status;
    const char* body;
    const char* why;
  };
  const auto row = GENERATE(
    Row{
      "before its first byte",
      "",
      0,
      "",
      "the provider closed the connection before it had answered"},
    Row{
      "in the status line",
      "HTTP/1.1 2",
      0,
      "",
      "the provider closed the connection before it had answered"},
    Row{
      "in the headers",
      "HTTP/1.1 200 OK\r\na: b\r\n",
      0,
      "",
      "the provider closed the connection before it had answered"},
    Row{
      "after an interim answer",
      "HTTP/1.1 100 Continue\r\n\r\n",
      0,
      "",
      "the provider closed the connection before it had answered"},
    Row{
      "before the body", ok_head, 200, "", "the provider closed the connection within its answer"},
    Row{
      "in the body",
      std::string{ok_head} + "bod",
      200,
      "bod",
      "the provider closed the connection within its answer"},
    Row{
      "in a chunk",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nbo",
      200,
      "bo",
      "the provider closed the connection within its answer"},
    Row{
      "before the last chunk",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nbo\r\n",
      200,
      "bo",
      "the provider closed the connection within its answer"});
  CAPTURE(row.when);
  RawServer server{once(row.answer)};
  Client client;
  auto pool = client.pool(server.port());
  UpstreamCall call{pool, {}, Client::later()};
  const auto outcome = client.run(fetch(call, request_to()));
  REQUIRE(outcome.error);
  CHECK(outcome.error->kind == ErrorKind::upstream_error);
  CHECK(outcome.error->message == row.why);
  CHECK(outcome.status == row.status);
  CHECK(outcome.body == row.body);
  CHECK_FALSE(call.body_ended());
  CHECK(call.touched_the_wire());
  CHECK(pool.idle() == 0);
  CHECK(server.accepted() == 1);
  // Nothing more comes of it.
  const auto again = client.run(call.read());
  REQUIRE_FALSE(again);
  CHECK(again.error().kind == ErrorKind::upstream_error);
}

TEST_CASE("a connection that is reset is an error", "[net][upstream]") {
  const auto answer = GENERATE("", "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nbod");
  CAPTURE(answer);
  RawServer server{[&](RawPeer& peer) {
    peer.read_request();
    peer.send(answer);
    peer.reset();
  }};
  Client client;
  auto pool = client.pool(server.port());
  UpstreamCall call{pool, {}, Client::later()};
  const auto outcome = client.run(fetch(call, request_to()));
  REQUIRE(outcome.error);
  CHECK(outcome.error->kind == ErrorKind::upstream_error);
}

TEST_CASE("an answer that is none of HTTP's is invalid", "[net][upstream]") {
  struct Row {
    const char* when;
    std::string answer;
  };
  const auto row = GENERATE(
    Row{"another protocol", "220 mail.example ESMTP\r\n"},
    Row{"TLS", std::string{"\x15\x03\x01\x00\x02\x02\x16", 7}},
    Row{"a protocol switch", "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n"},
    Row{"bare line feeds", "HTTP/1.1 200 OK\n\n"},
    Row{"two lengths", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab"},
    Row{
      "length and chunks",
      "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"},
    Row{"broken chunks at once", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"},
    Row{
      "endless interim answers",
      [] {
        std::string answers;
        for (int i = 0; i < 9; ++i) answers += "HTTP/1.1 102 Processing\r\n\r\n";
        return answers;
      }()},
    Row{"an endless head", "HTTP/1.1 200 OK\r\na: " + std::string(70'000, 'b')});
  CAPTURE(row.when);
  RawServer server{silent_after(row.answer)};
  Client client;
  auto pool = client.pool(server.port());
  UpstreamCall call{pool, {}, Client::later()};
  const auto outcome = client.run(fetch(call, request_to()));
  REQUIRE(outcome.error);
  CHECK(outcome.error->kind == ErrorKind::upstream_invalid_response);
  CHECK(outcome.status == 0);
  CHECK(call.touched_the_wire());
  CHECK(pool.idle() == 0);
}

TEST_CASE(
  "an early refusal is heard although the request could not be written", "[net][upstream]") {
  const bool closes = GENERATE(true, false);
  CAPTURE(closes);
  std::promise<void> heard;
  RawServer server{[&, until = heard.get_future().share()](RawPeer& peer) {
    peer.send("HTTP/1.1 413 Too Large\r\ncontent-length: 4\r\n\r\nbody");
    if (!closes) until.wait(); // reads nothing and keeps the connection
  }};
  Client client;
  auto pool = client.pool(server.port());
  UpstreamTimeouts timeouts;
  timeouts.user_timeout = 200ms; // the kernel gives up what is not taken
  UpstreamCall call{pool, timeouts, Client::later()};
  const std::string large(20'000'000, 'l');
  const std::vector<std::string_view> body{large};
  const auto outcome = client.run(fetch(call, request_to(body)));
  heard.set_value();
  CHECK_FALSE(outcome.error);
  CHECK(outcome.status == 413);
  CHECK(outcome.body == "body");
  CHECK(call.touched_the_wire());
  CHECK(pool.idle() == 0);
}
