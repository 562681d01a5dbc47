#include "net/base/money.hpp"

#include "net/base/json_text.hpp"

namespace gateway {

std::string to_usd_text(NanoDollars amount) {
  constexpr std::uint64_t per_dollar = 1'000'000'000;
  const bool negative = amount.count < 0;
  // Negated as unsigned: the most negative number has no positive twin.
  const auto magnitude = negative ? 0 - static_cast<std::uint64_t>(amount.count)
                                  : static_cast<std::uint64_t>(amount.count);
  std::string text = negative ? "-" : "";
  append_number(text, magnitude / per_dollar);
  auto fraction = magnitude % per_dollar;
  if (fraction == 0) return text;
  char digits[] = ".000000000";
  for (std::size_t i = sizeof digits - 1; --i > 0; fraction /= 10)
    digits[i] = static_cast<char>('0' + fraction % 10);
  const std::string_view all{digits, sizeof digits - 1};
  return text += all.substr(0, all.find_last_not_of('0') + 1);
}

} // namespace gateway
