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
  RawServer server{[&](RawPeer& peer) {
    peer.read_request();
    peer.send(answer);
    has_sent = true;
    rest.set_value(peer.read_to_end());
  }};
  Client client;
  auto pool = client.pool(server.port());
  UpstreamCall call{pool, {}, Client::later()};
  std::optional<Fetched> outcome;
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
  RawServer server{[&](RawPeer& peer) {
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
    std::optional<Fetched> outcome;
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
