#pragma once

#include "actors/provider/health.hpp"

#include <atomic>
#include <cstdint>

namespace gateway {

/// What the provider actor publishes of one model and the router reads without asking. Hints:
/// the actor decides. All relaxed.
struct ProviderGauges {
  std::atomic<std::int64_t> in_flight{0};
  std::atomic<std::int64_t> first_token_us{0};    // median, 0: not measured
  std::atomic<std::int64_t> tokens_per_second{0}; // median, 0: not measured
  std::atomic<std::int64_t> cooling_until_ns{0};  // Instant, 0: not cooling
  std::atomic<bool> cooling_by_limit{false};      // the cooldown is for a 429 or a spent quota
  std::atomic<HealthState> health{HealthState::ok};
  std::atomic<std::int64_t> requests_left{0}; // usable at once of the tightest request quota
  std::atomic<bool> has_quota_left{true};
  std::atomic<std::int64_t> input_tokens_per_kilobyte{0}; // learned mean, 0: not learned
  std::atomic<std::int64_t> output_tokens{0};             // learned mean, 0: not learned
};

} // namespace gateway
