#pragma once

#include "actors/quota/limit_watch.hpp"
#include "actors/quota/permit_books.hpp"
#include "actors/quota/permits_journal.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

/// What PermitBooks keeps; seen by its own sources alone.
namespace gateway {

/// From `now` to `due`, at least one millisecond: what a person is told to wait.
inline Milliseconds wait_until(Instant due, Instant now) noexcept {
  return std::max(std::chrono::ceil<Milliseconds>(due - now), Milliseconds{1});
}

struct PermitBooks::Inside {
  struct Entry {
    std::unique_ptr<PermitBook> book; // null: the number is free
    QuotaKey key;                     // of the book's quota
    std::optional<JournalMark> mark;  // long windows
    std::optional<std::uint64_t> journal_ticket;
    std::uint64_t journal_version = 0; // of the cluster's record, that the newest line goes by
    LimitWatch watch;
    /// The document does not have it any more; it is kept until its calls are over.
    std::optional<Instant> gone_at;
    /// The cluster's record says how long: some member may take of it alone yet.
    bool is_recorded = false;
    /// Quotas that this one took the place of; both are needed until the old ones' windows are
    /// over.
    std::vector<std::uint32_t> before;
    /// Shared ones.
    std::optional<DemandWatch> demand;
    bool may_come = false; // as the cluster said last

    void carry_out(const ShareOrder& order, Instant now);
  };

  using Books = std::array<std::uint32_t, Permits::count_max>;

  explicit Inside(std::shared_ptr<PermitMemory> shared) : memory(std::move(shared)) {}

  Entry& at(std::uint32_t book) {
    if (book >= entries.size() || !entries[book].book) broken_promise("a permit book that is none");
    return entries[book];
  }
  bool is_in_force(const Entry& entry, Instant now) const noexcept {
    return entry.book
      && (!entry.gone_at || entry.is_recorded
          || now < *entry.gone_at + stretched(window_of(entry.book->spec()))
              + entry.book->delay_at_most());
  }

  std::optional<std::size_t>
  gather(std::span<const std::uint32_t> asked, Instant now, Books& needed);
  std::optional<Refused> missing(std::uint32_t index, const CallCost& cost, Instant now);
  /// What is taken of a quota for a call.
  static std::int64_t amount_of(const Entry& entry, const CallCost& cost) noexcept;
  void note_demand(
    std::uint32_t index, const CallCost& cost, bool is_missing, const Asker& asker, Instant now);
  Entry* shared(QuotaKey quota) noexcept;
  void apply_limit(Entry& entry) noexcept;
  std::uint32_t free_number();
  void drop_drained(Instant now);
  void follow_wall(Moment now) noexcept;
  std::optional<std::string> line_for(Entry& entry, Moment now);
  void link_to_removed(Entry& entry, std::span<const std::uint32_t> removed);
  void link_to_recorded(std::span<const QuotaSpec> specs, std::span<const std::uint32_t> numbers);

  std::shared_ptr<PermitMemory> memory;
  std::vector<Entry> entries;
  std::uint64_t next_ticket = 1;
  std::optional<WallTime> wall_zero;           // by the clock that boots begin with, as seen last
  std::optional<WallTime> unknown_before;      // a line of the journal that is due
  std::optional<std::uint64_t> unknown_ticket; // it is on its way
  bool has_news = false;
};

} // namespace gateway
