#pragma once

#include "actors/quota/permit_book.hpp"
#include "tests/actors/quota/book_room.hpp"

#include <catch2/catch.hpp>

#include <cstdint>
#include <memory>

/// A member's book, and what is asked of it.
namespace gateway {

inline ShareOrder receive(std::uint32_t member, std::int64_t ever, Part part = Part::own) {
  ShareOrder order;
  order.kind = ShareOrder::Kind::receive;
  order.member = member;
  order.amount = ever;
  order.part = part;
  return order;
}

inline QuotaSpec shared(std::int64_t limit, std::int64_t init) {
  auto spec = per_minute(limit);
  spec.share = QuotaShare{1, init};
  return spec;
}

inline std::unique_ptr<PermitBook>
make(const std::shared_ptr<PermitMemory>& memory, const QuotaSpec& spec, const TestClock& clock) {
  auto made = PermitBook::make(memory, spec, clock.now());
  if (!made) FAIL(made.error().message);
  return *std::move(made);
}

} // namespace gateway
