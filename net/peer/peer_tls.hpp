#pragma once

#include "net/peer/certificates.hpp"

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace gateway {

/// The certificates that connections with other nodes begin with; a running one keeps those it
/// began with. Thread: any.
class PeerTls {
public:
  /// Errors: as PeerCertificates::load.
  static Result<std::shared_ptr<PeerTls>> load(std::string folder, WallTime now);
  ~PeerTls();
  PeerTls(const PeerTls&) = delete;
  PeerTls& operator=(const PeerTls&) = delete;

  /// Reads the folder again; whether there was anything new. Errors: as `load`; then what was
  /// there stays in force.
  Result<bool> reload(WallTime now);
  std::shared_ptr<const PeerCertificates> certificates() const;

  /// Stands for a file's name where a library makes its own contexts (actors/runtime/tls_files.hpp)
  /// and is no file's.
  const std::string& name() const noexcept { return name_; }
  /// Those in force of whichever has that name; null: it is a file's.
  static std::shared_ptr<const PeerCertificates> named(std::string_view name);

private:
  PeerTls(std::string folder, std::shared_ptr<const PeerCertificates> certificates);

  std::string folder_;
  std::string name_;
  mutable std::mutex exchanging_; // taken once per connection
  std::shared_ptr<const PeerCertificates> certificates_;
};

} // namespace gateway
