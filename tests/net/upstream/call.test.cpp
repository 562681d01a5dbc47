#include "tests/net/upstream/client.hpp"
#include "tests/net/upstream/raw_server.hpp"

#include <catch2/catch.hpp>

#include <future>
#include <sstream>

using namespace gateway;

namespace {

/// Answers every request of every connection with the same bytes.
RawServer::Script always(std::string answer) {
  return [answer = std::move(answer)](RawPeer& peer) {
    while (!peer.read_request().empty()) peer.send(answer);
  };
}

} // namespace

TEST_CASE("a request is written whole and its answer read", "[net][upstream]") {
  std::promise<std::string> seen;
  RawServer server{[&](RawPeer& peer) {
    seen.set_value(peer.read_request());
    peer.send("HTTP/1.1 200 OK\r\nx-a: b\r\ncontent-length: 4\r\n\r\nbody");
    peer.read_to_end();
  }};
  Client client;
  auto pool = client.pool(server.port());
  UpstreamCall call{pool, {}, Client::later()};
  const std::vector<Header> headers{{"authorization", "Bearer k"}};
  const std::vector<std::string_view> body{"one ", "", "two"};
  auto request = request_to(body);
  request.headers = headers;
  CHECK_FALSE(call.written_at());
  CHECK_FALSE(call.touched_the_wire());
  const auto before = BootClock::now();
  const auto head = client.run(call.send(request));
  REQUIRE(head);
  CHECK(
    seen.get_future().get()
    == "POST /v1/chat/completions HTTP/1.1\r\nhost: test\r\nauthorization: Bearer k\r\n"
       "content-length: 7\r\n\r\none two");
  CHECK(head->status == 200);
  REQUIRE(head->headers.size() == 2);
  CHECK(head->headers[0].name == "x-a");
  CHECK(head->headers[0].value == "b");
  CHECK(call.touched_the_wire());
  REQUIRE(call.written_at());
  REQUIRE(call.first_byte_at());
  CHECK(before <= *call.written_at());
  CHECK(*call.written_at() <= *call.first_byte_at());
  CHECK_FALSE(call.body_ended());
  CHECK(call.has_more_buffered());
  const auto piece = client.run(call.read());
  REQUIRE(piece);
  CHECK(*piece == "body");
  CHECK(call.body_ended());
  CHECK_FALSE(call.has_more_buffered());
  const auto end = client.run(call.read());
  REQUIRE(end);
  CHECK(end->empty());
  // The head is still there when the connection has long been given back.
  CHECK(head->headers[0].value == "b");
}

TEST_CASE("an answer ends as its framing says", "[net][upstream]") {
  struct Row {
    const char* when;
    std::string answer;
    int status;
    const char* body;
    std::size_t idle; // connections kept afterwards
  };
  const auto row = GENERATE(
    Row{"length", "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nbody", 200, "body", 1},
    Row{
      "chunks",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n",
      200,
      "body",
      1},
    Row{"an empty body", "HTTP/1.1 500 X\r\ncontent-length: 0\r\n\r\n", 500, "", 1},
    Row{"no body", "HTTP/1.1 204 No Content\r\n\r\n", 204, "", 1},
    Row{
      "interim answers first",
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n"
      "HTTP/1.1 429 Too Many\r\ncontent-length: 4\r\n\r\nslow",
      429,
      "slow",
      1},
    Row{
      "the provider means to close",
      "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 4\r\n\r\nbody",
      200,
      "body",
      0},
    Row{"HTTP/1.0", "HTTP/1.0 200 OK\r\ncontent-length: 4\r\n\r\nbody", 200, "body", 0},
    Row{
      "a second answer behind it",
      "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nbodyHTTP/1.1 200 OK\r\ncontent-length: "
      "0\r\n\r\n",
      200,
      "body",
      0},
    Row{
      "a second answer behind chunks",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\nHTTP/1.1 200 "
      "OK\r\n\r\n",
      200,
      "body",
      0},
    Row{
      "a provider without patience",
      "HTTP/1.1 200 OK\r\nkeep-alive: timeout=1\r\ncontent-length: 4\r\n\r\nbody",
      200,
      "body",
      0});
  CAPTURE(row.when);
  RawServer server{always(row.answer)};
  Client client;
  auto pool = client.pool(server.port());
  UpstreamCall call{pool, {}, Client::later()};
  const auto outcome = client.run(fetch(call, request_to()));
  CHECK_FALSE(outcome.error);
  CHECK(outcome.status == row.status);
  CHECK(outcome.body == row.body);
  CHECK(call.body_ended());
  CHECK(pool.idle() == row.idle);
}

