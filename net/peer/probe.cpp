#include "net/peer/probe.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <openssl/ssl.h>

#include <array>

namespace gateway {
namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr Milliseconds connect_max{700};
constexpr Milliseconds talk_max{3'000};
constexpr std::size_t said_max = 4'096;
constexpr std::size_t header_bytes = 32;

using Tcp = asio::ip::tcp;

// One look: a loop of its own, whose operations are waited for one after the other.
class Look {
public:
  Look(asio::ssl::context& tls, std::string peer) : stream_(io_, tls), peer_(std::move(peer)) {}

  Result<std::string> at(const Tcp::endpoint& endpoint) {
    auto error =
      wait(connect_max, [&](auto done) { stream_.lowest_layer().async_connect(endpoint, done); });
    if (error) return unreachable(error);
    error = wait(
      talk_max, [&](auto done) { stream_.async_handshake(asio::ssl::stream_base::client, done); });
    if (error) return no_tls(error);
    std::string said;
    std::array<char, said_max> some{};
    while (said.size() < wanted(said)) {
      std::size_t bytes = 0;
      error = wait(talk_max, [&](auto done) {
        stream_.async_read_some(asio::buffer(some), [&bytes, done](error_code why, std::size_t n) {
          bytes = n;
          done(why);
        });
      });
      // TLS 1.3 lets a client believe that it is welcome until its certificate was looked at.
      if (error) return no_tls(error);
      said.append(some.data(), bytes);
    }
    return said;
  }

private:
  // Runs until the operation that `begin` starts has ended or its time is over.
  template <class Begin>
  error_code wait(Milliseconds most, Begin begin) {
    error_code outcome = asio::error::timed_out;
    begin([&outcome](error_code error, auto&&...) { outcome = error; });
    io_.restart();
    io_.run_for(most);
    if (!io_.stopped()) {
      error_code ignored; // it is closed in any case
      stream_.lowest_layer().close(ignored);
      io_.run(); // what was begun ends now, and must not outlive this
      outcome = asio::error::timed_out;
    }
    return outcome;
  }

  // A header, and then as much as it announces, if that is little.
  static std::size_t wanted(const std::string& said) {
    if (said.size() < header_bytes) return header_bytes;
    std::size_t payload = 0;
    for (std::size_t i = 4; i < 8; ++i)
      payload = payload << 8U | static_cast<unsigned char>(said[i]);
    return payload > said_max ? 0 : header_bytes + payload;
  }

  static ErrorKind kind_of(error_code error) {
    return error == asio::error::timed_out ? ErrorKind::upstream_timeout
                                           : ErrorKind::upstream_error;
  }

  Failed unreachable(error_code error) const {
    return fail(
      kind_of(error),
      error == asio::error::timed_out
        ? peer_ + " does not answer (a firewall, or nobody has that address)"
        : peer_ + " can't be reached: " + error.message());
  }

  Failed no_tls(error_code error) {
    const auto verdict = SSL_get_verify_result(stream_.native_handle());
    if (verdict != X509_V_OK)
      return fail(
        ErrorKind::upstream_error,
        peer_ + " shows a certificate that is not to be believed: "
          + X509_verify_cert_error_string(verdict)
          + " (every node needs one that is in force, signed by the authority in ca.pem)");
    if (error == asio::error::timed_out)
      return fail(kind_of(error), peer_ + " takes connections, but does not talk");
    if (error.category() == asio::error::get_ssl_category() && is_alert(error))
      return fail(
        kind_of(error),
        peer_ + " does not believe this node's certificate: " + error.message()
          + " (is it signed by the authority of that node's ca.pem, and in force there?)");
    return fail(
      kind_of(error), peer_ + " does not speak TLS as a cluster port does: " + error.message());
  }

  // What the other side says of our certificate comes as one of OpenSSL's alerts.
  static bool is_alert(error_code error) {
    const auto reason = ERR_GET_REASON(static_cast<unsigned long>(error.value()));
    switch (reason) {
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
    case SSL_R_TLSV1_ALERT_DECRYPT_ERROR:
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED: return true;
    default: return false;
    }
  }

  asio::io_context io_;
  asio::ssl::stream<Tcp::socket> stream_;
  std::string peer_;
};

Result<std::unique_ptr<asio::ssl::context>> context_of(const PeerCertificates& certificates) {
  auto tls = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(tls->native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_verify(tls->native_handle(), SSL_VERIFY_PEER, nullptr);
  if (!certificates.use_in(tls->native_handle()))
    return fail(ErrorKind::internal, "the certificates can't be used");
  return tls;
}

} // namespace

Result<std::vector<std::string>> resolve_host(const std::string& host) {
  asio::io_context io;
  Tcp::resolver resolver{io};
  error_code error;
  const auto found = resolver.resolve(host, "", error);
  if (error || found.empty())
    return fail(ErrorKind::upstream_error, "no address for " + host + ": " + error.message());
  std::vector<std::string> addresses;
  for (const auto& entry : found) addresses.push_back(entry.endpoint().address().to_string());
  return addresses;
}

Result<ProbeOutcome>
probe_peer(const std::string& host, std::uint16_t port, const PeerCertificates& certificates) {
  GATEWAY_TRY(const auto addresses, resolve_host(host));
  GATEWAY_TRY(const auto tls, context_of(certificates));
  Error last;
  for (const auto& address : addresses) {
    const bool is_v6 = address.find(':') != std::string::npos;
    const auto peer = (is_v6 ? "[" + address + "]" : address) + ":" + std::to_string(port);
    Look look{*tls, peer};
    auto said = look.at({asio::ip::make_address(address), port});
    if (said) return ProbeOutcome{address, *std::move(said)};
    last = std::move(said.error());
  }
  return fail(std::move(last));
}

} // namespace gateway
