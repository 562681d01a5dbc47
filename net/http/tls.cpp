#include "net/http/tls.hpp"

#include <boost/asio/ssl/context.hpp>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>

#include <array>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <utility>

namespace gateway {
namespace ssl = boost::asio::ssl;

namespace {

/// Forward secrecy and authenticated encryption only; TLS 1.3 has nothing else anyway.
constexpr const char* ciphers_of_tls12 = "ECDHE+AESGCM:ECDHE+CHACHA20";

std::string what_openssl_says() {
  std::array<char, 256> text{};
  const auto code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "unreadable";
  ERR_error_string_n(code, text.data(), text.size());
  return text.data();
}

std::string digest_of(std::initializer_list<std::string> files) {
  std::string texts;
  for (const auto& name : files) {
    std::ifstream file{name, std::ios::binary};
    texts.append(std::istreambuf_iterator<char>{file}, {});
    texts += '\0';
  }
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(texts.data()), texts.size(), digest.data());
  OPENSSL_cleanse(texts.data(), texts.size());
  return {digest.begin(), digest.end()};
}

Failed failed(const std::string& file, std::string_view what) {
  std::string message = "TLS: ";
  message += what;
  message += " '" + file + "': " + what_openssl_says();
  return fail(ErrorKind::invalid_value, std::move(message));
}

/// HTTP/1.1 is all that is spoken here; a client that insists on something else is told so.
// NOLINTNEXTLINE(readability-function-size): the parameters are OpenSSL's.
int choose_protocol(
  SSL*,
  const unsigned char** chosen,
  unsigned char* chosen_bytes,
  const unsigned char* offered,
  unsigned int offered_bytes,
  void*) {
  static constexpr std::array<unsigned char, 9> http11{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* found = nullptr;
  const auto outcome = SSL_select_next_proto(
    &found, chosen_bytes, http11.data(), http11.size(), offered, offered_bytes);
  if (outcome != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

Result<std::shared_ptr<ssl::context>>
make_context(const std::string& cert_file, const std::string& key_file) {
  ERR_clear_error();
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  auto* const native = context->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(
    native, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  // Sessions resume by tickets, which need no memory here; idle connections keep no buffers.
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
  // Without it OpenSSL would ask at the terminal for an encrypted key's password.
  SSL_CTX_set_default_passwd_cb(native, [](char*, int, int, void*) { return 0; });
  SSL_CTX_set_alpn_select_cb(native, choose_protocol, nullptr);
  if (SSL_CTX_set_cipher_list(native, ciphers_of_tls12) != 1)
    return fail(ErrorKind::internal, "TLS: this OpenSSL has none of the ciphers wanted");
  if (SSL_CTX_use_certificate_chain_file(native, cert_file.c_str()) != 1)
    return failed(cert_file, "can't use the certificate file");
  if (SSL_CTX_use_PrivateKey_file(native, key_file.c_str(), SSL_FILETYPE_PEM) != 1)
    return failed(key_file, "can't use the key file");
  if (SSL_CTX_check_private_key(native) != 1)
    return failed(key_file, "the certificate does not belong to the key file");
  return context;
}

} // namespace

Result<std::shared_ptr<TlsServer>> TlsServer::load(std::string cert_file, std::string key_file) {
  auto server = std::make_shared<TlsServer>(std::move(cert_file), std::move(key_file));
  if (auto loaded = server->reload(); !loaded) return fail(std::move(loaded.error()));
  return server;
}

TlsServer::TlsServer(std::string cert_file, std::string key_file)
    : cert_file_(std::move(cert_file)), key_file_(std::move(key_file)) {}

Result<bool> TlsServer::reload() {
  // First: what is exchanged meanwhile is news the next time.
  auto digest = digest_of({cert_file_, key_file_});
  if (context_ && digest == read_) return false;
  GATEWAY_TRY(auto context, make_context(cert_file_, key_file_));
  read_ = std::move(digest);
  const std::lock_guard lock{swapping_};
  context_ = std::move(context);
  return true;
}

std::shared_ptr<TlsServer::Context> TlsServer::context() const {
  const std::lock_guard lock{swapping_};
  return context_;
}

} // namespace gateway
