#pragma once

#include <openssl/ssl.h>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace gateway {

struct FreeTls {
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const noexcept { X509_free(certificate); }
  void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
  void operator()(SSL* tls) const noexcept { SSL_free(tls); }
};

/// A certificate authority made for one test, with its root in a file.
class TlsAuthority {
public:
  TlsAuthority();
  ~TlsAuthority();
  TlsAuthority(const TlsAuthority&) = delete;
  TlsAuthority& operator=(const TlsAuthority&) = delete;

  const std::string& root_file() const noexcept { return root_file_; }

  /// What a server with a certificate for `names` ("DNS:a,IP:127.0.0.1") needs. `expired`: its
  /// time is over.
  std::unique_ptr<SSL_CTX, FreeTls> server(const std::string& names, bool expired = false) const;

private:
  std::unique_ptr<EVP_PKEY, FreeTls> key_;
  std::unique_ptr<X509, FreeTls> root_;
  std::string root_file_;
};

/// The server's end of one TLS connection over a blocking socket.
class TlsPeer {
public:
  TlsPeer(SSL_CTX& context, int socket);

  /// False if the client did not like the certificate, or the server the client.
  bool handshake() { return SSL_accept(tls_.get()) == 1; }
  std::string read_request();
  std::string read_some();
  void send(std::string_view bytes);
  void say_good_bye() { SSL_shutdown(tls_.get()); }
  bool was_resumed() const noexcept { return SSL_session_reused(tls_.get()) == 1; }
  std::string server_name() const;
  std::string version() const { return SSL_get_version(tls_.get()); }

private:
  std::unique_ptr<SSL, FreeTls> tls_;
};

} // namespace gateway
