#include "tests/net/upstream/client.hpp"
#include "tests/net/upstream/raw_server.hpp"
#include "tests/net/upstream/tls_authority.hpp"

#include <catch2/catch.hpp>

#include <future>
#include <mutex>

using namespace gateway;

namespace {

constexpr const char* answer = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nbody";
constexpr const char* last_answer =
  "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 4\r\n\r\nbody";

/// What the server saw, one line per connection.
class Seen {
public:
  void note(std::string line) {
    const std::lock_guard lock{writing_};
    lines_.push_back(std::move(line));
  }
  std::vector<std::string> lines() {
    const std::lock_guard lock{writing_};
    return lines_;
  }

private:
  std::mutex writing_;
  std::vector<std::string> lines_;
};

/// Answers all requests of a connection and notes how it began.
RawServer::Script tls_server(SSL_CTX& context, Seen& seen, std::string bytes) {
  return [&context, &seen, bytes = std::move(bytes)](RawPeer& peer) {
    TlsPeer tls{context, peer.socket()};
    if (!tls.handshake()) return seen.note("no handshake");
    seen.note(tls.version() + (tls.was_resumed() ? ", resumed" : ", for " + tls.server_name()));
    while (!tls.read_request().empty()) tls.send(bytes);
  };
}

Origin tls_origin(std::uint16_t port, const std::string& host) {
  return {.tls = true, .host = host, .port = port, .host_header = host};
}

Fetched one_call(Client& client, UpstreamPool& pool) {
  UpstreamCall call{pool, {}, Client::later()};
  return client.run(fetch(call, request_to()));
}

std::shared_ptr<TlsRoots> roots_with(const std::string& file) {
  auto roots = load_tls_roots(file);
  REQUIRE(roots);
  return *roots;
}

} // namespace

TEST_CASE("a provider whose certificate is for its host is spoken to", "[net][upstream][tls]") {
  struct Row {
    const char* when;
    const char* host;
    const char* names;
    const char* seen;
  };
  const auto row = GENERATE(
    Row{"a name, told in the handshake", "localhost", "DNS:localhost", "TLSv1.3, for localhost"},
    Row{"an address, which is never told", "127.0.0.1", "IP:127.0.0.1", "TLSv1.3, for "});
  CAPTURE(row.when);
  const TlsAuthority authority;
  const auto context = authority.server(row.names);
  Seen seen;
  RawServer server{tls_server(*context, seen, answer)};
  Client client;
  UpstreamPool pool{
    client.thread(), tls_origin(server.port(), row.host), roots_with(authority.root_file())};
  for (int i = 0; i < 3; ++i) {
    const auto outcome = one_call(client, pool);
    CHECK_FALSE(outcome.error);
    CHECK(outcome.body == "body");
  }
  CHECK(pool.idle() == 1);
  CHECK(seen.lines() == std::vector<std::string>{row.seen});
}

TEST_CASE("a provider that can't prove who it is gets no request", "[net][upstream][tls]") {
  struct Row {
    const char* when;
    const char* names;
    bool expired;
    bool trusted;
    const char* why;
  };
  const auto row = GENERATE(
    Row{"another host", "DNS:other.example", false, true, "the certificate is for another host"},
    Row{"another address", "IP:127.0.0.2", false, true, "the certificate is for another host"},
    Row{"a wildcard too wide", "DNS:*", false, true, "the certificate is for another host"},
    Row{"expired", "DNS:localhost", true, true, "certificate has expired"},
    Row{
      "an authority nobody knows",
      "DNS:localhost",
      false,
      false,
      "unable to get local issuer certificate"});
  CAPTURE(row.when);
  const TlsAuthority authority;
  const auto context = authority.server(row.names, row.expired);
  Seen seen;
  RawServer server{tls_server(*context, seen, answer)};
  Client client;
  UpstreamPool pool{
    client.thread(),
    tls_origin(server.port(), "localhost"),
    roots_with(row.trusted ? authority.root_file() : "")};
  UpstreamCall call{pool, {}, Client::later()};
  const auto outcome = client.run(fetch(call, request_to()));
  REQUIRE(outcome.error);
  CHECK(outcome.error->kind == ErrorKind::upstream_error);
  CHECK_THAT(outcome.error->message, Catch::Contains(row.why));
  CHECK_FALSE(call.touched_the_wire());
  CHECK(pool.idle() == 0);
}

