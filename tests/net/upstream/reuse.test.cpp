#include "tests/net/upstream/client.hpp"
#include "tests/net/upstream/raw_server.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

namespace {

constexpr const char* answer = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nbody";

RawServer::Script always(std::string bytes) {
  return [bytes = std::move(bytes)](RawPeer& peer) {
    while (!peer.read_request().empty()) peer.send(bytes);
  };
}

Fetched one_call(Client& client, UpstreamPool& pool) {
  UpstreamCall call{pool, {}, Client::later()};
  return client.run(fetch(call, request_to()));
}

} // namespace

TEST_CASE("calls one after the other share a connection", "[net][upstream]") {
  RawServer server{always(answer)};
  Client client;
  auto pool = client.pool(server.port());
  for (int i = 0; i < 5; ++i) {
    const auto outcome = one_call(client, pool);
    CHECK_FALSE(outcome.error);
    CHECK(outcome.body == "body");
    CHECK(pool.idle() == 1);
  }
  CHECK(server.accepted() == 1);
}

TEST_CASE("calls at the same time have connections of their own", "[net][upstream]") {
  LoopbackListener listener;
  Client client;
  auto pool = client.pool(listener.port());
  UpstreamCall first{pool, {}, Client::later()};
  UpstreamCall second{pool, {}, Client::later()};
  std::optional<Fetched> first_outcome;
  std::optional<Fetched> second_outcome;
  start(Client::keep(fetch(first, request_to()), first_outcome));
  RawPeer first_peer{listener.accept()};
  start(Client::keep(fetch(second, request_to()), second_outcome));
  RawPeer second_peer{listener.accept()};
  client.until([&] { return first.written_at() && second.written_at(); });
  second_peer.send(answer);
  client.until([&] { return second_outcome.has_value(); });
  CHECK_FALSE(first_outcome);
  CHECK(pool.idle() == 1);
  first_peer.send(answer);
  client.until([&] { return first_outcome.has_value(); });
  CHECK(pool.idle() == 2);
}

TEST_CASE(
  "a kept connection that died is told of, and its request not repeated", "[net][upstream]") {
  struct Row {
    const char* when;
    const char* second_answer; // on the kept connection; then it closes
    bool is_lost;
  };
  const auto row = GENERATE(
    Row{"closed without a byte", "", true},
    Row{"closed within its answer", "HTTP/1.1 2", false},
    Row{"closed after an interim answer", "HTTP/1.1 100 Continue\r\n\r\n", false});
  CAPTURE(row.when);
  RawServer server{[&](RawPeer& peer) {
    peer.read_request();
    peer.send(answer);
    peer.read_request();
    peer.send(row.second_answer);
  }};
  Client client;
  auto pool = client.pool(server.port());
  REQUIRE_FALSE(one_call(client, pool).error);
  UpstreamCall call{pool, {}, Client::later()};
  const auto outcome = client.run(fetch(call, request_to()));
  REQUIRE(outcome.error);
  CHECK(outcome.error->kind == ErrorKind::upstream_error);
  CHECK(call.lost_kept_connection() == row.is_lost);
  CHECK(call.touched_the_wire());
  CHECK(server.accepted() == 1);
}

TEST_CASE("a new connection that ends without an answer is no lost kept one", "[net][upstream]") {
  RawServer server{[](RawPeer& peer) { peer.read_request(); }};
  Client client;
  auto pool = client.pool(server.port());
  UpstreamCall call{pool, {}, Client::later()};
  REQUIRE(client.run(fetch(call, request_to())).error);
  CHECK_FALSE(call.lost_kept_connection());
  CHECK(call.touched_the_wire());
}

TEST_CASE("a request can ask for a connection of its own", "[net][upstream]") {
  LoopbackListener listener;
  Client client;
  auto pool = client.pool(listener.port());
  std::optional<Fetched> outcome;
  UpstreamCall first{pool, {}, Client::later()};
  start(Client::keep(fetch(first, request_to()), outcome));
  RawPeer kept{listener.accept()};
  kept.send(answer);
  client.until([&] { return outcome.has_value(); });
  REQUIRE(pool.idle() == 1);
  auto request = request_to();
  request.fresh = true;
  UpstreamCall second{pool, {}, Client::later()};
  outcome.reset();
  start(Client::keep(fetch(second, request), outcome));
  RawPeer next{listener.accept()};
  next.send(answer);
  client.until([&] { return outcome.has_value(); });
  CHECK_FALSE(outcome->error);
  CHECK(pool.idle() == 2);
}

TEST_CASE("a kept connection that stays silent is not replaced", "[net][upstream]") {
  RawServer server{[](RawPeer& peer) {
    peer.read_request();
    peer.send(answer);
    peer.read_to_end();
  }};
  Client client;
  auto pool = client.pool(server.port());
  REQUIRE_FALSE(one_call(client, pool).error);
  UpstreamTimeouts timeouts;
  timeouts.total = 60ms;
  UpstreamCall call{pool, timeouts, Client::later()};
  const auto outcome = client.run(fetch(call, request_to()));
  REQUIRE(outcome.error);
  CHECK(outcome.error->kind == ErrorKind::upstream_timeout);
  CHECK(call.touched_the_wire());
  CHECK(server.accepted() == 1);
}