TEST_CASE("an answer without length or chunks ends when the provider closes", "[net][upstream]") {
  RawServer server{[](RawPeer& peer) {
    peer.read_request();
    peer.send("HTTP/1.1 200 OK\r\n\r\nall of it");
  }};
  Client client;
  auto pool = client.pool(server.port());
  UpstreamCall call{pool, {}, Client::later()};
  const auto outcome = client.run(fetch(call, request_to()));
  CHECK_FALSE(outcome.error);
  CHECK(outcome.body == "all of it");
  CHECK(pool.idle() == 0);
}

TEST_CASE("an answer to HEAD has no body whatever its length says", "[net][upstream]") {
  RawServer server{always("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n")};
  Client client;
  auto pool = client.pool(server.port());
  UpstreamCall call{pool, {}, Client::later()};
  auto request = request_to();
  request.method = "HEAD";
  const auto outcome = client.run(fetch(call, request));
  CHECK_FALSE(outcome.error);
  CHECK(outcome.body.empty());
  CHECK(pool.idle() == 1);
}

TEST_CASE("an answer is the same at whatever byte it is cut in two", "[net][upstream]") {
  const std::string answer = "HTTP/1.1 103 Hints\r\n\r\nHTTP/1.1 200 OK\r\na: b\r\n"
                             "transfer-encoding: chunked\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n";
  LoopbackListener listener;
  Client client;
  auto pool = client.pool(listener.port());
  std::optional<RawPeer> peer;
  for (std::size_t cut = 1; cut < answer.size(); ++cut) {
    CAPTURE(cut);
    UpstreamCall call{pool, {}, Client::later()};
    std::optional<Fetched> outcome;
    start(Client::keep(fetch(call, request_to()), outcome));
    if (!peer) peer.emplace(listener.accept());
    client.until([&] { return call.written_at().has_value(); });
    peer->read_request();
    // The loop takes the first part before the second is sent: the client waits for nothing else.
    peer->send(answer.substr(0, cut));
    client.thread().loop().run_once();
    while (client.thread().loop().poll()) {
    }
    peer->send(answer.substr(cut));
    client.until([&] { return outcome.has_value(); });
    REQUIRE_FALSE(outcome->error);
    REQUIRE(outcome->status == 200);
    REQUIRE(outcome->body == "onetwo");
    REQUIRE(pool.idle() == 1);
  }
}

TEST_CASE("a body is un-chunked into one piece per read", "[net][upstream]") {
  RawServer server{always("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
                          "1\r\na\r\n1\r\nb\r\n1\r\nc\r\n0\r\n\r\n")};
  Client client;
  auto pool = client.pool(server.port());
  UpstreamCall call{pool, {}, Client::later()};
  REQUIRE(client.run(call.send(request_to())));
  const auto piece = client.run(call.read());
  REQUIRE(piece);
  CHECK(*piece == "abc");
  CHECK(call.body_ended());
}

