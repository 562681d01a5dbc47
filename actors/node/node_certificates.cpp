#include "actors/node/node_certificates.hpp"

#include "net/base/log.hpp"

#include <utility>

namespace gateway {
namespace {

constexpr std::chrono::days ends_soon{14};

} // namespace

Result<void> NodeCertificates::load(const ServeOptions& options) {
  if (!options.tls_cert.empty()) {
    GATEWAY_TRY(https_, TlsServer::load(options.tls_cert, options.tls_key));
  }
  if (options.cluster_listen) {
    GATEWAY_TRY(cluster_, PeerTls::load(options.cluster_tls, wall_now()));
    warn_of_end();
  }
  return {};
}

void NodeCertificates::reload(bool was_asked) {
  if (https_) tell("https", problem_of_https_, https_->reload(), was_asked);
  if (!cluster_) return;
  tell("cluster", problem_of_cluster_, cluster_->reload(wall_now()), was_asked);
  warn_of_end();
}

void NodeCertificates::tell(
  const char* of, std::string& problem, const Result<bool>& reloaded, bool was_asked) {
  const auto now = reloaded ? "" : reloaded.error().message;
  const bool is_news = std::exchange(problem, now) != now;
  if (!reloaded && (is_news || was_asked))
    log::error("certificate not reloaded, the old one stays of={} problem={}", of, now);
  else if (reloaded && *reloaded)
    log::info("certificate reloaded of={}", of);
  else if (reloaded && was_asked)
    log::info("certificate unchanged of={}", of);
}

// Once for each day that is left.
void NodeCertificates::warn_of_end() {
  const auto left =
    std::chrono::floor<std::chrono::days>(cluster_->certificates()->expires - wall_now());
  if (std::exchange(warned_left_, left) == left || left >= ends_soon) return;
  log::warn("certificate of the cluster port expires soon days_left={}", left.count());
}

} // namespace gateway
