#pragma once

#include "actors/config/document.hpp"
#include "actors/quota/quota.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// The stop that holds the budget of "key/NAME", "team/NAME" or "route/NAME".
std::string budget_stop_of(std::string_view spender);
/// Whose budget a stop holds; empty where it is no budget.
std::string_view spender_of(std::string_view stop) noexcept;

/// The limits of a stop that is no provider: of "pool/NAME", "key/NAME" or "team/NAME", or the one
/// of a budget, "budget/key/NAME", "budget/team/NAME" or "budget/route/NAME" (what the route may
/// pay a day); none where the document has no such.
std::vector<QuotaSpec> limits_of(const Document& document, std::string_view stop);

} // namespace gateway
