#pragma once

#include "actors/cluster/book_answer.hpp"
#include "actors/cluster/book_message.hpp"
#include "actors/quota/share.hpp"
#include "net/base/time.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace gateway {

/// R5: a book that was lost is what the others say they gave and received. All have to say it, in
/// full; each has closed the older lives of whom it tells of, so that nothing changes after it
/// told. Where several lost theirs at once, the lowest of them takes what all of them held: its sum
/// is known though the shares are not. The others then find by its counters that they hold nothing.
class LostBook {
public:
  /// `started`: when the older life was surely over.
  LostBook(std::uint32_t self, std::uint64_t epoch, Instant started) noexcept
      : self_(self), epoch_(epoch), answered_at_(started) {}

  void set_members(const std::set<std::uint32_t>& others);
  void hear(std::uint32_t from, const BookTold& told, Instant now);
  /// A member lives anew: what its older life told holds, but it may have lost its book since.
  void forget(std::uint32_t member);

  /// What to ask whom now; the lives in it are the sender's to fill in.
  std::vector<std::pair<std::uint32_t, BookLost>> questions(Instant now, Nanoseconds again);
  std::vector<std::uint32_t> waits_for() const;
  bool is_complete() const { return waits_for().empty(); }

  /// Of a quota, once complete. `inits`: by the cluster's record.
  std::vector<PairCounters>
  counters(std::uint32_t quota, const std::map<std::uint32_t, std::int64_t>& inits) const;
  /// By then all use that nobody remembers was written.
  Instant used_by() const noexcept { return answered_at_; }
  /// Whether what cools of it was used here or is in this node's journal otherwise, and may be told
  /// by this node's clock: no other lost its book, nothing that cools is on its way, and the clocks
  /// of the others say the same, most of them. Once complete; `wall`: at `now`.
  bool is_in_journal(std::uint32_t quota, WallTime wall, Instant now) const;

private:
  struct Answer {
    bool is_lost = false;
    std::uint64_t epoch = 0; // lost: of the life that said so
    BookAnswer told;
    WallTime wall{}; // of its clock, when it told
    Instant heard_at{};
  };

  std::vector<BookLost::About> about() const;
  bool is_enough(std::uint32_t member, const Answer& answer) const;

  std::uint32_t self_;
  std::uint64_t epoch_;
  Instant answered_at_;
  std::map<std::uint32_t, Answer> answers_; // of every other member
};

} // namespace gateway
