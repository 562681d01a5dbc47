#pragma once

#include "actors/quota/permit_books.hpp"

#include <cstdint>

/// What one call costs of one quota: before it, and once it is over.
namespace gateway {

/// What is taken before the call.
std::int64_t reserve_of(QuotaUnit unit, const CallCost& cost) noexcept;
/// The part of it that is surely used; above the limit the call can never be.
std::int64_t least_of(QuotaUnit unit, const CallCost& cost) noexcept;

/// Of `amount`, what a provider counts when the call arrives, not as the answer is made.
std::int64_t
counted_early(const QuotaSpec& spec, std::int64_t amount, std::int64_t input_tokens) noexcept;

/// Where the permits of a call go. early + late + unused = what was still in flight.
struct Charge {
  std::int64_t early = 0; // cools from `counted_at`
  std::int64_t late = 0;  // cools from `charged_at`
  std::int64_t unused = 0;
  std::int64_t excess = 0; // used beyond what was taken
  Instant counted_at{};
  Instant charged_at{};
};

struct TakenOf {
  std::int64_t amount = 0;
  std::int64_t cooled = 0; // of it, already
  std::int64_t input_tokens = 0;
};
Charge charge_of(const PermitBook& book, const TakenOf& taken, const Settlement& settlement);

} // namespace gateway
