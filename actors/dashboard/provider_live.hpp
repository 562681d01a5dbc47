#pragma once

#include "actors/dashboard/past_usage.hpp"
#include "actors/dashboard/time_ring.hpp"
#include "actors/provider/provider_state.hpp"
#include "net/base/time.hpp"
#include "persistence/day.hpp"
#include "persistence/usage_counters.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// A word of the API: Health in openapi.yaml.
std::string_view health_word(HealthState state) noexcept;

/// How a provider is, and since when.
struct ShownHealth {
  std::string_view state = "ok"; // a health_word
  std::optional<WallTime> since; // none: it is not known
  std::string reason;            // empty: none
  std::optional<WallTime> until;
};

/// A minute a letter, the one that runs last: o ok, w some errors, e mostly errors, c cooldown,
/// x no traffic.
struct HealthStrip {
  static constexpr int minutes = 60;
  WallTime start{};
  std::string letters;
};

/// Both together: of two nodes, say.
HealthStrip merged(const HealthStrip& one, const HealthStrip& other);

/// One provider at this moment and in the hour before: what its actor says, and what was counted.
class ProviderLive {
public:
  void add_past(const PastUsage& past, WallTime now);
  /// Requests whose last attempt was here.
  void add(const UsageCounters& counters, WallTime now);

  struct Attempts {
    std::int64_t ended = 0;
    std::int64_t failed = 0; // for a reason other than the request itself

    Attempts& operator+=(const Attempts& other) noexcept {
      ended += other.ended;
      failed += other.failed;
      return *this;
    }
  };
  struct Seen {
    bool health_changed = false;
    Attempts attempts; // since it was seen before
  };
  /// What its actor says now.
  Seen saw(ProviderState state, WallTime now);

  /// The same provider where nothing was counted: as other nodes have it.
  ProviderLive uncounted() const;
  /// It is not known since when it is as it is.
  void forget_since() noexcept { health_.since.reset(); }

  const ProviderState& state() const noexcept { return state_; }
  const ShownHealth& health() const noexcept { return health_; }
  std::int64_t in_flight() const noexcept;
  /// Whose time to the first token is shown as the provider's; null where none was measured.
  const ModelState* busiest_model() const noexcept;

  Attempts last_minute(WallTime now) const noexcept;
  HealthStrip strip(WallTime now) const;
  /// Nano-dollars of this UTC day.
  std::int64_t cost_today(WallTime now) const noexcept;
  std::int64_t list_cost_today(WallTime now) const noexcept;

private:
  struct Minute {
    Attempts attempts;
    int looks = 0;
    int cooling = 0; // of the looks
  };
  static char letter_of(const Minute* minute) noexcept;
  bool judge(WallTime now);

  ProviderState state_;
  ShownHealth health_;
  bool seen_ = false;
  Attempts attempts_; // since its actor began
  TimeRing<Attempts, HealthStrip::minutes> seconds_;
  TimeRing<Minute, HealthStrip::minutes> minutes_;
  Day today_{};
  std::int64_t cost_ = 0;
  std::int64_t list_cost_ = 0;
};

/// Since its actor began.
ProviderLive::Attempts attempts_of(const ProviderState& state);

/// What other nodes counted of a provider.
struct CountedByOthers {
  bool is_whole = true;          // all nodes are in: what lies at none of them is on its way
  ProviderLive::Attempts minute; // the last one
  std::map<std::string, std::uint64_t> attempts; // by outcome, since each node's start
  std::vector<HealthStrip> strips;
  std::int64_t cost_today = 0; // nano-dollars, as the next
  std::int64_t list_cost_today = 0;
};

} // namespace gateway
