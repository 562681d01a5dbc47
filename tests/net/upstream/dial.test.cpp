#include "net/upstream/dial.hpp"

#include "tests/net/upstream/client.hpp"
#include "tests/net/upstream/raw_server.hpp"

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

using namespace gateway;

namespace {

int option(int socket, int level, int name) {
  int value = -1;
  socklen_t bytes = sizeof value;
  REQUIRE(::getsockopt(socket, level, name, &value, &bytes) == 0);
  return value;
}

std::shared_ptr<Connections> connections_to(Client& client, std::uint16_t port) {
  return std::make_shared<Connections>(
    client.thread(), Client::origin(port), nullptr, UpstreamPool::Bounds{});
}

} // namespace

TEST_CASE(
  "a socket to a provider delivers within the count delay or not at all", "[net][upstream]") {
  LoopbackListener listener;
  Client client;
  auto connections = connections_to(client, listener.port());
  Dial dial{*connections, 640ms};
  const auto stream = client.run(dial.connect(Client::later()));
  REQUIRE(stream);
  const int socket = (*stream)->native_handle();
  CHECK(option(socket, IPPROTO_TCP, TCP_USER_TIMEOUT) == 640);
  CHECK(option(socket, IPPROTO_TCP, TCP_NODELAY) == 1);
  CHECK(option(socket, SOL_SOCKET, SO_KEEPALIVE) == 1);
  linger unsent{};
  socklen_t bytes = sizeof unsent;
  REQUIRE(::getsockopt(socket, SOL_SOCKET, SO_LINGER, &unsent, &bytes) == 0);
  CHECK(unsent.l_onoff == 1);
  CHECK(unsent.l_linger == 0);
  CHECK((::fcntl(socket, F_GETFD) & FD_CLOEXEC) != 0);
  CHECK((::fcntl(socket, F_GETFL) & O_NONBLOCK) != 0);
}

TEST_CASE("an origin that needs TLS is not reached without roots", "[net][upstream]") {
  LoopbackListener listener;
  Client client;
  auto origin = Client::origin(listener.port());
  origin.tls = true;
  auto connections =
    std::make_shared<Connections>(client.thread(), origin, nullptr, UpstreamPool::Bounds{});
  Dial dial{*connections, 640ms};
  const auto stream = client.run(dial.connect(Client::later()));
  REQUIRE_FALSE(stream);
  CHECK(stream.error().kind == ErrorKind::upstream_error);
}

TEST_CASE("a lookup that nobody waits for any more ends without harm", "[net][upstream]") {
  Client client;
  std::optional<Lookup::Found> found;
  {
    const auto lookup = std::make_shared<Lookup>(client.thread());
    const auto resolve = [&](std::shared_ptr<Lookup> kept, Instant due) -> Co<Lookup::Found> {
      co_return co_await kept->resolve("localhost", 80, due);
    };
    start(Client::keep(resolve(lookup, Client::later()), found));
    lookup->give_up();
    client.until([&] { return found.has_value(); });
    CHECK(found->error == boost::asio::error::operation_aborted);
    CHECK(found->endpoints.empty());
  }
  // The resolver still answers; it finds nobody.
  found.reset();
  const auto another = std::make_shared<Lookup>(client.thread());
  const auto resolve = [&]() -> Co<Lookup::Found> {
    co_return co_await another->resolve("localhost", 80, Client::later());
  };
  start(Client::keep(resolve(), found));
  client.until([&] { return found.has_value(); });
  CHECK_FALSE(found->error);
  CHECK_FALSE(found->endpoints.empty());
}
