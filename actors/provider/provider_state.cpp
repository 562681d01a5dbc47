#include "actors/provider/provider_state.hpp"

#include <algorithm>

namespace gateway {
namespace {

// The whole account's own: as long as it lasts, nobody asks how the models are.
bool stands_alone(HealthState health) noexcept {
  return rests(health) || health == HealthState::disabled || health == HealthState::drained;
}

// Who may be tried again first: of those that rest, who does so the shortest.
bool is_sooner(const ModelState& one, const ModelState& other) noexcept {
  if (rests(one.health) != rests(other.health)) return rests(one.health);
  return one.cooling.value_or(Milliseconds::max()) < other.cooling.value_or(Milliseconds::max());
}

} // namespace

bool rests(HealthState health) noexcept {
  return health == HealthState::cooldown || health == HealthState::down;
}

void join_models(ProviderState& provider) {
  if (stands_alone(provider.health) || provider.models.empty()) return;
  const auto& models = provider.models;
  const auto has = [&](HealthState health) {
    return std::ranges::count(models, health, &ModelState::health);
  };
  const auto all = std::ranges::ssize(models);
  const auto down = has(HealthState::down);
  const auto resting = down + has(HealthState::cooldown);
  if (resting == all)
    provider.health = down == all ? HealthState::down : HealthState::cooldown;
  else if (provider.health == HealthState::half_open)
    return;
  else if (resting > 0 || has(HealthState::degraded) > 0)
    provider.health = HealthState::degraded;
  else if (has(HealthState::half_open) == all)
    provider.health = HealthState::half_open;
  if (resting == 0) return;
  const auto& first = *std::ranges::min_element(models, is_sooner);
  provider.reason = first.reason;
  if (resting == all) provider.cooling = first.cooling;
}

} // namespace gateway
