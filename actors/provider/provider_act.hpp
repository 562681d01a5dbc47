#pragma once

#include <cstdint>

namespace gateway {

/// What an operator may do to a provider while the node runs; none of it outlives the process.
enum class ProviderAct : std::uint8_t {
  probe,          // the next request may try it at once, whatever its cooldown says
  clear_cooldown, // what it cooled down for is over
  drain,          // no new request goes there
  undrain,
};

} // namespace gateway
