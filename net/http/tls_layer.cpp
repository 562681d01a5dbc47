#include "net/http/tls_layer.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/error.hpp>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <limits>
#include <new>

namespace gateway {
namespace asio = boost::asio;
using boost::system::error_code;

namespace {

/// What one call of OpenSSL takes: it counts in int.
int bounded(std::size_t bytes) noexcept {
  return static_cast<int>(
    std::min(bytes, static_cast<std::size_t>(std::numeric_limits<int>::max())));
}

} // namespace

void TlsLayer::Free::operator()(ssl_st* tls) const noexcept {
  SSL_free(tls);
}

TlsLayer::TlsLayer(ssl_ctx_st* context, Side side)
    : tls_(SSL_new(context)), from_peer_(BIO_new(BIO_s_mem())), to_peer_(BIO_new(BIO_s_mem())) {
  // As `new` does: OpenSSL has no other reason.
  if (!tls_ || from_peer_ == nullptr || to_peer_ == nullptr) throw std::bad_alloc{};
  SSL_set_bio(tls_.get(), from_peer_, to_peer_);
  if (side == Side::server)
    SSL_set_accept_state(tls_.get());
  else
    SSL_set_connect_state(tls_.get());
}

TlsLayer::~TlsLayer() = default;

bool TlsLayer::expect_host(const std::string& host) {
  SSL_set_verify(tls_.get(), SSL_VERIFY_PEER, nullptr);
  error_code is_name;
  asio::ip::make_address(host, is_name);
  if (!is_name) return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls_.get()), host.c_str()) == 1;
  // What the macro SSL_set_tlsext_host_name stands for, without its old-style cast.
  std::string sent = host;
  constexpr auto name_kind = TLSEXT_NAMETYPE_host_name;
  return SSL_set1_host(tls_.get(), host.c_str()) == 1
    && SSL_ctrl(tls_.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, name_kind, sent.data()) == 1;
}

TlsLayer::Step TlsLayer::outcome(int returned) const {
  Step step;
  if (returned > 0) {
    step.bytes = static_cast<std::size_t>(returned);
    return step;
  }
  switch (SSL_get_error(tls_.get(), returned)) {
  case SSL_ERROR_WANT_READ: step.wants_more = true; break;
  case SSL_ERROR_ZERO_RETURN: step.error = asio::error::eof; break;
  case SSL_ERROR_SSL:
    step.error = {static_cast<int>(ERR_get_error()), asio::error::get_ssl_category()};
    break;
  default: step.error = asio::ssl::error::unspecified_system_error;
  }
  return step;
}

TlsLayer::Step TlsLayer::shake_hands() {
  ERR_clear_error();
  return outcome(SSL_do_handshake(tls_.get()));
}

TlsLayer::Step TlsLayer::read(char* into, std::size_t room) {
  ERR_clear_error();
  return outcome(SSL_read(tls_.get(), into, bounded(room)));
}

TlsLayer::Step TlsLayer::write(std::string_view bytes) {
  ERR_clear_error();
  return outcome(SSL_write(tls_.get(), bytes.data(), bounded(bytes.size())));
}

TlsLayer::Step TlsLayer::say_good_bye() {
  ERR_clear_error();
  const auto returned = SSL_shutdown(tls_.get());
  // Said, and not yet heard.
  if (returned == 0) return {.error = {}, .bytes = 0, .wants_more = true};
  return outcome(returned);
}

void TlsLayer::give(std::string_view bytes) {
  if (BIO_write(from_peer_, bytes.data(), bounded(bytes.size())) != bounded(bytes.size()))
    throw std::bad_alloc{};
}

error_code TlsLayer::why_ended() const {
  if ((SSL_get_shutdown(tls_.get()) & SSL_RECEIVED_SHUTDOWN) != 0) return asio::error::eof;
  return asio::ssl::error::stream_truncated;
}

void TlsLayer::take(std::string& out) {
  const auto count = BIO_pending(to_peer_);
  if (count <= 0) return;
  const auto before = out.size();
  out.resize(before + static_cast<std::size_t>(count));
  (void)BIO_read(to_peer_, out.data() + before, static_cast<int>(count)); // all that was pending
}

} // namespace gateway
