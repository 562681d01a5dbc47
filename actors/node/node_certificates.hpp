#pragma once

#include "actors/node/options.hpp"
#include "net/base/result.hpp"
#include "net/http/tls.hpp"
#include "net/peer/peer_tls.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace gateway {

/// The certificates that a node shows clients and other nodes. Their files may be exchanged while
/// it runs: what begins from then on has the new ones, what runs keeps its own. Thread: one.
class NodeCertificates {
public:
  /// Errors: invalid_value, with what to do.
  Result<void> load(const ServeOptions& options);
  /// Takes what is new in the files, and logs it. Bad ones are named, and the old ones stay. Where
  /// nobody asked, nothing is said if nothing changed, and of a problem once.
  void reload(bool was_asked);

  /// Null: there is none.
  const std::shared_ptr<TlsServer>& https() const noexcept { return https_; }
  const std::shared_ptr<PeerTls>& cluster() const noexcept { return cluster_; }

private:
  /// `problem`: as was told last.
  static void
  tell(const char* of, std::string& problem, const Result<bool>& reloaded, bool was_asked);
  void warn_of_end();

  std::shared_ptr<TlsServer> https_;
  std::shared_ptr<PeerTls> cluster_;
  std::string problem_of_https_; // empty: all is well
  std::string problem_of_cluster_;
  std::chrono::days warned_left_ = std::chrono::days::max();
};

} // namespace gateway
