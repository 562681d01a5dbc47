#include "actors/quota/charge.hpp"

#include <algorithm>

namespace gateway {
namespace {

constexpr std::int64_t most = std::int64_t{1} << 54; // as much as any limit

std::int64_t amount(std::int64_t value) noexcept {
  return std::clamp<std::int64_t>(value, 0, most);
}

/// Its parts may be what a provider says: any number at all.
struct Used {
  std::int64_t input;
  std::int64_t all;
};

Used used_of(const QuotaSpec& spec, const TakenOf& taken, const Settlement& settlement) noexcept {
  if (spec.unit == QuotaUnit::nano_dollars)
    return {0, amount(settlement.used_nano_dollars.value_or(taken.amount))};
  if (!settlement.usage_known) return {std::min(taken.input_tokens, taken.amount), taken.amount};
  const auto input = amount(settlement.used_input);
  const auto output = amount(settlement.used_output);
  switch (spec.unit) {
  case QuotaUnit::tokens: return {input, amount(input + output)};
  case QuotaUnit::input_tokens: return {input, input};
  case QuotaUnit::output_tokens: return {0, output};
  default: return {taken.amount, taken.amount};
  }
}

} // namespace

std::int64_t reserve_of(QuotaUnit unit, const CallCost& cost) noexcept {
  switch (unit) {
  case QuotaUnit::requests:
  case QuotaUnit::concurrency: return 1;
  case QuotaUnit::tokens: return amount(amount(cost.input_tokens) + amount(cost.output_reserve));
  case QuotaUnit::input_tokens: return amount(cost.input_tokens);
  case QuotaUnit::output_tokens: return amount(cost.output_reserve);
  case QuotaUnit::nano_dollars: return amount(cost.nano_dollars);
  }
  return 0;
}

std::int64_t least_of(QuotaUnit unit, const CallCost& cost) noexcept {
  switch (unit) {
  case QuotaUnit::requests:
  case QuotaUnit::concurrency: return 1;
  case QuotaUnit::tokens:
  case QuotaUnit::input_tokens: return amount(cost.input_tokens);
  // Of a limit of none not even a short answer is allowed.
  case QuotaUnit::output_tokens: return std::min<std::int64_t>(amount(cost.output_reserve), 1);
  case QuotaUnit::nano_dollars: return std::min<std::int64_t>(amount(cost.nano_dollars), 1);
  }
  return 0;
}

std::int64_t
counted_early(const QuotaSpec& spec, std::int64_t amount, std::int64_t input_tokens) noexcept {
  switch (spec.unit) {
  case QuotaUnit::requests:
  case QuotaUnit::input_tokens: return amount;
  case QuotaUnit::tokens: return spec.counts_reserved ? amount : std::min(input_tokens, amount);
  case QuotaUnit::output_tokens: return spec.counts_reserved ? amount : 0;
  default: return 0;
  }
}

Charge charge_of(const PermitBook& book, const TakenOf& taken, const Settlement& settlement) {
  const auto& spec = book.spec();
  auto left = taken.amount - taken.cooled;
  Charge charge;
  if (!settlement.written) {
    charge.unused = left;
    return charge;
  }

  // Without a moment of its last byte, that byte left before the call was over, if at all.
  const auto delay = book.delay();
  const auto written = settlement.written_at.value_or(settlement.ended);
  charge.counted_at = written + book.delay_at_most();
  if (settlement.first_byte_at)
    charge.counted_at =
      delay ? std::min(charge.counted_at, *settlement.first_byte_at) : *settlement.first_byte_at;
  // What is charged as it is produced is charged at the latest at the end.
  charge.charged_at =
    settlement.ended + (settlement.whole ? delay.value_or(0ns) : book.delay_at_most());

  if (spec.unit == QuotaUnit::concurrency) {
    (settlement.whole ? charge.unused : charge.late) = left;
    return charge;
  }
  auto used = used_of(spec, taken, settlement);
  if (spec.counts_reserved)
    used = {std::max(used.input, taken.amount), std::max(used.all, taken.amount)};
  if (spec.unit == QuotaUnit::requests) used.input = used.all;

  const auto within = std::min(used.all, taken.amount);
  const auto early = std::min(used.input, within);
  charge.early = std::clamp<std::int64_t>(early - taken.cooled, 0, left);
  left -= charge.early;
  charge.late = std::clamp<std::int64_t>(within - std::max(taken.cooled, early), 0, left);
  charge.unused = left - charge.late;
  charge.excess = used.all - within;
  return charge;
}

} // namespace gateway
