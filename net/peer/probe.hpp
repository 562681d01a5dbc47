#pragma once

#include "net/base/result.hpp"
#include "net/peer/certificates.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace gateway {

/// The addresses of a host at this moment, as text; of an IP address itself.
/// Errors: upstream_error. Thread: any; the calling thread waits for the name service.
Result<std::vector<std::string>> resolve_host(const std::string& host);

/// What a look at a peer's port found.
struct ProbeOutcome {
  std::string address; // where it was reached
  std::string said;    // its first bytes, which are BASP's server handshake
};

/// Connects to a peer's cluster port within `connect_max` an address, shows and checks
/// certificates, and reads what it says first within `talk_max`. CAF's own connecting has no
/// deadline, makes all later ones wait, and gives no reason.
/// Errors: upstream_error and upstream_timeout, in words for the operator of either node.
/// Thread: any; the calling thread waits.
Result<ProbeOutcome>
probe_peer(const std::string& host, std::uint16_t port, const PeerCertificates& certificates);

} // namespace gateway
