#pragma once

#include "tests/actors/quota/book_room.hpp"

/// What the tests of permit books say over and over.
namespace gateway {

inline const std::vector<std::uint32_t> first{0};
inline const std::vector<std::uint32_t> both{0, 1};

inline Permits
take(PermitBooks& books, std::span<const std::uint32_t> of, const CallCost& cost, Instant now) {
  auto answer = books.admit(of, cost, now);
  if (const auto* refused = std::get_if<Refused>(&answer)) FAIL("refused by " << refused->name);
  return std::get<Permits>(answer);
}

inline Refused
refusal(PermitBooks& books, std::span<const std::uint32_t> of, const CallCost& cost, Instant now) {
  const auto answer = books.admit(of, cost, now);
  if (!std::holds_alternative<Refused>(answer)) FAIL("admitted");
  return std::get<Refused>(answer);
}

inline Settlement answered(Instant written, Instant first_byte, Instant ended) {
  Settlement settlement;
  settlement.written_at = written;
  settlement.first_byte_at = first_byte;
  settlement.ended = ended;
  return settlement;
}

inline QuotaSpec places(std::int64_t limit) {
  auto spec = per_minute(limit, QuotaUnit::concurrency);
  spec.name = "concurrency";
  spec.window = 0s;
  return spec;
}

inline QuotaSpec named(QuotaSpec spec, std::string name) {
  spec.name = std::move(name);
  return spec;
}

} // namespace gateway
