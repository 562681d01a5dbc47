#pragma once

#include "net/base/time.hpp"
#include "net/unified/failure.hpp"

#include <string>

namespace gateway {

/// That one model of a provider, or all of it, is to be left alone for a time, because the provider
/// said so.
struct Rest {
  std::string model; // empty: all of it
  FailureKind reason = FailureKind::rate_limited;
  Milliseconds left{0}; // 0: it is back

  friend bool operator==(const Rest&, const Rest&) = default;
};

/// Whether what failed for one node fails for all that use the same account. What a node can't
/// reach others may, and its key may be another one.
constexpr bool concerns_all_nodes(FailureKind reason) noexcept {
  return reason == FailureKind::rate_limited || reason == FailureKind::quota_exhausted
    || reason == FailureKind::overloaded || reason == FailureKind::model_not_found;
}

} // namespace gateway
