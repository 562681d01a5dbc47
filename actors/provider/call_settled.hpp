#pragma once

#include "actors/provider/gauges.hpp"
#include "actors/quota/estimate.hpp"
#include "actors/quota/permit_books.hpp"
#include "net/unified/failure.hpp"
#include "net/unified/limit_report.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace gateway {

/// What became of the permits of one stop, and, to a provider, how the attempt went.
struct CallSettled {
  Permits permits;
  Settlement settlement;
  // To a provider alone, as all that follows: which one; only compared, never read.
  const ProviderGauges* model = nullptr;
  std::uint32_t model_number = 0; // where it probably is
  bool probe = false;
  bool cancelled = false; // by the client or this node: says nothing of the provider's health
  std::optional<Failure> failure;
  RequestSize size;                 // what tokens are learned from
  std::int64_t first_token_us = -1; // from the write; -1: there was none
  std::int64_t writing_us = 0;      // from the first token to the last
  std::vector<LimitReport> reports;
};

} // namespace gateway
