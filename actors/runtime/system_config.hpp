#pragma once

#include "actors/runtime/asio_scheduler.hpp"
#include "actors/runtime/messages.hpp"
#include "actors/runtime/peer_network.hpp"

#include <caf/actor_system_config.hpp>

#include <utility>
#include <vector>

namespace gateway {

/// CAF as a node runs it.
struct SystemConfig : caf::actor_system_config {
  /// `certificates`: none where the node speaks to no other; nothing of the network is loaded then.
  SystemConfig(std::vector<Unit*> units, const PeerCertificates* certificates) {
    add_message_types<caf::id_block::gateway>();
    schedule_on(*this, std::move(units));
    if (certificates != nullptr) speak_to_peers(*this, *certificates);
  }
};

} // namespace gateway
