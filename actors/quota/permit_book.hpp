#pragma once

#include "actors/quota/calendar.hpp"
#include "actors/quota/permit_layout.hpp"
#include "actors/quota/permit_memory.hpp"
#include "actors/quota/quota.hpp"

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

  /// Errors: those of PermitMemory::claim; invalid_value for an unknown zone.
  static Result<std::unique_ptr<PermitBook>>
  make(std::shared_ptr<PermitMemory> memory, const QuotaSpec& spec, Moment now);

  ~PermitBook();
  PermitBook(const PermitBook&) = delete;
  PermitBook& operator=(const PermitBook&) = delete;

  const QuotaSpec& spec() const noexcept { return spec_; }

  /// idle −c. Sweep first.
  bool try_take(std::int64_t amount) noexcept;
  /// Out of flight at once: idle +c.
  void put_back(std::int64_t amount) noexcept;
  /// Out of flight into cooling, usable again a window after `counted`. False: the bucket is too
  /// far ahead of a sweep that lags; the amount stays in flight and is the caller's.
  bool cool(std::int64_t amount, Instant counted) noexcept;

  /// `cool`, and what is too far ahead is kept in flight and added when the sweep has caught up.
  void settle(std::int64_t amount, Instant counted, Instant now);
  /// More was used than taken: the excess is owed, and cools too.
  void overrun(std::int64_t excess, Instant counted, Instant now);
  /// Matures what is due, pays what is owed. The owner sweeps before it admits.
  void sweep(Instant now) noexcept;
  /// Follows the wall clock, for calendar windows.
  void follow(Moment now) noexcept;
  /// Raised: usable at once. Lowered: the difference is owed until covered.
  void set_limit(std::int64_t limit, Instant now) noexcept;
  /// The document changed what is not part of the key: D, longest_call, counts.
  void set_terms(const QuotaSpec& spec) noexcept;
  void set_delay(Nanoseconds delay) noexcept;
  /// Takes up to `amount` of what is idle out of use until `until`; returns how much.
  std::int64_t set_aside(std::int64_t amount, Instant until, Instant now);

  std::int64_t limit() const noexcept; // init
  std::int64_t hold() const noexcept;
  std::int64_t idle() const noexcept { return slot_->idle.load(); }
  std::int64_t owed() const noexcept;
  std::int64_t cooling() const noexcept;
  std::int64_t in_flight() const noexcept;
  std::int64_t used_total() const noexcept { return slot_->used_total.load(); }
  std::int64_t series() const noexcept { return slot_->series.load(); }
  /// D in force; none: hold from the response.
  std::optional<Nanoseconds> delay() const noexcept;
  /// When `amount` may be usable at the earliest as far as the cooling says; none if it does not.
  std::optional<Instant> earliest_maturity(std::int64_t amount, Instant now) const noexcept;
  /// Nothing is with calls any more; what still cools is safe in the mapping.
  bool is_drained() const noexcept;

private:
  PermitBook(std::shared_ptr<PermitMemory> memory, const QuotaSpec& spec);

  std::int64_t bucket_after(Instant counted) const noexcept;
  std::int64_t bucket_at(Instant due) const noexcept;
  std::int64_t bucket_reached(Instant now) const noexcept;
  Instant bucket_due(std::int64_t bucket) const noexcept;
  bool enter(std::int64_t amount, std::int64_t bucket) noexcept;
  void enter_or_defer(std::int64_t amount, std::int64_t bucket);
  void change_terms(std::int64_t init, std::int64_t owed) noexcept;
  void cover_owed() noexcept;
  void recover(Moment now) noexcept;
  WallTime wall_at(Instant at) const noexcept;

  struct Deferred {
    std::int64_t amount;
    std::int64_t bucket;
  };
  static constexpr std::size_t deferred_max = 64;

  QuotaSpec spec_;
  std::shared_ptr<PermitMemory> memory_;
  PermitSlot* slot_ = nullptr;
  std::shared_ptr<const Zone> zone_; // null: sliding
  std::deque<Deferred> deferred_;
};

} // namespace gateway
