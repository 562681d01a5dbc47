#include "actors/quota/clean_stop.hpp"

#include <algorithm>

namespace gateway {
namespace {

// Wall clocks are read to the millisecond and set by up to a second now and then.
constexpr Nanoseconds wall_guard = 2s;

const PermitSlot::Terms& terms_in_force(const PermitSlot& slot) noexcept {
  return slot.terms[static_cast<std::size_t>(slot.which.load() & 1)];
}

/// How long what was used may count, at most: a place as long as a call may go on, which is what
/// the ring of its quota was made for.
Nanoseconds whole_hold(const CleanStop::Slot& saved) noexcept {
  if (saved.unit == static_cast<std::uint32_t>(QuotaUnit::concurrency))
    return Nanoseconds{saved.width * (ring_buckets - 2)};
  return stretched(Nanoseconds{saved.window + saved.delay});
}

} // namespace

CleanStop::Slot snapshot_of(const PermitSlot& slot, const PermitPairs& pairs, Instant now) {
  CleanStop::Slot saved;
  saved.key = slot.key;
  saved.unit = slot.unit;
  saved.calendar = slot.calendar;
  saved.window = slot.window;
  saved.width = slot.width;
  saved.delay = slot.delay.load();
  saved.init = terms_in_force(slot).init.load();
  saved.owed = terms_in_force(slot).owed.load();
  saved.version = terms_in_force(slot).version.load();
  for (const auto* pair : pairs.of(slot))
    saved.pairs.push_back(
      {pair->member,
       pair->giv.load(),
       pair->rcv.load(),
       pair->closed_in.load(),
       pair->given_until.load() != 0 ? 1U : 0U});
  saved.idle = slot.idle.load() + slot.pool.load();
  saved.used_total = slot.used_total.load();
  saved.series = slot.series.load();
  saved.cursor = slot.cursor.load();

  auto in_flight = saved.init + pairs.moved(slot) + saved.owed - saved.idle;
  for (auto bucket = saved.cursor + 1; bucket < saved.cursor + ring_buckets; ++bucket) {
    const auto amount = slot.ring[static_cast<std::size_t>(bucket % ring_buckets)].load();
    if (amount == 0) continue;
    in_flight -= amount;
    const auto left = bucket * saved.width - now.time_since_epoch().count();
    saved.out.push_back({amount, saved.calendar != 0 ? bucket : std::max<std::int64_t>(left, 0)});
  }
  if (in_flight > 0)
    saved.out.push_back(
      {in_flight, saved.calendar != 0 ? saved.cursor + 2 : whole_hold(saved).count()});
  return saved;
}

void restore(PermitSlot& slot, const CleanStop::Slot& saved, Instant now, Nanoseconds elapsed) {
  slot.key = saved.key;
  slot.unit = static_cast<std::uint8_t>(saved.unit);
  slot.calendar = static_cast<std::uint8_t>(saved.calendar);
  slot.window = saved.window;
  slot.width = saved.width;
  slot.checksum = sum_of(slot);
  slot.delay.store(saved.delay);
  slot.which.store(0);
  slot.terms[0].version.store(saved.version);
  slot.terms[0].init.store(saved.init);
  slot.terms[0].owed.store(saved.owed);
  slot.idle.store(saved.idle);
  slot.used_total.store(saved.used_total);
  slot.series.store(saved.series);

  const auto boot = now.time_since_epoch();
  const bool is_long = Nanoseconds{saved.window} > long_window;
  const auto longest = whole_hold(saved);
  const auto cursor = saved.calendar != 0 ? saved.cursor : boot.count() / saved.width;
  slot.cursor.store(cursor);
  for (const auto& out : saved.out) {
    const auto left = is_long
      ? std::clamp(Nanoseconds{out.when} - elapsed + wall_guard, Nanoseconds{0}, longest)
      : longest;
    auto bucket = saved.calendar != 0 ? out.when : (boot + left).count() / saved.width + 1;
    bucket = std::max(bucket, cursor + 1);
    // What does not fit stays in flight, and cools when its book is opened.
    if (bucket < cursor + ring_buckets)
      slot.ring[static_cast<std::size_t>(bucket % ring_buckets)].add(out.amount);
  }
  slot.state.store(static_cast<std::int64_t>(SlotState::live));
}

bool restore_pairs(
  PermitSlot& slot, PermitPairs& pairs, const CleanStop::Slot& saved, Instant now) {
  const auto given_until = now + whole_hold(saved);
  // Newest first, as it was: each is linked before the ones that are there.
  for (auto old = saved.pairs.rbegin(); old != saved.pairs.rend(); ++old) {
    auto* const pair = pairs.make(slot, old->member);
    if (pair == nullptr) return false;
    pair->giv.store(old->given);
    pair->rcv.store(old->received);
    pair->closed_in.store(old->closed_in);
    if (old->cools != 0) pair->given_until.store(given_until.time_since_epoch().count());
  }
  return true;
}

} // namespace gateway
