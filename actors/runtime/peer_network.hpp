#pragma once

#include "net/base/result.hpp"
#include "net/base/time.hpp"
#include "net/peer/peer_tls.hpp"

#include <caf/fwd.hpp>
#include <caf/node_id.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

/// CAF's network layer, and what it leaves to be done (reference/caf.md, sections 5 to 7).
namespace gateway {

/// Makes `config` build a system that can speak to others: mutual TLS or nothing, heartbeats, and
/// an id of this process that no other has.
void speak_to_peers(caf::actor_system_config& config, const PeerTls& tls);

/// Whose process is behind a port, by the first bytes it says there.
/// Errors: upstream_invalid_response, in words, where it is no cluster port of this protocol.
Result<caf::node_id> process_behind(caf::actor_system& system, std::string_view said);

/// Closes every connection with that process. CAF itself never does.
void drop_connection(caf::actor_system& system, const caf::node_id& process);

/// To be called again and again while a connection is begun: until its other side has said a word,
/// CAF takes it for one that is silent since the machine was booted, and closes it at the next
/// heartbeat, so that a peer that is far away would never be reached.
void be_patient_with_new_connections(caf::actor_system& system);

/// Closes connections whose other side did not say who it is in time; CAF keeps them for ever.
/// Thread: `close_overdue` may be called from any.
class StrangerWatch {
public:
  static constexpr Milliseconds patience{5'000};
  static constexpr std::size_t strangers_max = 256;

  StrangerWatch();
  ~StrangerWatch();
  void close_overdue(caf::actor_system& system);

private:
  struct Seen;
  std::shared_ptr<Seen> seen_; // touched on the network layer's thread alone
};

} // namespace gateway
