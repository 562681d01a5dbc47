#pragma once

#include "net/base/result.hpp"
#include "net/base/time.hpp"

#include <memory>
#include <string>

struct ssl_ctx_st; // OpenSSL's SSL_CTX

namespace gateway {

/// What a node shows other nodes, and what it believes them by: copies of what was checked, so that
/// a file that is replaced or broken later stops nothing.
struct PeerCertificates {
  std::string authority; // PEM: who signs the cluster's certificates
  std::string chain;     // PEM: this node's certificate, and those between it and the authority
  std::string key;       // PEM
  WallTime expires{};    // the first of this node's chain

  /// Reads `folder`/ca.pem, node.pem and node.key, and checks that the key is the certificate's,
  /// that the authority signed it, and that it is in force at `now`.
  /// Errors: invalid_value, naming the file, what is wrong with it and what to do.
  static Result<std::shared_ptr<const PeerCertificates>>
  load(const std::string& folder, WallTime now);

  /// Connections of that context show them, and believe whom the authority has signed.
  bool use_in(ssl_ctx_st* context) const;
};

} // namespace gateway