TEST_CASE("a TLS session is resumed by the next connection", "[net][upstream][tls]") {
  struct Row {
    int version;
    const char* name;
  };
  const auto row = GENERATE(Row{TLS1_3_VERSION, "TLSv1.3"}, Row{TLS1_2_VERSION, "TLSv1.2"});
  CAPTURE(row.name);
  const TlsAuthority authority;
  const auto context = authority.server("DNS:localhost");
  SSL_CTX_set_max_proto_version(context.get(), row.version);
  Seen seen;
  RawServer server{tls_server(*context, seen, last_answer)};
  Client client;
  UpstreamPool pool{
    client.thread(), tls_origin(server.port(), "localhost"), roots_with(authority.root_file())};
  for (int i = 0; i < 3; ++i) CHECK_FALSE(one_call(client, pool).error);
  const std::string name = row.name;
  CHECK(
    seen.lines()
    == std::vector<std::string>{name + ", for localhost", name + ", resumed", name + ", resumed"});
}

TEST_CASE("a session of one origin is not offered to another", "[net][upstream][tls]") {
  const TlsAuthority authority;
  const auto context = authority.server("DNS:localhost,IP:127.0.0.1");
  Seen seen;
  RawServer server{tls_server(*context, seen, last_answer)};
  Client client;
  const auto roots = roots_with(authority.root_file());
  UpstreamPool by_name{client.thread(), tls_origin(server.port(), "localhost"), roots};
  UpstreamPool by_address{client.thread(), tls_origin(server.port(), "127.0.0.1"), roots};
  CHECK_FALSE(one_call(client, by_name).error);
  CHECK_FALSE(one_call(client, by_address).error);
  CHECK(seen.lines() == std::vector<std::string>{"TLSv1.3, for localhost", "TLSv1.3, for "});
}

TEST_CASE("TLS before 1.2 is not spoken", "[net][upstream][tls]") {
  const TlsAuthority authority;
  const auto context = authority.server("DNS:localhost");
  SSL_CTX_set_security_level(context.get(), 0);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(context.get(), TLS1_1_VERSION);
  Seen seen;
  RawServer server{tls_server(*context, seen, answer)};
  Client client;
  UpstreamPool pool{
    client.thread(), tls_origin(server.port(), "localhost"), roots_with(authority.root_file())};
  const auto outcome = one_call(client, pool);
  REQUIRE(outcome.error);
  CHECK(outcome.error->kind == ErrorKind::upstream_error);
}

