#pragma once

#include "actors/api/context.hpp"
#include "actors/provider/provider_state.hpp"
#include "net/base/co.hpp"

#include <vector>

namespace gateway {

/// Asks every stop of this version how it is, one after the other; providers, pools and keys.
Co<std::vector<ProviderState>> provider_states(Context& context, const Directory& directory);

} // namespace gateway
