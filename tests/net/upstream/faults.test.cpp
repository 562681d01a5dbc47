#include "tests/net/upstream/client.hpp"
#include "tests/net/upstream/raw_server.hpp"

#include <boost/asio/post.hpp>
#include <catch2/catch.hpp>

#include <future>

using namespace gateway;

namespace {

/// Sends the answer to the first request and closes.
RawServer::Script once(std::string answer) {
  return [answer = std::move(answer)](Peer& peer) {
    peer.read_request();
    peer.send(answer);
  };
}

/// Reads the request, sends `answer` and then waits for the client to go.
RawServer::Script silent_after(std::string answer) {
  return [answer = std::move(answer)](Peer& peer) {
    peer.read_request();
    peer.send(answer);
    peer.read_to_end();
  };
}

/// A port on which connecting hangs: its queue of connections is full, and nobody accepts.
class BlackHole {
public:
  BlackHole() {
    client_.until([this] { return !adds_one(); });
  }
  std::uint16_t port() const { return listener_.port(); }

private:
  bool adds_one() {
    auto pool = client_.pool(port());
    UpstreamTimeouts timeouts;
    timeouts.connect = 100ms;
    timeouts.total = 100ms;
    calls_.push_back(std::make_unique<UpstreamCall>(pool, timeouts, Client::later()));
    const auto head = client_.run(calls_.back()->send(request_to()));
    return calls_.back()->touched_the_wire() && !head;
  }

