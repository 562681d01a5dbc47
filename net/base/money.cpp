#include "net/base/money.hpp"

namespace gateway {

std::string to_usd_text(NanoDollars amount) {
  constexpr std::uint64_t per_dollar = 1'000'000'000;
  const bool negative = amount.count < 0;
  // Negated as unsigned: the most negative number has no positive twin.
  const auto magnitude = negative ? 0 - static_cast<std::uint64_t>(amount.count)
                                  : static_cast<std::uint64_t>(amount.count);
  std::string text = (negative ? "-" : "") + std::to_string(magnitude / per_dollar);
  std::string fraction = std::to_string(magnitude % per_dollar);
  fraction.insert(0, 9 - fraction.size(), '0');
  fraction.erase(fraction.find_last_not_of('0') + 1);
  if (!fraction.empty()) text += "." + fraction;
  return text;
}

} // namespace gateway
