#pragma once

#include "actors/runtime/unit.hpp"

#include <caf/actor_cast.hpp>
#include <caf/mailbox_element.hpp>

#include <utility>

namespace gateway {

/// Tells an actor a fact from an io thread; nobody waits for an answer, so there is no sender.
/// Thread: the unit's.
template <class Actor, class Message>
void tell(Unit& unit, const Actor& actor, Message message) {
  const auto to = caf::actor_cast<caf::strong_actor_ptr>(actor);
  if (!to) return;
  to->enqueue(caf::make_mailbox_element(nullptr, caf::message_id{}, {}, std::move(message)), &unit);
}

} // namespace gateway
