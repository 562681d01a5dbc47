#pragma once

#include "actors/api/context.hpp"
#include "actors/provider/provider_state.hpp"
#include "net/base/co.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// Asks every stop of this version how it is, one after the other; providers, pools and keys.
Co<std::vector<ProviderState>> provider_states(Context& context, const Directory& directory);

/// What a quota's owner ("provider/groq/model/llama", "pool/x") is called on pages and in metrics.
struct QuotaOwnerName {
  std::string name;  // "groq", "pool/x"
  std::string model; // "llama" or empty
};
QuotaOwnerName quota_owner_of(std::string_view owner);

} // namespace gateway
