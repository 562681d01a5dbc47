#include "actors/config/reading.hpp"

#include <algorithm>

namespace gateway {

namespace {

/// Dollars to nano-dollars.
constexpr int nano_decimals = 9;

PriceRates read_rates(const Place& place) {
  return {
    place["input"].number(nano_decimals),
    place["output"].number(nano_decimals),
    place["cached_input"].number(nano_decimals),
    place["cache_write"].number(nano_decimals),
    place["cache_write_1h"].number(nano_decimals),
    place["reasoning"].number(nano_decimals)};
}

/// A rate without which tokens would be given away unnoticed.
void must_have(
  const Place& place, const char* name, std::optional<std::int64_t>& rate, Problems& problems) {
  if (rate) return;
  if (!place[name])
    place[name].error(
      problems, "missing_price", std::string("\"") + name + "\" is missing; 0 means free");
  rate = 0;
}

} // namespace

std::optional<Price> read_price(const Place& place, bool embedding, Problems& problems) {
  if (!place || !place.node()->is_object()) return std::nullopt;
  Price price;
  price.rates = read_rates(place);
  price.per_request = place["per_request"].number(nano_decimals).value_or(0);
  // Whoever is paid by the request need not name rates; an embedding has no output.
  if (price.per_request > 0 && !price.rates.input) price.rates.input = 0;
  if ((price.per_request > 0 || embedding) && !price.rates.output) price.rates.output = 0;
  must_have(place, "input", price.rates.input, problems);
  must_have(place, "output", price.rates.output, problems);

  const auto tiers = place["tiers"];
  for (std::size_t i = 0; i < tiers.size(); ++i) {
    PriceTier tier{tiers[i]["above"].number().value_or(0), read_rates(tiers[i])};
    const bool twice = std::any_of(price.tiers.begin(), price.tiers.end(), [&](const auto& other) {
      return other.above == tier.above;
    });
    if (twice) tiers[i]["above"].error(problems, "duplicate_tier", "there is a tier of this size");
    price.tiers.push_back(std::move(tier));
  }
  std::sort(price.tiers.begin(), price.tiers.end(), [](const auto& a, const auto& b) {
    return a.above < b.above;
  });
  return price;
}

} // namespace gateway
