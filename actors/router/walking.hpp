#pragma once

#include "actors/router/walk.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gateway {

/// Why a stop does not admit a walk.
struct Refusal {
  PassedOver why = PassedOver::quota_spent;
  std::string quota;
  std::int64_t limit = 0;
  std::int64_t left = 0;
  std::optional<Milliseconds> retry_after;
  bool by_rate_limit = false;
  std::string detail = {}; // drained: by whom
};

/// Who must be asked now: the key's stops, then those of the candidate at hand, the budgets that
/// pay for it last, when it is known what it may cost. Nothing when all
/// of them have granted (`walk.admitted`) or no candidate is left (`walk.refusal`, or the rows say
/// why).
std::optional<std::uint32_t> next_stop(Walk& walk);

/// The stop asked last grants: its permits are kept, and the next one is asked.
void grant(Walk& walk, Permits permits);

/// The stop asked last refuses. That of a provider, a pool or a budget passes the candidate over,
/// that of a key's limits refuses the request. Returns what must be given back.
std::vector<Held> refuse(Walk& walk, Refusal refusal);

/// All have granted, and yet the candidate can't be sent the call: no later ranking asks it again.
/// Returns what must be given back. `problem`: unsupported_parameter, with its `param`.
std::vector<Held> pass_over(Walk& walk, Error problem);

} // namespace gateway
