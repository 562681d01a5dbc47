#pragma once

#include "actors/quota/bucket_times.hpp"
#include "actors/quota/permit_layout.hpp"
#include "actors/quota/permit_memory.hpp"
#include "actors/quota/quota.hpp"
#include "net/base/result.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>

namespace gateway {

/// The permits of one quota, over its slot in the shared mapping. Every change leaves its source
/// first and enters its destination second, so that a kill between two stores leaves the amount
/// "in flight", never usable (cluster-quota.md, section 4).
///   in flight = hold + owed − idle − pool − Σ cooling, and is stored nowhere.
/// Thread: `try_take`, `put_back` and `cool` any; all else the owner's alone.
class PermitBook {
public:
  using Moment = PermitMemory::Moment;

  /// Errors: those of PermitMemory::claim; invalid_value for an unknown zone or a limit below 0.
  static Result<std::unique_ptr<PermitBook>>
  make(std::shared_ptr<PermitMemory> memory, const QuotaSpec& spec, Moment now);

  ~PermitBook();
  PermitBook(const PermitBook&) = delete;
  PermitBook& operator=(const PermitBook&) = delete;

  const QuotaSpec& spec() const noexcept { return spec_; }

  /// idle −c. The owner sweeps before it admits.
  bool try_take(std::int64_t amount) noexcept;
  /// Out of flight at once: idle +c.
  void put_back(std::int64_t amount) noexcept;
  /// Out of flight into cooling, usable again a window after `counted`. False: the bucket is too
  /// far ahead of a sweep that lags; the amount stays in flight and is still the caller's.
  bool cool(std::int64_t amount, Instant counted) noexcept;

  /// `cool`, or at once usable where the window is over; what is too far ahead is kept in flight
  /// and added when the sweep has caught up.
  void settle(std::int64_t amount, Instant counted, Instant now);
  /// As `settle`, but usable from `due` on, whatever the window is.
  void settle_until(std::int64_t amount, Instant due, Instant now);
  /// More was used than taken: the excess is owed, and cools too.
  void overrun(std::int64_t excess, Instant counted, Instant now);
  /// Matures what is due, pays what is owed.
  void sweep(Instant now);
  /// Follows the wall clock, for calendar windows.
  void follow(Moment now) noexcept { times_.follow(now.at, now.wall); }
  /// Raised: usable at once. Lowered: the difference is owed until covered.
  void set_limit(std::int64_t limit) noexcept;
  /// The document changed what is not part of the key. The limit in force is set_limit's.
  void set_terms(const QuotaSpec& spec) noexcept;
  /// D as learned.
  void set_delay(Nanoseconds delay) noexcept;
  /// Takes up to `amount` of what is idle out of use until `until`; returns how much.
  std::int64_t set_aside(std::int64_t amount, Instant until, Instant now);

  std::int64_t limit() const noexcept;
  std::int64_t hold() const noexcept;
  std::int64_t idle() const noexcept { return slot_->idle.load(); }
  std::int64_t owed() const noexcept;
  std::int64_t cooling() const noexcept;
  std::int64_t in_flight() const noexcept;
  std::int64_t used_total() const noexcept { return slot_->used_total.load(); }
  std::int64_t series() const noexcept { return slot_->series.load(); }
  /// D in force; none: hold from the response.
  std::optional<Nanoseconds> delay() const noexcept;
  /// D as the document has it or as it was learned, without regard to drift.
  std::optional<Nanoseconds> learned_delay() const noexcept;
  /// What D is taken for where nothing was answered.
  Nanoseconds delay_at_most() const noexcept;
  /// When what is counted at `counted` is usable again.
  Instant back_by(Instant counted) const noexcept { return times_.due(times_.after(counted)); }
  /// When `amount` may be usable at the earliest, as far as what cools says; none if it does not.
  std::optional<Instant> earliest_maturity(std::int64_t amount) const noexcept;
  /// Until when a lost book makes a part of this quota wait; none: it does not.
  std::optional<Instant> recovering_until() const noexcept { return recovering_until_; }
  /// Nothing is with calls any more; what still cools is safe in the mapping.
  bool is_drained() const noexcept { return deferred_.empty() && in_flight() == 0; }

private:
  struct Deferred {
    std::int64_t amount;
    std::int64_t bucket;
  };
  static constexpr std::size_t deferred_max = 64; // beyond, the last one takes in the others
  // More than any limit means; sums over a ring of it fit into 64 bits.
  static constexpr std::int64_t amount_max = std::int64_t{1} << 54;

  PermitBook(
    std::shared_ptr<PermitMemory> memory,
    const QuotaSpec& spec,
    std::shared_ptr<const Zone> zone,
    Moment now);

  bool enter(std::int64_t amount, std::int64_t bucket) noexcept;
  void enter_or_defer(std::int64_t amount, std::int64_t bucket);
  void mature(std::int64_t bucket) noexcept;
  void add_deferred();
  void change_terms(std::int64_t init, std::int64_t owed) noexcept;
  void cover_owed() noexcept;
  void fill(Moment now);
  void recover(Moment now);
  bool is_torn(Instant now) const noexcept;

  QuotaSpec spec_;
  std::shared_ptr<PermitMemory> memory_;
  PermitSlot* slot_ = nullptr;
  BucketTimes times_;
  Instant last_sweep_;
  std::deque<Deferred> deferred_; // in flight, by bucket
  std::optional<Instant> recovering_until_;
};

} // namespace gateway
