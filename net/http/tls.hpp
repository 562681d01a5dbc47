#pragma once

#include "net/base/result.hpp"

#include <memory>
#include <mutex>
#include <string>

namespace boost::asio::ssl {
class context;
} // namespace boost::asio::ssl

namespace gateway {

/// The certificate and key that clients are served with: TLS 1.2 and 1.3, HTTP/1.1 by ALPN.
/// Thread: any.
class TlsServer {
public:
  using Context = boost::asio::ssl::context;

  /// Shape: PEM files; the certificate file holds the chain, leaf first.
  /// Errors: invalid_value, naming the file at fault.
  static Result<std::shared_ptr<TlsServer>> load(std::string cert_file, std::string key_file);

  /// Reads both files again, and says whether there was anything new: new connections get the new
  /// certificate, running ones keep theirs. Errors: as `load`; then the old pair stays in force.
  /// Thread: one at a time.
  Result<bool> reload();

  /// What a new connection is served with.
  std::shared_ptr<Context> context() const;

  TlsServer(std::string cert_file, std::string key_file);

private:
  std::string cert_file_;
  std::string key_file_;
  std::string read_;            // a digest of what both held last
  mutable std::mutex swapping_; // taken once per TLS connection, never per request
  std::shared_ptr<Context> context_;
};

} // namespace gateway
