#include "actors/runtime/tls_files.hpp"

#include "actors/runtime/next_one.hpp"
#include "net/peer/peer_tls.hpp"

#include <openssl/ssl.h>

using gateway::next_one;
using gateway::PeerTls;

// Found by the dynamic linker before OpenSSL's own, whoever calls them.
extern "C" int SSL_CTX_use_certificate_chain_file(SSL_CTX* context, const char* file) {
  static auto* const use =
    next_one<int(SSL_CTX*, const char*)>("SSL_CTX_use_certificate_chain_file");
  const auto certificates = PeerTls::named(file);
  if (!certificates) return use(context, file);
  return certificates->use_in(context) ? 1 : 0;
}

extern "C" int SSL_CTX_use_PrivateKey_file(SSL_CTX* context, const char* file, int type) {
  static auto* const use = next_one<int(SSL_CTX*, const char*, int)>("SSL_CTX_use_PrivateKey_file");
  // It came with its certificate.
  return PeerTls::named(file) ? 1 : use(context, file, type);
}

void gateway::know_certificates_by_name() noexcept {}
