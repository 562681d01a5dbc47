#include "actors/quota/document_quotas.hpp"

#include "actors/quota/pool_limits.hpp"
#include "actors/quota/provider_limits.hpp"

#include <algorithm>
#include <iterator>

namespace gateway {
namespace {

void append(std::vector<QuotaSpec>& specs, std::vector<QuotaSpec> more) {
  std::ranges::move(more, std::back_inserter(specs));
}

} // namespace

std::vector<std::string> stops_of(const Document& document) {
  std::vector<std::string> stops;
  for (const auto& [name, provider] : document.providers) stops.push_back("provider/" + name);
  for (const auto& [name, pool] : document.pools) stops.push_back("pool/" + name);
  const auto add_spender = [&](const std::string& spender, const auto& one) {
    if (!one.limits.empty()) stops.push_back(spender);
    if (one.budget) stops.push_back(budget_stop_of(spender));
  };
  for (const auto& [name, key] : document.keys) add_spender("key/" + name, key);
  for (const auto& [name, team] : document.teams) add_spender("team/" + name, team);
  for (const auto& [name, route] : document.routes)
    if (route.paid == PaidRule::usd_per_day) stops.push_back(budget_stop_of("route/" + name));
  return stops;
}

std::vector<QuotaSpec> quotas_of(const Document& document) {
  std::vector<QuotaSpec> specs;
  for (const auto& [name, provider] : document.providers) {
    append(specs, limits_of(provider));
    for (const auto& [unused, model] : provider.models) append(specs, limits_of(provider, model));
  }
  for (const auto& stop : stops_of(document))
    if (!stop.starts_with("provider/")) append(specs, limits_of(document, stop));
  return specs;
}

} // namespace gateway
