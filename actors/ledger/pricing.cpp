#include "actors/ledger/pricing.hpp"

#include <algorithm>
#include <limits>

namespace gateway {
namespace {

// A product of two int64 and a sum of a few of them need more than 64 bits. An extension of the
// compiler, so that its pedantry has to be told.
__extension__ using Wide = __int128;

/// No provider counts more in one call; beyond it a sum of products could overflow.
constexpr std::int64_t tokens_max = 1'000'000'000'000;
constexpr std::int64_t tokens_a_rate = 1'000'000;

std::int64_t bounded(std::int64_t tokens, std::int64_t parent) noexcept {
  return std::clamp<std::int64_t>(tokens, 0, parent);
}

/// Rates with the gaps of a tier filled from the base.
PriceRates rates_for(const Price& price, std::int64_t input_tokens) {
  PriceRates rates = price.rates;
  const PriceTier* reached = nullptr;
  for (const auto& tier : price.tiers)
    if (input_tokens > tier.above && (reached == nullptr || tier.above >= reached->above))
      reached = &tier;
  if (reached == nullptr) return rates;
  const auto take =
    [](std::optional<std::int64_t>& rate, const std::optional<std::int64_t>& other) {
      if (other) rate = other;
    };
  take(rates.input, reached->rates.input);
  take(rates.output, reached->rates.output);
  take(rates.cached_input, reached->rates.cached_input);
  take(rates.cache_write, reached->rates.cache_write);
  take(rates.cache_write_1h, reached->rates.cache_write_1h);
  take(rates.reasoning, reached->rates.reasoning);
  return rates;
}

/// Tokens times rates; unknown as soon as one token has none.
class Sum {
public:
  void add(std::int64_t tokens, const std::optional<std::int64_t>& rate) noexcept {
    if (tokens == 0) return;
    if (!rate)
      known_ = false;
    else
      sum_ += Wide{tokens} * *rate;
  }

  std::optional<NanoDollars> rounded(std::int64_t per_request) const noexcept {
    if (!known_) return std::nullopt;
    const Wide half_up = (sum_ + tokens_a_rate / 2) / tokens_a_rate + per_request;
    constexpr Wide max = std::numeric_limits<std::int64_t>::max();
    return NanoDollars{static_cast<std::int64_t>(std::min(half_up, max))};
  }

private:
  Wide sum_ = 0;
  bool known_ = true;
};

} // namespace

std::optional<NanoDollars> price_of(const Price& price, const Usage& usage) noexcept {
  // A provider that says it cached more than it read must not make the rest negative.
  const auto input = bounded(usage.input, tokens_max);
  const auto cached = bounded(usage.cached_input, input);
  const auto written = bounded(usage.cache_write, input - cached);
  const auto written_1h = bounded(usage.cache_write_1h, written);
  const auto output = bounded(usage.output, tokens_max);
  const auto reasoning = bounded(usage.reasoning, output);

  const auto rates = rates_for(price, input);
  const auto own = [](std::int64_t tokens, const std::optional<std::int64_t>& rate) {
    return rate ? tokens : 0; // a kind without a rate stays in its parent
  };
  const auto long_writes = own(written_1h, rates.cache_write_1h);
  const auto writes = own(written - long_writes, rates.cache_write);
  const auto hits = own(cached, rates.cached_input);
  const auto thoughts = own(reasoning, rates.reasoning);

  Sum sum;
  sum.add(input - hits - writes - long_writes, rates.input);
  sum.add(hits, rates.cached_input);
  sum.add(writes, rates.cache_write);
  sum.add(long_writes, rates.cache_write_1h);
  sum.add(output - thoughts, rates.output);
  sum.add(thoughts, rates.reasoning);
  return sum.rounded(price.per_request);
}

std::optional<NanoDollars>
expected_cost(const Price& price, std::int64_t input_tokens, std::int64_t output_tokens) noexcept {
  Usage usage;
  usage.input = input_tokens;
  usage.output = output_tokens;
  return price_of(price, usage);
}

std::optional<NanoDollars>
highest_cost(const Price& price, std::int64_t input_tokens, std::int64_t output_tokens) noexcept {
  const auto highest =
    [](std::initializer_list<std::optional<std::int64_t>> rates) -> std::optional<std::int64_t> {
    // No rate at all is less than any.
    return std::max(rates);
  };
  const auto input = bounded(input_tokens, tokens_max);
  const auto output = bounded(output_tokens, tokens_max);
  const auto at = [&](const PriceRates& rates) {
    Sum sum;
    sum.add(
      input, highest({rates.input, rates.cached_input, rates.cache_write, rates.cache_write_1h}));
    sum.add(output, highest({rates.output, rates.reasoning}));
    return sum.rounded(price.per_request);
  };
  // Fewer tokens than expected may end in any of the tiers below.
  auto most = at(price.rates);
  for (const auto& tier : price.tiers)
    if (most && input > tier.above) most = std::max(most, at(rates_for(price, tier.above + 1)));
  return most;
}

bool is_free(const Price& price) noexcept {
  const auto costs = [](const std::optional<std::int64_t>& rate) { return rate.value_or(0) != 0; };
  const auto any_costs = [&](const PriceRates& rates) {
    return costs(rates.input) || costs(rates.output) || costs(rates.cached_input)
      || costs(rates.cache_write) || costs(rates.cache_write_1h) || costs(rates.reasoning);
  };
  return price.rates.input && price.rates.output && price.per_request == 0
    && !any_costs(price.rates) && std::ranges::none_of(price.tiers, [&](const PriceTier& tier) {
           return any_costs(tier.rates);
         });
}

Cost cost_of(const std::optional<Price>& price, bool free_tier, const Usage& usage) noexcept {
  Cost cost;
  if (price) cost.list_cost = price_of(*price, usage);
  cost.cost = free_tier ? NanoDollars{} : cost.list_cost;
  return cost;
}

} // namespace gateway