TEST_CASE("a server that speaks no TLS is an error", "[net][upstream][tls]") {
  RawServer server{[](RawPeer& peer) {
    peer.send("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
    peer.read_to_end();
  }};
  Client client;
  UpstreamPool pool{client.thread(), tls_origin(server.port(), "localhost"), roots_with("")};
  const auto outcome = one_call(client, pool);
  REQUIRE(outcome.error);
  CHECK(outcome.error->kind == ErrorKind::upstream_error);
}

TEST_CASE("a silent handshake is over with the time to connect", "[net][upstream][tls]") {
  RawServer server{[](RawPeer& peer) { peer.read_to_end(); }};
  Client client;
  UpstreamPool pool{client.thread(), tls_origin(server.port(), "localhost"), roots_with("")};
  UpstreamTimeouts timeouts;
  timeouts.connect = 60ms;
  UpstreamCall call{pool, timeouts, Client::later()};
  const auto outcome = client.run(fetch(call, request_to()));
  REQUIRE(outcome.error);
  CHECK(outcome.error->kind == ErrorKind::upstream_timeout);
  CHECK(outcome.error->message == "no connection within 60 ms");
}

TEST_CASE("a call can be cancelled in the midst of a handshake", "[net][upstream][tls]") {
  LoopbackListener listener;
  Client client;
  UpstreamPool pool{client.thread(), tls_origin(listener.port(), "127.0.0.1"), roots_with("")};
  UpstreamCall call{pool, {}, Client::later()};
  std::optional<Fetched> outcome;
  start(Client::keep(fetch(call, request_to()), outcome));
  RawPeer peer{listener.accept()};
  std::atomic<bool> greeted = false;
  std::thread reader{[&] {
    char byte = 0;
    greeted = ::recv(peer.socket(), &byte, 1, 0) == 1;
  }};
  client.until([&] { return greeted.load(); });
  reader.join();
  call.cancel();
  client.until([&] { return outcome.has_value(); });
  REQUIRE(outcome->error);
  CHECK(outcome->error->kind == ErrorKind::cancelled);
}

TEST_CASE("an answer that ends with the connection needs TLS's good-bye", "[net][upstream][tls]") {
  const bool says_good_bye = GENERATE(true, false);
  CAPTURE(says_good_bye);
  const TlsAuthority authority;
  const auto context = authority.server("DNS:localhost");
  RawServer server{[&](RawPeer& peer) {
    TlsPeer tls{*context, peer.socket()};
    if (!tls.handshake()) return;
    tls.read_request();
    tls.send("HTTP/1.1 200 OK\r\n\r\npart");
    if (says_good_bye) tls.say_good_bye();
  }};
  Client client;
  UpstreamPool pool{
    client.thread(), tls_origin(server.port(), "localhost"), roots_with(authority.root_file())};
  const auto outcome = one_call(client, pool);
  CHECK(outcome.body == "part");
  CHECK(!outcome.error == says_good_bye);
}

TEST_CASE(
  "a second answer within the first one's record spoils the connection", "[net][upstream][tls]") {
  const TlsAuthority authority;
  const auto context = authority.server("DNS:localhost");
  Seen seen;
  RawServer server{tls_server(*context, seen, std::string{answer} + answer)};
  Client client;
  UpstreamPool pool{
    client.thread(), tls_origin(server.port(), "localhost"), roots_with(authority.root_file())};
  const auto outcome = one_call(client, pool);
  CHECK_FALSE(outcome.error);
  CHECK(outcome.body == "body");
  CHECK(pool.idle() == 0);
}

TEST_CASE("large bodies go both ways over TLS", "[net][upstream][tls]") {
  const TlsAuthority authority;
  const auto context = authority.server("DNS:localhost");
  const std::string text(3'000'000, 't');
  RawServer server{[&](RawPeer& peer) {
    TlsPeer tls{*context, peer.socket()};
    if (!tls.handshake()) return;
    auto request = tls.read_request();
    const auto body_begin = request.find("\r\n\r\n") + 4;
    std::string all = request.substr(body_begin);
    while (all.size() < text.size()) all += tls.read_some();
    tls.send("HTTP/1.1 200 OK\r\ncontent-length: " + std::to_string(all.size()) + "\r\n\r\n" + all);
    tls.read_request();
  }};
  Client client;
  UpstreamPool pool{
    client.thread(), tls_origin(server.port(), "localhost"), roots_with(authority.root_file())};
  UpstreamCall call{pool, {}, Client::later()};
  const std::vector<std::string_view> body{text};
  const auto outcome = client.run(fetch_all(call, request_to(body), text.size()));
  CHECK_FALSE(outcome.error);
  CHECK((outcome.body == text));
  CHECK(pool.idle() == 1);
}

TEST_CASE("roots that can't be loaded are an error", "[net][upstream][tls]") {
  const auto roots = load_tls_roots("tests/no-such-file.pem");
  REQUIRE_FALSE(roots);
  CHECK(roots.error().kind == ErrorKind::internal);
  CHECK_THAT(roots.error().message, Catch::StartsWith("tests/no-such-file.pem: "));
}
