#include "actors/runtime/tls_errors.hpp"

#include "actors/runtime/next_one.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

using gateway::next_one;

// Found by the dynamic linker before OpenSSL's own, whoever calls them.
extern "C" int SSL_read(SSL* tls, void* bytes, int count) {
  static auto* const read = next_one<int(SSL*, void*, int)>("SSL_read");
  ERR_clear_error();
  return read(tls, bytes, count);
}

extern "C" int SSL_write(SSL* tls, const void* bytes, int count) {
  static auto* const write = next_one<int(SSL*, const void*, int)>("SSL_write");
  ERR_clear_error();
  return write(tls, bytes, count);
}

void gateway::keep_tls_errors_apart() noexcept {
  ERR_clear_error();
}
