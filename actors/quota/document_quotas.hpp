#pragma once

#include "actors/config/document.hpp"
#include "actors/quota/quota.hpp"

#include <string>
#include <vector>

namespace gateway {

/// The stops of a document that own quotas, in the order that plans number them: each provider,
/// pool, key and team ("provider/groq", "pool/x", "key/k", "team/t"), and each budget
/// ("budget/key/k", …).
std::vector<std::string> stops_of(const Document& document);

/// All quotas of a document, of all its stops.
std::vector<QuotaSpec> quotas_of(const Document& document);

} // namespace gateway
