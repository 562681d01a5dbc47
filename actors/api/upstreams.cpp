#include "actors/api/context.hpp"

namespace gateway {

UpstreamPool& Upstreams::of(const ProviderConfig& provider) {
  auto& pool = pools_[provider.name];
  // A new version may have moved the provider; calls in flight keep the connections they have.
  if (!pool || !(pool->origin() == provider.endpoint.origin))
    pool = std::make_unique<UpstreamPool>(thread_, provider.endpoint.origin, roots_);
  return *pool;
}

void Upstreams::close_idle() {
  for (auto& [name, pool] : pools_) pool->close_idle();
}

} // namespace gateway
