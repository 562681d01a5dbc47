#pragma once

#include "actors/runtime/io_scheduler.hpp"
#include "actors/runtime/messages.hpp"
#include "actors/runtime/peer_network.hpp"

#include <caf/actor_system_config.hpp>

#include <utility>
#include <vector>

namespace gateway {

/// CAF as a node runs it.
struct SystemConfig : caf::actor_system_config {
  /// `tls`: none where the node speaks to no other; nothing of the network is loaded then. Outlives
  /// the system.
  SystemConfig(std::vector<Unit*> units, const PeerTls* tls) {
    add_message_types<caf::id_block::gateway>();
    schedule_on(*this, std::move(units));
    if (tls != nullptr) speak_to_peers(*this, *tls);
  }
};

} // namespace gateway