  LoopbackListener listener_{0};
  Client client_;
  std::vector<std::unique_ptr<UpstreamCall>> calls_;
};

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
  CHECK(call.times_written() == 0);
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
  RawServer server{[&](Peer& peer) {
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
  RawServer server{[&, until = heard.get_future().share()](Peer& peer) {
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

TEST_CASE("a call that takes too long says of what", "[net][upstream]") {
  struct Row {
    const char* when;
    UpstreamTimeouts timeouts;
    Milliseconds caller;
    bool streamed;
    std::string answer;
    const char* why;
  };
  constexpr Milliseconds long_time = Client::long_time;
  const auto row = GENERATE_COPY(
    Row{
      "a stream's first byte",
      {long_time, 60ms, long_time, long_time},
      long_time,
      true,
      "",
      "no answer within 60 ms"},
    Row{
      "a stream's head that does not end",
      {long_time, 60ms, long_time, long_time},
      long_time,
      true,
      "HTTP/1.1 200 OK\r\n",
      "no answer within 60 ms"},
    Row{
      "a whole answer's first byte",
      {long_time, 10ms, 10ms, 60ms},
      long_time,
      false,
      "",
      "not finished within 60 ms"},
    Row{
      "the next byte",
      {long_time, long_time, 60ms, long_time},
      long_time,
      false,
      std::string{ok_head} + "bod",
      "nothing more came for 60 ms"},
    Row{
      "the end of a stream",
      {long_time, long_time, long_time, 60ms},
      long_time,
      true,
      std::string{ok_head} + "bod",
      "not finished within 60 ms"},
    Row{
      "the request's own deadline",
      {long_time, long_time, long_time, long_time},
      60ms,
      true,
      "",
      "not finished by the request's own deadline"});
  CAPTURE(row.when);
  RawServer server{silent_after(row.answer)};
  Client client;
  auto pool = client.pool(server.port());
  UpstreamCall call{pool, row.timeouts, BootClock::now() + row.caller};
  auto request = request_to();
  request.streamed = row.streamed;
  const auto outcome = client.run(fetch(call, request));
  REQUIRE(outcome.error);
  CHECK(outcome.error->kind == ErrorKind::upstream_timeout);
  CHECK(outcome.error->message == row.why);
  CHECK(pool.idle() == 0);
}

TEST_CASE("connecting takes no longer than it may", "[net][upstream]") {
  const BlackHole hole;
  Client client;
  auto pool = client.pool(hole.port());
  UpstreamTimeouts timeouts;
  timeouts.connect = 60ms;
  UpstreamCall call{pool, timeouts, Client::later()};
  const auto head = client.run(call.send(request_to()));
  REQUIRE_FALSE(head);
  CHECK(head.error().kind == ErrorKind::upstream_timeout);
  CHECK(head.error().message == "no connection within 60 ms");
  CHECK_FALSE(call.touched_the_wire());
}

TEST_CASE("a caller that is slow with a piece is not the provider's silence", "[net][upstream]") {
  RawServer server{once(std::string{ok_head} + "body")};
  Client client;
  auto pool = client.pool(server.port());
  UpstreamTimeouts timeouts;
  timeouts.idle = 10ms;
  UpstreamCall call{pool, timeouts, Client::later()};
  REQUIRE(client.run(call.send(request_to())));
  const auto busy_until = BootClock::now() + 150ms;
  client.until([&] { return BootClock::now() > busy_until; });
  const auto body = client.run(call.read_all(100));
  REQUIRE(body);
  CHECK(*body == "body");
}

TEST_CASE("a cancelled step ends as cancelled and closes the connection", "[net][upstream]") {
  const std::string answer = GENERATE("", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\n\r\npart");
  CAPTURE(answer);
  std::atomic<bool> has_sent = false;
  std::promise<std::string> rest;
  RawServer server{[&](Peer& peer) {
    peer.read_request();
    peer.send(answer);
    has_sent = true;
    rest.set_value(peer.read_to_end());
  }};
  Client client;
  auto pool = client.pool(server.port());
  UpstreamCall call{pool, {}, Client::later()};
  std::optional<Outcome> outcome;
  start(Client::keep(fetch(call, request_to()), outcome));
  client.until([&] { return has_sent.load(); });
  call.cancel();
  call.cancel();
  client.until([&] { return outcome.has_value(); });
  REQUIRE(outcome->error);
  CHECK(outcome->error->kind == ErrorKind::cancelled);
  CHECK(rest.get_future().get().empty());
  CHECK(pool.idle() == 0);
  const auto again = client.run(call.read());
  REQUIRE_FALSE(again);
  CHECK(again.error().kind == ErrorKind::cancelled);
}

TEST_CASE("cancelling between two steps closes the connection at once", "[net][upstream]") {
  std::promise<void> gone;
  RawServer server{[&](Peer& peer) {
    peer.read_request();
    peer.send("HTTP/1.1 200 OK\r\n\r\npart");
    peer.read_to_end();
    gone.set_value();
  }};
  Client client;
  auto pool = client.pool(server.port());
  UpstreamCall call{pool, {}, Client::later()};
  REQUIRE(client.run(call.send(request_to())));
  call.cancel();
  gone.get_future().get();
  const auto piece = client.run(call.read());
  REQUIRE_FALSE(piece);
  CHECK(piece.error().kind == ErrorKind::cancelled);
}

TEST_CASE("a call can be cancelled while it connects, looks up or writes", "[net][upstream]") {
  Client client;
  const std::string large(20'000'000, 'l');
  const std::vector<std::string_view> body{large};
  const auto is_cancelled = [&](UpstreamPool& pool, const auto& pending) {
    UpstreamCall call{pool, {}, Client::later()};
    std::optional<Outcome> outcome;
    start(Client::keep(fetch(call, request_to(body)), outcome));
    client.until([&] { return pending(call); });
    CHECK_FALSE(outcome);
    call.cancel();
    client.until([&] { return outcome.has_value(); });
    REQUIRE(outcome->error);
    CHECK(outcome->error->kind == ErrorKind::cancelled);
  };
  const auto at_once = [](UpstreamCall&) { return true; };
  SECTION("while it connects") {
    const BlackHole hole;
    auto pool = client.pool(hole.port());
    is_cancelled(pool, at_once);
  }
  SECTION("while it looks the name up") {
    LoopbackListener listener;
    auto pool = client.pool(listener.port(), "localhost");
    is_cancelled(pool, at_once);
  }
  SECTION("while it writes") {
    LoopbackListener listener; // nobody accepts or reads, but the kernel takes what it can hold
    auto pool = client.pool(listener.port());
    bool was_writable = false;
    is_cancelled(pool, [&](UpstreamCall&) { return std::exchange(was_writable, true); });
  }
}

TEST_CASE("a call that was cancelled before it began sends nothing", "[net][upstream]") {
  LoopbackListener listener;
  Client client;
  auto pool = client.pool(listener.port());
  UpstreamCall call{pool, {}, Client::later()};
  call.cancel();
  const auto head = client.run(call.send(request_to()));
  REQUIRE_FALSE(head);
  CHECK(head.error().kind == ErrorKind::cancelled);
  CHECK_FALSE(call.touched_the_wire());
}
