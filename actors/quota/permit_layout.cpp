#include "actors/quota/permit_layout.hpp"

#include <algorithm>
#include <cstring>
#include <type_traits>

namespace gateway {
namespace {

// Due times are rounded up to a bucket; the ring has some more than a hold needs.
constexpr std::int64_t buckets_per_hold = 240;
constexpr Nanoseconds bucket_least = 5ms;

/// FNV-1a over the bytes of numbers and ids: against damage, not against people.
class Sum {
public:
  template <class Value>
  Sum& add(const Value& value) noexcept {
    static_assert(std::has_unique_object_representations_v<Value>);
    std::array<unsigned char, sizeof(Value)> bytes{};
    std::memcpy(bytes.data(), &value, sizeof(Value));
    for (const auto byte : bytes) sum_ = (sum_ ^ byte) * 0x100000001b3U;
    return *this;
  }
  std::uint64_t value() const noexcept { return sum_; }

private:
  std::uint64_t sum_ = 0xcbf29ce484222325U;
};

} // namespace

Nanoseconds bucket_width(const QuotaSpec& spec) noexcept {
  if (is_calendar(spec)) return Nanoseconds{0};
  // D may be learned to be as much, and the ring outlives what was learned.
  const auto delay = std::max<Nanoseconds>(spec.count_delay.value_or(0ms), count_delay_most);
  const auto hold =
    spec.unit == QuotaUnit::concurrency ? Nanoseconds{spec.longest_call} : window_of(spec) + delay;
  return std::max(stretched(hold) / buckets_per_hold, bucket_least);
}

std::int64_t in_flight_in(const PermitSlot& slot, std::int64_t moved) noexcept {
  const auto& terms = slot.terms[static_cast<std::size_t>(slot.which.load() & 1)];
  auto rest = terms.init.load() + moved + terms.owed.load() - slot.idle.load() - slot.pool.load();
  for (const auto& bucket : slot.ring) rest -= bucket.load();
  return rest;
}

std::uint64_t sum_of(const PermitSlot& slot) noexcept {
  return Sum{}
    .add(slot.key.high)
    .add(slot.key.low)
    .add(slot.number)
    .add(slot.unit)
    .add(slot.calendar)
    .add(slot.window)
    .add(slot.width)
    .value();
}

std::uint64_t sum_of(const PermitHeader& header) noexcept {
  return Sum{}
    .add(header.magic)
    .add(header.layout)
    .add(header.slots)
    .add(header.pairs)
    .add(header.members)
    .add(header.node)
    .add(header.machine)
    .add(header.boot)
    .add(header.generation)
    .value();
}

PermitHeader& header_in(std::byte* book) noexcept {
  return *reinterpret_cast<PermitHeader*>(book);
}

PermitSlot* slots_in(std::byte* book) noexcept {
  return reinterpret_cast<PermitSlot*>(book + 2 * page_bytes);
}

std::size_t book_bytes(std::uint32_t slots) noexcept {
  return 2 * page_bytes + slots * (sizeof(PermitSlot) + pairs_per_slot * sizeof(PermitPair));
}

} // namespace gateway
