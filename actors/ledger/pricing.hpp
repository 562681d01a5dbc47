#pragma once

#include "actors/config/document.hpp"
#include "net/base/money.hpp"
#include "net/unified/usage.hpp"

#include <cstdint>
#include <optional>

namespace gateway {

/// What these tokens cost at that price; nothing where a kind that was used has no rate, not even
/// its parent's: unknown is not free.
/// Exact: summed in nano-dollars per million tokens, rounded half up once, at the nano-dollar.
/// Source: providers/prices.md, sections 3.3 (the tier is chosen by all input tokens, strictly
/// above, and priced whole) and 3.4 (a kind without a rate stays in its parent).
std::optional<NanoDollars> price_of(const Price& price, const Usage& usage) noexcept;

/// The same before the call, from estimated tokens, none of them cached.
std::optional<NanoDollars>
expected_cost(const Price& price, std::int64_t input_tokens, std::int64_t output_tokens) noexcept;

/// The most that so many tokens may cost, whichever of them are read from a cache, written to one
/// or thought: what a budget takes ahead. Nothing where a rate is unknown.
std::optional<NanoDollars>
highest_cost(const Price& price, std::int64_t input_tokens, std::int64_t output_tokens) noexcept;

/// True where no token and no request costs anything.
bool is_free(const Price& price) noexcept;

/// What a call cost, and what it would have without the free tier.
struct Cost {
  std::optional<NanoDollars> cost;
  std::optional<NanoDollars> list_cost;
};

/// `price` may be null: unknown. A free tier's answer costs nothing whatever its price is.
Cost cost_of(const std::optional<Price>& price, bool free_tier, const Usage& usage) noexcept;

} // namespace gateway
