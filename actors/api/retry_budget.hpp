#pragma once

#include <algorithm>

namespace gateway {

/// How many calls may be tried again: a share of the live ones and a small stock, so that an
/// outage never multiplies the load on what still works.
class RetryBudget {
public:
  static constexpr double share = 0.5;     // retries earned by each request
  static constexpr double stock_max = 100; // saved up in quiet times

  void request_came() noexcept { stock_ = std::min(stock_max, stock_ + share); }

  bool take() noexcept {
    if (stock_ < 1) return false;
    stock_ -= 1;
    return true;
  }

private:
  double stock_ = stock_max;
};

} // namespace gateway
