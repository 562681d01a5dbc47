#pragma once

#include "actors/dashboard/provider_live.hpp"
#include "actors/provider/provider_state.hpp"

#include <map>
#include <string>

/// Shapes of the admin API (openapi.yaml, Provider and ProviderDetail).
namespace gateway {

/// Quotas that several providers share, by "pool/NAME".
using PoolStates = std::map<std::string, ProviderState>;

/// The windows a provider lives under: its own, its models' and its pools'.
std::vector<const QuotaState*>
windows_of(const ProviderState& provider, const PoolStates& pools, const ProviderConfig* config);

/// One item of GET /providers.
void append_provider_json(
  std::string& out,
  const ProviderLive& provider,
  std::span<const QuotaState* const> windows,
  const CountedByOthers& others,
  WallTime now);

/// A HealthEvent. `by`: the node that noticed.
void append_health_event(std::string& out, const ProviderLive& provider, const std::string& by);

/// `,"models":[…]` of GET /providers/{id}.
void append_models_json(std::string& out, const ProviderState& provider);

/// `,"learned":[…]` of GET /providers/{id}: of the windows of which the provider said something, or
/// about which it turned out to be stricter than the document.
void append_learned_json(std::string& out, std::span<const QuotaState* const> windows);

} // namespace gateway
