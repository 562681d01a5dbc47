#pragma once

#include "actors/quota/bucket_times.hpp"
#include "actors/quota/permit_layout.hpp"
#include "actors/quota/permit_memory.hpp"
#include "actors/quota/quota.hpp"
#include "actors/quota/share.hpp"
#include "net/base/result.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace gateway {

/// The permits of one quota, over its slot in the shared mapping. Every change leaves its source
/// first and enters its destination second, so that a kill between two stores leaves the amount
/// "in flight", never usable (cluster-quota.md, section 4).
///   in flight = hold + owed − idle − pool − Σ cooling, and is stored nowhere.
/// Thread: `try_take`, `put_back` and `cool` any; all else the owner's alone.
class PermitBook {
public:
  using Moment = PermitMemory::Moment;

  /// Errors: those of PermitMemory::claim; invalid_value for an unknown zone or a limit below 0;
  /// storage_unavailable where what a member of a cluster gave and received is damaged.
  /// A book that was there keeps the part it had; a newer entry's is to be set by set_share.
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
  /// Raised: usable at once. Lowered: the difference is owed until covered. A member's part of it
  /// is set_share's.
  void set_limit(std::int64_t limit) noexcept;
  /// The document changed what is not part of the key. The limit in force is set_limit's.
  void set_terms(const QuotaSpec& spec) noexcept;
  /// D as learned.
  void set_delay(Nanoseconds delay) noexcept;
  /// Takes up to `amount` of what is idle out of use until `until`; returns how much.
  std::int64_t set_aside(std::int64_t amount, Instant until, Instant now);

  // -- in a cluster: permit_book_share.cpp, share.hpp --

  /// Carries out one move; returns how many permits it moved.
  std::int64_t carry_out(const ShareOrder& order, Instant now);
  ShareState share() const;
  /// A newer entry of the cluster's record: the part of this member. What is more is usable at
  /// once, or cools first; what is less is owed until covered. An older entry is without effect.
  void set_share(const QuotaShare& share, Instant now);
  /// What an order would add to what cools here: the use of others, before it is carried out.
  std::int64_t would_cool(const ShareOrder& order) const noexcept;
  /// R5: what every other member has ever given to this one and received from it. All of it cools,
  /// as all that older lives used was written by then; of a long window only what the journal says,
  /// where that is all there was. For books that are lost, as often as wanted before `found`.
  /// Errors: overloaded, when there is no room for the counters.
  Result<void> recover_share(const ToldShare& told, Moment now);
  /// At most so much is out at a time (in flight and cooling); the rest of what is idle goes to the
  /// pool, whatever comes. None: no bound. Beside the one of an order.
  void hold_back(std::optional<std::int64_t> use_most, Instant now);

  std::int64_t limit() const noexcept { return limit_; }
  /// Of the cluster's record, as the terms in force here go by it; 0: in no cluster.
  std::uint64_t version() const noexcept;
  /// What lies here by the cluster's record; all of the limit where nobody shares it.
  std::int64_t init() const noexcept;
  std::int64_t hold() const noexcept;
  std::int64_t idle() const noexcept { return slot_->idle.load(); }
  std::int64_t owed() const noexcept;
  std::int64_t cooling() const noexcept;
  std::int64_t in_flight() const noexcept;
  /// In flight or cooling: neither idle nor in the pool. Cheaper than the sum of both.
  std::int64_t out() const noexcept;
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

  PermitBook(
    std::shared_ptr<PermitMemory> memory,
    const QuotaSpec& spec,
    std::shared_ptr<const Zone> zone,
    Moment now);

  std::int64_t after_unseen(Instant written_by, Nanoseconds delay) const noexcept;
  void settle_in(std::int64_t bucket, std::int64_t amount, Instant now);
  bool enter(std::int64_t amount, std::int64_t bucket) noexcept;
  void enter_or_defer(std::int64_t amount, std::int64_t bucket);
  void mature(std::int64_t bucket) noexcept;
  void add_deferred();
  void change_terms(std::int64_t version, std::int64_t init, std::int64_t owed) noexcept;
  void change_init(std::int64_t init) noexcept;
  void change_owed(std::int64_t owed) noexcept;
  void cover_owed() noexcept;
  std::int64_t give(const ShareOrder& order) noexcept;
  std::int64_t give_cooling(const ShareOrder& order);
  std::int64_t receive(const ShareOrder& order, Instant now);
  std::int64_t move(const ShareOrder& order) noexcept;
  PermitPair* pair_with(std::uint32_t member);
  PermitPair* pair_to_give(const ShareOrder& order);
  void keep_within() noexcept;
  bool is_held_back() const noexcept { return use_most_ || use_most_ordered_; }
  Result<void> set_right(Instant now);
  bool is_lost() const noexcept { return spec_.share && memory_->is_lost(); }
  void fill(Moment now);
  std::int64_t cool_past(std::vector<PastUse> past, std::int64_t left, Instant now);
  bool was_inherited_unseen() const;
  std::optional<std::vector<PastUse>> past_in_journal(const ToldShare& told, Moment now) const;
  void recover(Moment now);
  bool is_torn(Instant now) const noexcept;

  QuotaSpec spec_;
  std::shared_ptr<PermitMemory> memory_;
  PermitSlot* slot_ = nullptr;
  BucketTimes times_;
  Instant last_sweep_;
  std::int64_t limit_ = 0;
  std::optional<std::int64_t> use_most_;
  std::optional<std::int64_t> use_most_ordered_;
  std::deque<Deferred> deferred_; // in flight, by bucket
  std::optional<Instant> recovering_until_;
};

} // namespace gateway
