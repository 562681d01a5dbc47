#include "actors/cluster/share_plan.hpp"

#include "actors/cluster/water_filling.hpp"

#include <algorithm>
#include <deque>

namespace gateway {
namespace {

constexpr std::int64_t small_calls_per_node = 4;
constexpr std::int64_t ahead_percent = 50;
constexpr std::size_t unsaid_needs_max = 16;

void grant(Sharer& sharer, std::int64_t amount, std::int64_t& pool) {
  if (amount <= 0) return;
  pool -= amount;
  sharer.grant += amount;
  sharer.hold += amount;
  sharer.want = std::max<std::int64_t>(sharer.want - amount, 0);
}

/// A debt is a limit that is broken until it is paid.
bool pay_debts(std::span<Sharer> sharers, std::int64_t& pool) {
  bool is_all_paid = true;
  for (auto& sharer : sharers) {
    const auto paid = std::min(pool, sharer.owed);
    grant(sharer, paid, pool);
    sharer.owed -= std::max<std::int64_t>(paid, 0);
    is_all_paid = is_all_paid && sharer.owed <= 0;
  }
  return is_all_paid;
}

/// Whole calls, each time to whoever has waited longest; the first that does not fit ends it, or
/// dear calls would wait for ever. To whom the limit is not small, as its own calls are cheaper, it
/// does not say what it waits for: that may be calls as dear as the dearest known here.
void grant_calls(
  std::vector<Sharer*> waiting, std::int64_t& pool, std::int64_t typical, Instant now) {
  for (auto* const sharer : waiting)
    for (auto left = sharer->needs.empty() ? sharer->want : 0;
         left > 0 && sharer->needs.size() < unsaid_needs_max;
         left -= typical)
      sharer->needs.push_back(std::min(left, typical));
  std::stable_sort(waiting.begin(), waiting.end(), [](const Sharer* a, const Sharer* b) {
    return a->waiting_since < b->waiting_since;
  });
  std::deque<Sharer*> queue(waiting.begin(), waiting.end());
  while (!queue.empty()) {
    auto& sharer = *queue.front();
    queue.pop_front();
    const auto need = sharer.needs.front();
    if (need > pool) return;
    sharer.needs.erase(sharer.needs.begin());
    sharer.waiting_since = now;
    grant(sharer, need, pool);
    if (!sharer.needs.empty()) queue.push_back(&sharer);
  }
}

/// Up to the targets, then beyond them to those that have nothing yet.
void grant_deficits(std::vector<Sharer*> waiting, std::int64_t& pool) {
  std::stable_sort(waiting.begin(), waiting.end(), [](const Sharer* a, const Sharer* b) {
    return a->target - a->hold > b->target - b->hold;
  });
  for (auto* const sharer : waiting)
    grant(*sharer, std::min(pool, sharer->target - sharer->hold), pool);
  for (auto* const sharer : waiting)
    if (sharer->grant == 0) grant(*sharer, std::min(pool, sharer->want), pool);
}

} // namespace

bool is_small_limit(std::int64_t limit, std::int64_t typical, std::size_t nodes) noexcept {
  const auto calls = limit / std::max<std::int64_t>(typical, 1);
  return calls < small_calls_per_node * static_cast<std::int64_t>(nodes);
}

void plan_shares(
  std::span<Sharer> sharers, std::int64_t pool, const SharePlanRules& rules, Instant now) {
  if (sharers.empty()) return;
  const auto count = static_cast<std::int64_t>(sharers.size());
  auto usable = pool;
  for (const auto& sharer : sharers) usable += sharer.hold;
  std::vector<std::int64_t> demands;
  // A hundredth more, so that who begins to ask has something.
  for (const auto& sharer : sharers)
    demands.push_back(
      sharer.demand + sharer.want + std::max<std::int64_t>(usable, 0) / 100 / count);
  const auto targets = fill_evenly(demands, usable, ahead_percent);
  std::vector<Sharer*> waiting;
  for (std::size_t i = 0; i < sharers.size(); ++i) sharers[i].target = targets[i];
  if (!pay_debts(sharers, pool)) return;
  for (std::size_t i = 0; i < sharers.size(); ++i) {
    if (sharers[i].want > 0) waiting.push_back(&sharers[i]);
  }
  if (!waiting.empty()) {
    if (rules.is_small)
      grant_calls(std::move(waiting), pool, std::max<std::int64_t>(rules.typical, 1), now);
    else
      grant_deficits(std::move(waiting), pool);
    return;
  }
  if (rules.is_small || !rules.may_hand_ahead) return;
  const auto worth_it = std::max(2 * rules.typical, rules.limit / 50 / count);
  for (auto& sharer : sharers) {
    const auto deficit = std::min(pool, sharer.target - sharer.hold);
    if (deficit > worth_it) grant(sharer, deficit, pool);
  }
}

} // namespace gateway
