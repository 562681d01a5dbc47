#include "net/http/tls.hpp"

#include "tests/net/http/certificate.hpp"
#include "tests/net/http/raw_client.hpp"
#include "tests/net/http/running_server.hpp"
#include "tests/net/http/tls_client.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <unistd.h>

namespace gateway::testing {
namespace {

const std::string get = "GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// A folder with `cert.pem` and `key.pem`, removed at the end.
class CertificateFolder {
public:
  CertificateFolder() {
    std::string pattern = std::filesystem::temp_directory_path() / "gateway-tls-XXXXXX";
    path_ = ::mkdtemp(pattern.data());
  }
  ~CertificateFolder() { std::filesystem::remove_all(path_); }

  std::string cert() const { return path_ / "cert.pem"; }
  std::string key() const { return path_ / "key.pem"; }
  void write(const Certificate& made) const {
    std::ofstream{cert()} << made.cert_pem;
    std::ofstream{key()} << made.key_pem;
  }

private:
  std::filesystem::path path_;
};

std::shared_ptr<TlsServer> loaded(const CertificateFolder& folder) {
  auto tls = TlsServer::load(folder.cert(), folder.key());
  REQUIRE(tls);
  return *std::move(tls);
}

TEST_CASE("requests and streams go through TLS as they are", "[net][http][tls]") {
  const CertificateFolder folder;
  folder.write(make_certificate("localhost"));
  RunningServer running{
    [](Exchange& exchange) {
      if (exchange.head().path != "/stream") return echo(exchange);
      return [](Exchange& given) -> Co<void> {
        const std::string piece(100'000, given.is_tls() ? 'x' : '-');
        given.begin(200, {});
        const auto written = co_await given.write(piece);
        if (!written) co_return;
        const auto ended = co_await given.end("end");
        if (!ended) co_return;
      }(exchange);
    },
    {},
    loaded(folder)};
  CHECK(running.server().addresses().front().starts_with("https://127.0.0.1:"));
  TlsClient client{running.port()};
  REQUIRE(client.send(get));
  CHECK(client.read_until("GET\n/a\n\n\n").find("200 OK") != std::string::npos);
  REQUIRE(client.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n"));
  const auto streamed = client.read_until("0\r\n\r\n");
  CHECK(streamed.find("186a0\r\n" + std::string(100'000, 'x') + "\r\n") != std::string::npos);
  CHECK(streamed.ends_with("\r\n3\r\nend\r\n0\r\n\r\n"));
  const std::string body(200'000, 'b');
  REQUIRE(client.send(
    "POST /p HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 200000\r\n\r\n" + body));
  CHECK(client.read_until("POST\n/p\n\n" + body + "\n").ends_with("b\n"));
  CHECK(client.is_closed_in_order());
  CHECK(client.protocol() == "http/1.1");
  CHECK(client.version() == "TLSv1.3");
}

TEST_CASE("TLS below 1.2, other protocols and no TLS at all get nothing", "[net][http][tls]") {
  const CertificateFolder folder;
  folder.write(make_certificate("localhost"));
  RunningServer running{echo, impatient(), loaded(folder)};
  CHECK_THROWS(TlsClient{running.port(), {.version_max = TlsClient::tls11}});
  CHECK_THROWS(TlsClient{running.port(), {.protocol = "h2"}});
  CHECK_NOTHROW(TlsClient{running.port(), {.version_max = TlsClient::tls12}});
  RawClient plain{running.port()};
  REQUIRE(plain.send(get));
  CHECK(plain.read_to_end().find("HTTP/") == std::string::npos);
}

TEST_CASE("a handshake that does not come to its end is given up", "[net][http][tls]") {
  const CertificateFolder folder;
  folder.write(make_certificate("localhost"));
  RunningServer running{echo, impatient(), loaded(folder)};
  RawClient client{running.port()};
  REQUIRE(client.send("\x16\x03\x01"));
  CHECK(client.is_closed_by_peer());
  CHECK(running.becomes([&] { return running.server().connections() == 0; }));
}

TEST_CASE(
  "a new certificate serves new connections, a bad one changes nothing", "[net][http][tls]") {
  const CertificateFolder folder;
  folder.write(make_certificate("first"));
  const auto tls = loaded(folder);
  RunningServer running{echo, {}, tls};
  TlsClient before{running.port()};
  CHECK(before.peer_name() == "first");

  folder.write(make_certificate("second"));
  REQUIRE(tls->reload());
  TlsClient after{running.port()};
  CHECK(after.peer_name() == "second");
  REQUIRE(before.send(get));
  CHECK(before.read_until("GET\n/a\n\n\n").find("200 OK") != std::string::npos);

  std::ofstream{folder.key()} << make_certificate("other").key_pem;
  const auto refused = tls->reload();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::invalid_value);
  CHECK(refused.error().message.find("key.pem") != std::string::npos);
  TlsClient still{running.port()};
  CHECK(still.peer_name() == "second");
}

TEST_CASE("files that can't be served with are refused with their name", "[net][http][tls]") {
  const CertificateFolder folder;
  const auto made = make_certificate("localhost");
  struct Row {
    const char* when;
    std::string cert, key;
    const char* names;
  };
  const auto row = GENERATE_COPY(
    Row{"no certificate", "", made.key_pem, "cert.pem"},
    Row{"no key", made.cert_pem, "", "key.pem"},
    Row{"exchanged", made.key_pem, made.cert_pem, "cert.pem"},
    Row{"nonsense", "nonsense", made.key_pem, "cert.pem"},
    Row{"another's key", made.cert_pem, make_certificate("b").key_pem, "key.pem"});
  CAPTURE(row.when);
  folder.write({row.cert, row.key});
  const auto refused = TlsServer::load(folder.cert(), folder.key());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::invalid_value);
  CHECK(refused.error().message.find(row.names) != std::string::npos);
  CHECK_FALSE(TlsServer::load(folder.cert() + ".missing", folder.key()));
}

TEST_CASE("an idle TLS connection serves again and ends in a drain", "[net][http][tls]") {
  const CertificateFolder folder;
  folder.write(make_certificate("localhost"));
  auto limits = impatient();
  limits.idle_time = 10'000ms;
  RunningServer running{echo, limits, loaded(folder)};
  TlsClient client{running.port()};
  for (int i = 0; i < 2; ++i) {
    REQUIRE(client.send(get));
    CHECK(client.read_until("GET\n/a\n\n\n").find("200 OK") != std::string::npos);
    CHECK_FALSE(client.has_something_to_read(200)); // the session gave its buffer back
  }
  running.stop_accepting();
  CHECK(running.becomes([&] { return running.server().is_quiet(); }));
}

} // namespace
} // namespace gateway::testing
