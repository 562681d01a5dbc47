#pragma once

#include "actors/quota/quota.hpp"
#include "net/unified/limit_report.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>

namespace gateway {

/// Which of `quotas` a provider's header speaks of; none where that is not certain. A header
/// without a window means the quota whose limit it names, or the only short one of its unit.
std::optional<std::size_t>
match(const LimitReport& report, std::span<const QuotaSpec* const> quotas) noexcept;

/// What one quota's provider said about it, and what follows (cluster-quota.md, section 10): only
/// ever less than the document allows, and the document's own again when it is over.
class LimitWatch {
public:
  static constexpr Nanoseconds remaining_is_fresh = 1s;
  static constexpr Nanoseconds aside_time = 1h;

  /// The limit as a header has it: a higher one is remembered and nothing more. True if the limit
  /// in force changes.
  bool note_limit(std::int64_t said, std::int64_t configured) noexcept;
  /// What remains as a header has it, against what is `idle` here: the difference that somebody
  /// else used, once it was seen twice within 5 s, or nothing remains.
  std::int64_t
  note_remaining(std::int64_t said, std::int64_t idle, std::int64_t limit, Instant now) noexcept;
  void note_external(std::int64_t amount, Instant until);
  /// A hundredth of the limit is not used until then.
  void set_aside_until(Instant until) noexcept { aside_until_ = until; }

  /// True if the limit in force changes because something is over.
  bool forget(Instant now) noexcept;
  std::int64_t limit_in_force(std::int64_t configured) const noexcept;
  std::int64_t external(Instant now) const noexcept;
  /// As the provider's headers had it last.
  std::optional<std::int64_t> said_limit() const noexcept { return said_limit_; }
  bool is_set_aside() const noexcept { return aside_until_.has_value(); }

private:
  struct External {
    std::int64_t amount;
    Instant until;
  };
  static constexpr std::size_t external_max = 64;

  std::optional<std::int64_t> said_limit_;
  std::optional<Instant> seen_short_;
  std::optional<Instant> aside_until_;
  std::deque<External> external_;
};

} // namespace gateway
