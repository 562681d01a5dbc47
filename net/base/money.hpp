#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace gateway {

/// Integer nano-dollars: 1 USD = 1 000 000 000. A double never holds money.
struct NanoDollars {
  std::int64_t count = 0;

  friend constexpr auto operator<=>(NanoDollars, NanoDollars) = default;
  friend constexpr NanoDollars operator+(NanoDollars a, NanoDollars b) noexcept {
    return {a.count + b.count};
  }
  friend constexpr NanoDollars operator-(NanoDollars a, NanoDollars b) noexcept {
    return {a.count - b.count};
  }
  constexpr NanoDollars& operator+=(NanoDollars other) noexcept {
    count += other.count;
    return *this;
  }
};

/// As a decimal number of dollars without trailing zeros: {146000} → "0.000146".
std::string to_usd_text(NanoDollars amount);

} // namespace gateway
