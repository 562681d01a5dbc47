#include "net/upstream/tls_roots.hpp"

#include <openssl/ssl.h>

namespace gateway {
namespace {

/// Where an SSL* keeps the way to its TlsSession.
int session_slot() noexcept {
  static const int slot = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return slot;
}

} // namespace

void TlsSession::Free::operator()(SSL_SESSION* session) const noexcept {
  SSL_SESSION_free(session);
}

void TlsSession::prepare(void* tls, void* session) noexcept {
  auto* const ssl = static_cast<SSL*>(tls);
  SSL_set_ex_data(ssl, session_slot(), session);
  auto& kept = static_cast<TlsSession*>(session)->kept_;
  if (!kept) return;
  // A copy: what a connection uses is marked as not resumable when the connection is closed
  // without TLS's good-bye, which is how connections end here.
  const std::unique_ptr<SSL_SESSION, Free> offered{SSL_SESSION_dup(kept.get())};
  SSL_set_session(ssl, offered.get());
  // A ticket of TLS 1.3 is for one connection, which gets the next (RFC 8446, appendix C.4).
  if (SSL_SESSION_get_protocol_version(kept.get()) >= TLS1_3_VERSION) kept.reset();
}

bool tls_has_unread(void* tls) noexcept {
  auto* const ssl = static_cast<SSL*>(tls);
  return SSL_pending(ssl) > 0 || BIO_pending(SSL_get_rbio(ssl)) > 0;
}

TlsRoots::TlsRoots() {
  auto* const native = context_.native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS); // an idle connection needs no 32 kB
  static constexpr unsigned char protocols[] = "\x08http/1.1";
  SSL_CTX_set_alpn_protos(native, protocols, sizeof protocols - 1);
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(native, &TlsRoots::on_new_session);
}

int TlsRoots::on_new_session(SSL* tls, SSL_SESSION* session) noexcept {
  auto* const known = static_cast<TlsSession*>(SSL_get_ex_data(tls, session_slot()));
  // A copy, for the same reason.
  if (known != nullptr) known->kept_.reset(SSL_SESSION_dup(session));
  return 0; // OpenSSL keeps and frees its own reference
}

Result<std::shared_ptr<TlsRoots>> load_tls_roots(const std::string& extra_ca_file) {
  auto roots = std::make_shared<TlsRoots>();
  boost::system::error_code error;
  roots->context().set_default_verify_paths(error);
  if (error) return fail(ErrorKind::internal, "the system's root certificates: " + error.message());
  if (!extra_ca_file.empty()) roots->context().load_verify_file(extra_ca_file, error);
  if (error) return fail(ErrorKind::internal, extra_ca_file + ": " + error.message());
  return roots;
}

} // namespace gateway
