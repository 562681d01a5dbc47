#include "actors/router/walking.hpp"

#include <utility>

namespace gateway {

std::optional<std::uint32_t> next_stop(Walk& walk) {
  if (walk.refusal) return std::nullopt;
  if (!walk.key_admitted) {
    if (walk.stop < walk.key_stops.size()) return walk.key_stops[walk.stop];
    walk.key_admitted = true;
    walk.stop = 0;
  }
  if (walk.at >= walk.ranked) return std::nullopt;
  const auto& stops = walk.offer().stops;
  if (walk.stop < stops.size()) return stops[walk.stop];
  walk.admitted = true;
  return std::nullopt;
}

void grant(Walk& walk, Permits permits) {
  const auto stop = *next_stop(walk);
  auto& held = walk.key_admitted ? walk.held : walk.held_key;
  held.push_back({stop, std::move(permits)});
  ++walk.stop;
}

std::vector<Held> refuse(Walk& walk, Refusal refusal) {
  if (!walk.key_admitted) {
    const bool budget = refusal.quota.starts_with("budget");
    walk.refusal = Error{
      budget ? ErrorKind::insufficient_quota : ErrorKind::rate_limit_exceeded,
      budget ? "The budget of this key is spent."
             : "The limit of this key is reached: " + refusal.quota + " "
          + std::to_string(refusal.limit) + ".",
      "",
      refusal.retry_after};
    return std::exchange(walk.held_key, {});
  }
  auto& candidate = walk.candidates[walk.at];
  candidate.verdict = Verdict::skipped;
  candidate.passed_over = refusal.why;
  candidate.quota = std::move(refusal.quota);
  candidate.quota_limit = refusal.limit;
  candidate.quota_left_over = refusal.left;
  candidate.retry_after = refusal.retry_after;
  candidate.by_rate_limit = refusal.by_rate_limit;
  ++walk.at;
  walk.stop = 0;
  walk.probe = false;
  return std::exchange(walk.held, {});
}

} // namespace gateway
