#include "net/http/tls_layer.hpp"

#include "tests/net/http/certificate.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <catch2/catch.hpp>
#include <openssl/ssl.h>

#include <array>
#include <string>

namespace gateway::testing {
namespace {

namespace ssl = boost::asio::ssl;

ssl::context server_with(const Certificate& certificate) {
  ssl::context context{ssl::context::tls_server};
  context.use_certificate_chain(boost::asio::buffer(certificate.cert_pem));
  context.use_private_key(boost::asio::buffer(certificate.key_pem), ssl::context::pem);
  return context;
}

ssl::context client_that_trusts(const Certificate& certificate) {
  ssl::context context{ssl::context::tls_client};
  context.add_certificate_authority(boost::asio::buffer(certificate.cert_pem));
  return context;
}

/// Both ends of a connection, and the bytes between them.
struct Ends {
  explicit Ends(const std::string& expected) { REQUIRE(client.expect_host(expected)); }

  /// Moves what one end wants sent, `bytes_at_once` at a time.
  static void carry(TlsLayer& from, TlsLayer& to, std::size_t bytes_at_once = 1'000'000) {
    std::string bytes;
    from.take(bytes);
    for (std::size_t at = 0; at < bytes.size(); at += bytes_at_once)
      to.give(std::string_view{bytes}.substr(at, bytes_at_once));
  }

  /// The error that ended it, if one did.
  boost::system::error_code shake_hands() {
    TlsLayer::Step at_client_now;
    TlsLayer::Step at_server_now;
    do {
      at_client_now = client.shake_hands();
      carry(client, server);
      if (at_client_now.error) return at_client_now.error;
      at_server_now = server.shake_hands();
      carry(server, client);
      if (at_server_now.error) return at_server_now.error;
    } while (at_client_now.wants_more || at_server_now.wants_more);
    return {};
  }

  /// What the other end has sent, as far as it is there.
  static std::string read_all(TlsLayer& end) {
    std::string all;
    std::array<char, 1000> bytes;
    while (true) {
      const auto step = end.read(bytes.data(), bytes.size());
      if (step.error) return all + "(" + step.error.message() + ")";
      if (step.wants_more) return all;
      all.append(bytes.data(), step.bytes);
    }
  }

  const Certificate certificate = make_certificate("localhost");
  ssl::context at_client = client_that_trusts(certificate);
  ssl::context at_server = server_with(certificate);
  TlsLayer client{at_client.native_handle(), TlsLayer::Side::client};
  TlsLayer server{at_server.native_handle(), TlsLayer::Side::server};
};

TEST_CASE("two ends of TLS shake hands and hear each other, byte by byte", "[net][http][tls]") {
  Ends ends{"localhost"};
  REQUIRE_FALSE(ends.shake_hands());
  const std::string much(100'000, 'm');
  CHECK(ends.client.write("one").bytes == 3);
  for (std::size_t at = 0; at < much.size();)
    at += ends.client.write(std::string_view{much}.substr(at, 16'384)).bytes;
  Ends::carry(ends.client, ends.server, 1);
  CHECK(Ends::read_all(ends.server) == "one" + much);
  CHECK(ends.server.write("two").bytes == 3);
  Ends::carry(ends.server, ends.client);
  CHECK(Ends::read_all(ends.client) == "two");
}

TEST_CASE("who is not the host that was expected is told so", "[net][http][tls]") {
  Ends ends{"other.example"};
  const auto error = ends.shake_hands();
  CHECK(error.category() == boost::asio::error::get_ssl_category());
  CHECK(SSL_get_verify_result(ends.client.native()) == X509_V_ERR_HOSTNAME_MISMATCH);
  CHECK(ends.server.shake_hands().error); // the alert came
}

TEST_CASE("a good-bye is an end, and silence none", "[net][http][tls]") {
  Ends ends{"localhost"};
  REQUIRE_FALSE(ends.shake_hands());
  CHECK(ends.server.why_ended() == boost::asio::ssl::error::stream_truncated);
  CHECK(ends.client.say_good_bye().wants_more);
  Ends::carry(ends.client, ends.server);
  const boost::system::error_code eof = boost::asio::error::eof;
  CHECK(Ends::read_all(ends.server) == "(" + eof.message() + ")");
  CHECK(ends.server.why_ended() == eof);
  const auto answered = ends.server.say_good_bye();
  CHECK_FALSE(answered.error);
  CHECK_FALSE(answered.wants_more);
  Ends::carry(ends.server, ends.client);
  const auto heard = ends.client.say_good_bye();
  CHECK_FALSE(heard.error);
  CHECK_FALSE(heard.wants_more);
}

TEST_CASE("the keys may change while both talk", "[net][http][tls]") {
  Ends ends{"localhost"};
  REQUIRE_FALSE(ends.shake_hands());
  Ends::read_all(ends.client); // the server's tickets
  REQUIRE(SSL_key_update(ends.client.native(), SSL_KEY_UPDATE_REQUESTED) == 1);
  CHECK(ends.client.write("under new keys").bytes == 14);
  Ends::carry(ends.client, ends.server);
  CHECK(Ends::read_all(ends.server) == "under new keys");
  CHECK(ends.server.write("likewise").bytes == 8);
  Ends::carry(ends.server, ends.client);
  CHECK(Ends::read_all(ends.client) == "likewise");
}

} // namespace
} // namespace gateway::testing
