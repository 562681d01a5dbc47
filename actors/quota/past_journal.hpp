#pragma once

#include "actors/quota/permits_journal.hpp"
#include "actors/quota/quota.hpp"
#include "net/base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// What an earlier life may have used of a quota that has no slot: so much, or all that there was
/// (permits_max), counted by then at the latest.
struct PastUse {
  std::int64_t amount = 0;
  Instant by{};
};

/// The journal as a life of the book finds it: what it knows of those before, and what the next one
/// has to be told.
class PastJournal {
public:
  PastJournal(const std::optional<std::string>& text, WallTime now)
      : reading_(read_journal(text, now)), losses_before_(reading_.losses.size()) {}

  /// It was written on that machine, 32 hex digits.
  bool is_of(std::string_view machine) const noexcept { return reading_.machine == machine; }
  /// This life goes on with the recovery that the newest loss in it began: that is no earlier one.
  void leave_out_own_loss() noexcept {
    if (losses_before_ > 0) --losses_before_;
  }
  /// A copy, maybe: what was used until then it may not have. A node alone goes by it all the same.
  void doubt(WallTime until) noexcept { doubted_until_ = until; }
  /// Of a cluster: where it is in doubt, the others know what there is.
  void set_shared() noexcept;

  /// Of a long window, as all earlier lives were over by `ended`.
  std::vector<PastUse> uses(const QuotaSpec& spec, Instant ended, Instant now, WallTime wall) const;
  /// An earlier loss than this life's, from which the quota's book was never recovered.
  bool has_unended_loss(QuotaKey quota) const {
    return !is_known_since(reading_, quota, losses_before_);
  }
  /// The newest version of the cluster's record by which it tells of the quota.
  std::uint64_t version(QuotaKey quota) const { return journaled_version(reading_, quota); }

  struct Life {
    std::string machine; // 32 hex digits; empty: unknown
    bool is_first = false;
    bool is_lost = false; // the book of those before
  };
  /// The text that the file begins with from now on.
  std::string beginning(const Life& life, WallTime now) const;

private:
  JournalReading reading_;
  std::size_t losses_before_; // of earlier books than this life's
  std::optional<WallTime> doubted_until_;
  bool is_shared_ = false;
};

} // namespace gateway
