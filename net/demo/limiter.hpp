#pragma once

#include "net/base/time.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>
#include <vector>

/// The simulated provider's own limits: written apart from the gateway's permit books, with which
/// it shares no code, because it judges them. Pure; every call is told the time.
namespace gateway {

/// How a provider's window forgets what was used.
enum class DemoLimitKind : std::uint8_t {
  fixed,   // all at once, at the end of each window
  sliding, // each use by itself, a window after it was made: the strictest
  bucket,  // steadily, at limit / window
};

enum class DemoLimitUnit : std::uint8_t { requests, tokens };

std::string_view name_of(DemoLimitKind kind) noexcept;
std::string_view name_of(DemoLimitUnit unit) noexcept;
std::optional<DemoLimitKind> find_demo_limit_kind(std::string_view name) noexcept;

/// One limit: at most `limit` units in a `window`.
struct DemoRule {
  DemoLimitKind kind = DemoLimitKind::sliding;
  DemoLimitUnit unit = DemoLimitUnit::requests;
  std::int64_t limit = 0;
  Nanoseconds window{60s};
  Nanoseconds phase{0};         // fixed: a window begins at every multiple of `window` plus this…
  bool from_first_call = false; // …or, if set, with the first use after the last one ended
  std::int64_t capacity = 0;    // bucket: what it holds when full; 0 means `limit`
};

/// What a provider tells about a rule in its headers.
struct DemoStanding {
  std::int64_t limit = 0;
  std::int64_t used = 0;
  std::int64_t remaining = 0;
  Nanoseconds until_full{0}; // until nothing of what was used counts any more
};

/// One rule and what was used of it.
class DemoMeter {
public:
  explicit DemoMeter(DemoRule rule);

  /// Whether `cost` fits at this moment, and if not, how long until it would with no other use.
  /// A cost above the whole limit never fits: the wait is then a whole window.
  std::optional<Nanoseconds> wait_for(std::int64_t cost, Instant now);
  void charge(std::int64_t cost, Instant now);
  DemoStanding standing(Instant now);
  const DemoRule& rule() const noexcept { return rule_; }

private:
  __extension__ using Wide = __int128; // units × nanoseconds pass 64 bits with a day's tokens

  struct Use {
    Instant at;
    std::int64_t cost;
  };

  void forget(Instant now);
  std::int64_t ceiling() const noexcept;

  DemoRule rule_;
  std::int64_t used_ = 0; // fixed and sliding
  std::deque<Use> log_;   // sliding; every entry costs at least 1, so at most `limit` of them
  Instant window_end_{};  // fixed
  Wide level_ = 0;        // bucket: what is in it, in units × window nanoseconds
  Instant refilled_{};    // bucket
};

/// How an arrival was judged.
struct DemoVerdict {
  bool allowed = true;
  std::optional<DemoLimitUnit> broken; // none if allowed, or if too many at a time
  Nanoseconds wait{0};                 // until the same request would be let in
};

struct DemoLimiterCounts {
  std::uint64_t allowed = 0;
  std::uint64_t over = 0;
};

/// All limits of one provider. A request is let in by all of them or charged to none.
/// Thread: one.
class DemoLimiter {
public:
  /// `concurrency` of 0 means as many at a time as may come.
  DemoLimiter(const std::vector<DemoRule>& rules, std::int64_t concurrency);

  /// Judges and charges a request that arrives now. One that is allowed must `leave` once.
  DemoVerdict arrive(std::int64_t tokens, Instant now);
  void leave() noexcept;

  std::vector<DemoMeter>& meters() noexcept { return meters_; }
  /// The tightest rule of that unit: the one with the smallest share left.
  std::optional<DemoStanding> standing(DemoLimitUnit unit, Instant now);
  DemoLimiterCounts counts() const noexcept { return counts_; }
  std::int64_t under_way() const noexcept { return under_way_; }
  std::int64_t under_way_max() const noexcept { return under_way_max_; }
  std::int64_t concurrency() const noexcept { return concurrency_; }

private:
  std::vector<DemoMeter> meters_;
  std::int64_t concurrency_;
  std::int64_t under_way_ = 0;
  std::int64_t under_way_max_ = 0; // the most there ever were at a time
  DemoLimiterCounts counts_;
};

} // namespace gateway
