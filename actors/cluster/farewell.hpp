#pragma once

#include "actors/cluster/book_answer.hpp"
#include "actors/cluster/cluster_record.hpp"
#include "net/base/time.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace gateway {

/// All lives of a member that has one of this number, or will, are over: it is on its way out of
/// the cluster, and comes back under another number, if at all.
constexpr std::uint64_t closed_for_good = std::uint64_t{1} << 62;

/// R6: members go, and what they hold is the others'. Everybody else has closed them for good, by
/// an entry of the record, and tells its counters with them: from then on nothing moves between
/// them and anybody, so that the entry that removes them says what is. Of those who said that they
/// had nothing left, that is all. Of those who did not, what they used last has to be out of every
/// window first: from the operator's word on, or from when they stopped for nobody heard them. Who
/// has no book can tell nothing, and is the heir. Whoever asks may: two that do come to the same,
/// and the record takes one of them.
class Farewell {
public:
  void add(std::uint32_t member, Going how, Instant now);
  bool has(std::uint32_t member) const { return going_.contains(member); }
  bool is_idle() const noexcept { return going_.empty(); }
  /// All others that there are, those who go too. `known`: ClusterRecord's.
  void set_members(const std::set<std::uint32_t>& others, std::uint32_t known);

  void hear(std::uint32_t from, const BookTold& told, Instant now);
  /// One that was written off spoke: it may have used what it has until now.
  void heard_of_gone(std::uint32_t member, Instant now);

  std::vector<std::pair<std::uint32_t, BookLost>> questions(Instant now, Nanoseconds again);
  std::vector<std::uint32_t> waits_for() const;
  struct Rules {
    Nanoseconds wait{0};  // until all that was used is out of every short window
    Nanoseconds pause{0}; // a thread may stop for so long between a look at the clock and its write
    const std::vector<ContactTerms>& contact; // of the record
    /// When this node heard those who go last; of those it never did, when it began to listen.
    std::map<std::uint32_t, Instant> heard;
    std::uint32_t self = 0;
  };
  /// None: it is not over, as far as is known.
  std::optional<Instant> over_at(const Rules& rules) const;
  /// `own`: this node's counters with those who go. `heir`: where nobody lost its book.
  MembersGone entry(std::vector<MembersGone::Told> own, std::uint32_t heir) const;
  /// The lowest that told without a book.
  std::optional<std::uint32_t> lost() const;

private:
  std::vector<BookLost::About> about() const;
  bool is_any(Going how) const;
  std::optional<Instant> stopped_by(std::uint32_t member, const Rules& rules) const;

  std::map<std::uint32_t, Going> going_;
  std::uint32_t known_ = 0;
  std::map<std::uint32_t, BookAnswer> answers_; // of those who stay
  std::set<std::uint32_t> lost_;                // of them, as they told
  Instant answered_at_{};
};

} // namespace gateway
