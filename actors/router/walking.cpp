#include "actors/router/walking.hpp"

#include <utility>

namespace gateway {
namespace {

// The budgets that pay for the candidate at hand.
std::optional<std::uint32_t> budget_at(const Walk& walk, std::size_t number) {
  const auto& candidate = walk.candidates[walk.at];
  if (candidate.free) return std::nullopt;
  const auto of_key = walk.key_stops != nullptr ? walk.key_stops->budgets.size() : 0;
  if (number < of_key) return walk.key_stops->budgets[number];
  return number == of_key ? candidate.route_budget : std::nullopt;
}

} // namespace

std::optional<std::uint32_t> next_stop(Walk& walk) {
  if (walk.refusal) return std::nullopt;
  if (!walk.key_admitted) {
    if (walk.key_stops != nullptr && walk.stop < walk.key_stops->limits.size())
      return walk.key_stops->limits[walk.stop];
    walk.key_admitted = true;
    walk.stop = 0;
  }
  if (walk.at >= walk.ranked) return std::nullopt;
  const auto& stops = walk.offer().stops;
  if (walk.stop < stops.size()) return stops[walk.stop];
  if (const auto budget = budget_at(walk, walk.stop - stops.size())) return budget;
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
    walk.refusal = Error{
      ErrorKind::rate_limit_exceeded,
      "The limit of this key is reached: " + refusal.quota + " " + std::to_string(refusal.limit)
        + ".",
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
  candidate.detail = std::move(refusal.detail);
  ++walk.at;
  walk.stop = 0;
  walk.probe = false;
  return std::exchange(walk.held, {});
}

std::vector<Held> pass_over(Walk& walk, Error problem) {
  auto& candidate = walk.candidates[walk.at];
  candidate.verdict = Verdict::filtered;
  candidate.passed_over = PassedOver::lacks_parameter;
  candidate.detail = problem.param;
  walk.unfit.push_back({candidate.offer, std::move(problem)});
  walk.admitted = false;
  walk.probe = false;
  walk.uses.clear();
  return std::exchange(walk.held, {});
}

} // namespace gateway