TEST_CASE(
  "a connection that was idle for a while is looked at before it is used", "[net][upstream]") {
  const bool speaks = GENERATE(false, true); // unasked, or it closes
  CAPTURE(speaks);
  LoopbackListener listener;
  Client client;
  auto pool = client.pool(listener.port());
  std::optional<Fetched> outcome;
  UpstreamCall first{pool, {}, Client::later()};
  start(Client::keep(fetch(first, request_to()), outcome));
  std::optional<RawPeer> peer{std::in_place, listener.accept()};
  peer->send(answer);
  client.until([&] { return outcome.has_value(); });
  REQUIRE(pool.idle() == 1);
  if (speaks)
    peer->send("HTTP/1.1 408 Request Timeout\r\nconnection: close\r\n\r\n");
  else
    peer->close();
  const auto idle_until = BootClock::now() + 20ms;
  client.until([&] { return BootClock::now() > idle_until; });
  UpstreamCall second{pool, {}, Client::later()};
  outcome.reset();
  start(Client::keep(fetch(second, request_to()), outcome));
  RawPeer second_peer{listener.accept()};
  second_peer.send(answer);
  client.until([&] { return outcome.has_value(); });
  CHECK_FALSE(outcome->error);
  CHECK(outcome->body == "body");
  CHECK(second.touched_the_wire());
}

TEST_CASE("idle connections that ended or grew old are closed by themselves", "[net][upstream]") {
  const bool provider_closes = GENERATE(true, false);
  CAPTURE(provider_closes);
  LoopbackListener listener;
  Client client;
  UpstreamPool pool{
    client.thread(),
    Client::origin(listener.port()),
    nullptr,
    UpstreamPool::Bounds{.idle_max = 4, .idle_time = provider_closes ? 50s : 1s}};
  std::optional<Fetched> outcome;
  UpstreamCall call{pool, {}, Client::later()};
  start(Client::keep(fetch(call, request_to()), outcome));
  RawPeer peer{listener.accept()};
  peer.send(answer);
  client.until([&] { return outcome.has_value(); });
  REQUIRE(pool.idle() == 1);
  if (provider_closes) peer.close();
  client.until([&] { return pool.idle() == 0; });
  if (!provider_closes) {
    peer.read_request();
    CHECK(peer.read_to_end().empty());
  }
}

TEST_CASE(
  "no more connections are kept than the bound says, and the oldest go first", "[net][upstream]") {
  const std::size_t idle_max = GENERATE(0, 2);
  CAPTURE(idle_max);
  LoopbackListener listener;
  Client client;
  UpstreamPool pool{
    client.thread(),
    Client::origin(listener.port()),
    nullptr,
    UpstreamPool::Bounds{.idle_max = idle_max, .idle_time = 50s}};
  std::array<std::optional<UpstreamCall>, 3> calls;
  std::array<std::optional<Fetched>, 3> outcomes;
  std::array<std::optional<RawPeer>, 3> peers;
  for (std::size_t i = 0; i < 3; ++i) {
    calls[i].emplace(pool, UpstreamTimeouts{}, Client::later());
    start(Client::keep(fetch(*calls[i], request_to()), outcomes[i]));
    peers[i].emplace(listener.accept());
  }
  for (std::size_t i = 0; i < 3; ++i) {
    peers[i]->send(answer);
    client.until([&] { return outcomes[i].has_value(); });
  }
  CHECK(pool.idle() == idle_max);
  peers[0]->read_request();
  CHECK(peers[0]->read_to_end().empty()); // closed: the test would wait ten seconds for it else
  pool.close_idle();
  CHECK(pool.idle() == 0);
}

TEST_CASE("a call outlives its pool", "[net][upstream]") {
  LoopbackListener listener;
  Client client;
  std::optional<UpstreamPool> pool;
  pool.emplace(client.thread(), Client::origin(listener.port()), nullptr);
  UpstreamCall call{*pool, {}, Client::later()};
  std::optional<Fetched> outcome;
  start(Client::keep(fetch(call, request_to()), outcome));
  RawPeer peer{listener.accept()};
  client.until([&] { return call.written_at().has_value(); });
  pool.reset();
  peer.send(answer);
  client.until([&] { return outcome.has_value(); });
  CHECK_FALSE(outcome->error);
  CHECK(outcome->body == "body");
  // The connection has nowhere to go back to.
  peer.read_request();
  CHECK(peer.read_to_end().empty());
}

TEST_CASE("an answer that was not read to its end takes its connection along", "[net][upstream]") {
  RawServer server{[](RawPeer& peer) {
    peer.read_request();
    peer.send("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nbody");
    peer.read_to_end();
  }};
  Client client;
  auto pool = client.pool(server.port());
  {
    UpstreamCall call{pool, {}, Client::later()};
    REQUIRE(client.run(call.send(request_to())));
  }
  CHECK(pool.idle() == 0);
}