TEST_CASE("a whole body is read up to its bound", "[net][upstream]") {
  struct Row {
    std::size_t bytes;
    std::size_t bytes_max;
    bool fits;
  };
  const auto row = GENERATE(
    Row{0, 0, true},
    Row{1, 0, false},
    Row{100, 100, true},
    Row{101, 100, false},
    Row{300'000, 300'000, true},
    Row{300'001, 300'000, false});
  const bool chunked = GENERATE(false, true);
  CAPTURE(row.bytes, row.bytes_max, chunked);
  const std::string text(row.bytes, 't');
  std::string whole = "HTTP/1.1 200 OK\r\n";
  if (chunked) {
    std::ostringstream hex;
    hex << std::hex << row.bytes;
    whole += "transfer-encoding: chunked\r\n\r\n";
    if (row.bytes > 0) whole += hex.str() + "\r\n" + text + "\r\n";
    whole += "0\r\n\r\n";
  } else {
    whole += "content-length: " + std::to_string(row.bytes) + "\r\n\r\n" + text;
  }
  RawServer server{always(whole)};
  Client client;
  auto pool = client.pool(server.port());
  UpstreamCall call{pool, {}, Client::later()};
  const auto outcome = client.run(fetch_all(call, request_to(), row.bytes_max));
  CHECK(outcome.status == 200);
  if (row.fits) {
    CHECK_FALSE(outcome.error);
    CHECK((outcome.body == text));
    CHECK(pool.idle() == 1);
  } else {
    REQUIRE(outcome.error);
    CHECK(outcome.error->kind == ErrorKind::upstream_invalid_response);
    CHECK(outcome.error->message == "the provider's answer is longer than is allowed");
  }
}

TEST_CASE("what a slow reader does not take stays with the provider", "[net][upstream]") {
  constexpr std::size_t total = 64 * 1024 * 1024;
  std::atomic<std::size_t> sent = 0;
  RawServer server{[&](RawPeer& peer) {
    peer.read_request();
    peer.send("HTTP/1.1 200 OK\r\ncontent-length: " + std::to_string(total) + "\r\n\r\n");
    const std::string piece(64 * 1024, 'p');
    for (std::size_t bytes = 0; bytes < total; bytes += piece.size()) {
      sent += piece.size();
      peer.send(piece);
    }
    peer.read_to_end();
  }};
  Client client;
  auto pool = client.pool(server.port());
  UpstreamCall call{pool, {}, Client::later()};
  REQUIRE(client.run(call.send(request_to())));
  // As long as nobody reads, the loop may run: the sockets' buffers fill and the provider waits.
  for (int ticks = 0; ticks < 6; ++ticks) client.thread().loop().run_once();
  CHECK(sent < total / 2);
  std::size_t received = 0;
  while (true) {
    const auto piece = client.run(call.read());
    REQUIRE(piece);
    if (piece->empty()) break;
    received += piece->size();
  }
  CHECK(received == total);
  CHECK(sent == total);
}

TEST_CASE("a large body is sent while the provider takes its time", "[net][upstream]") {
  std::promise<std::size_t> got;
  RawServer server{[&](RawPeer& peer) {
    got.set_value(peer.read_request().size());
    peer.send("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    peer.read_to_end();
  }};
  Client client;
  auto pool = client.pool(server.port());
  UpstreamCall call{pool, {}, Client::later()};
  const std::string half(10'000'000, 'h');
  const std::vector<std::string_view> body{half, half};
  const auto outcome = client.run(fetch(call, request_to(body)));
  CHECK_FALSE(outcome.error);
  const std::string head =
    "POST /v1/chat/completions HTTP/1.1\r\nhost: test\r\ncontent-length: 20000000\r\n\r\n";
  CHECK(got.get_future().get() == head.size() + 20'000'000);
}

TEST_CASE("a request that can't be sent as it is touches no connection", "[net][upstream]") {
  RawServer server{always("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")};
  Client client;
  auto pool = client.pool(server.port());
  UpstreamCall call{pool, {}, Client::later()};
  auto request = request_to();
  request.path = "/ HTTP/1.1\r\nhost: other";
  const auto head = client.run(call.send(request));
  REQUIRE_FALSE(head);
  CHECK(head.error().kind == ErrorKind::internal);
  CHECK_FALSE(call.touched_the_wire());
  CHECK(server.accepted() == 0);
}
