#pragma once

#include "actors/router/walking.hpp"
#include "actors/runtime/messages.hpp"

#include <caf/mailbox_element.hpp>
#include <caf/result.hpp>

#include <memory>
#include <utility>

namespace gateway {

/// Sends a walk to whoever must be asked next, or answers the call if nobody is left. A `delegate`:
/// the answer goes to the call directly, and no actor waits for another (request-path.md, 2.1).
template <class Self>
caf::result<RouteAnswer> hand_on(Self* self, AdmitRequest request) {
  const auto next = next_stop(*request.walk);
  if (!next) return RouteAnswer{std::move(request.walk)};
  const auto& stop = request.directory->stops[*next];
  return self->delegate(stop, std::move(request));
}

/// What the candidate at hand gets back, but for the permits themselves.
inline PermitsReturned returned_to(const Walk& walk) {
  PermitsReturned returned;
  if (!walk.key_admitted) return returned;
  returned.model = walk.offer().gauges.get();
  returned.model_number = walk.offer().model_number;
  returned.probe = walk.probe;
  return returned;
}

/// After a refusal: gives back what earlier stops of the same candidate granted, then goes on.
template <class Self>
caf::result<RouteAnswer> refuse_and_hand_on(Self* self, AdmitRequest request, Refusal refusal) {
  auto& walk = *request.walk;
  auto returned = returned_to(walk);
  for (auto& held : refuse(walk, std::move(refusal))) {
    returned.permits = std::move(held.permits);
    self->send(request.directory->stops[held.stop], returned);
  }
  return hand_on(self, std::move(request));
}

} // namespace gateway
