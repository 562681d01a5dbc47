#include "actors/quota/provider_limits.hpp"

#include <utility>

namespace gateway {
namespace {

QuotaOwner owner_of(const ProviderConfig& provider, std::string name) {
  QuotaOwner owner;
  owner.owner = std::move(name);
  owner.day = provider.day;
  owner.count_delay = provider.count_delay;
  owner.counts_reserved = provider.counts_reserved;
  owner.longest_call = provider.timeouts.total;
  return owner;
}

} // namespace

std::vector<QuotaSpec> limits_of(const ProviderConfig& provider) {
  return quotas_of(owner_of(provider, "provider/" + provider.name), provider.limits);
}

std::vector<QuotaSpec> limits_of(const ProviderConfig& provider, const ModelConfig& model) {
  auto name = "provider/" + provider.name + "/model/" + model.name;
  return quotas_of(owner_of(provider, std::move(name)), model.limits);
}

} // namespace gateway
