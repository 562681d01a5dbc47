#pragma once

#include "actors/config/document.hpp"
#include "actors/quota/quota.hpp"

#include <string>
#include <vector>

namespace gateway {

/// The limits of a stop that is no provider: "pool/NAME", "key/NAME" or "team/NAME"; none where
/// the document has no such.
inline std::vector<QuotaSpec> limits_of(const Document& document, const std::string& stop) {
  const auto slash = stop.find('/');
  const auto kind = stop.substr(0, slash);
  const auto name = stop.substr(slash + 1);
  QuotaOwner owner;
  owner.owner = stop;
  if (kind == "pool") {
    const auto pool = document.pools.find(name);
    if (pool == document.pools.end()) return {};
    owner.day = pool->second.day;
    owner.count_delay = pool->second.count_delay;
    owner.counts_reserved = pool->second.counts_reserved;
    return quotas_of(owner, pool->second.limits);
  }
  // Nobody else counts a key's requests: they count when they are admitted here.
  owner.count_delay = Milliseconds{0};
  if (kind == "key") {
    const auto key = document.keys.find(name);
    return key == document.keys.end() ? std::vector<QuotaSpec>{}
                                      : quotas_of(owner, key->second.limits);
  }
  const auto team = document.teams.find(name);
  return team == document.teams.end() ? std::vector<QuotaSpec>{}
                                      : quotas_of(owner, team->second.limits);
}

} // namespace gateway
