#pragma once

#include "actors/config/document.hpp"
#include "actors/quota/quota.hpp"

#include <vector>

namespace gateway {

/// The limits of a provider that all of its models share.
std::vector<QuotaSpec> limits_of(const ProviderConfig& provider);
/// The limits of one of its models, beside those.
std::vector<QuotaSpec> limits_of(const ProviderConfig& provider, const ModelConfig& model);

} // namespace gateway
