#include "actors/quota/pool_limits.hpp"

#include <utility>

namespace gateway {
namespace {

constexpr std::string_view budget_prefix = "budget/";

template <class Config>
const Config* find(const std::map<std::string, Config>& all, std::string_view name) {
  const auto found = all.find(std::string{name});
  return found == all.end() ? nullptr : &found->second;
}

std::pair<std::string_view, std::string_view> kind_and_name(std::string_view owner) {
  const auto slash = owner.find('/');
  return {owner.substr(0, slash), owner.substr(slash + 1)};
}

// What a period is called, and how long it is at most.
std::pair<std::string_view, Nanoseconds> period_of(WindowKind kind) {
  switch (kind) {
  case WindowKind::day: return {"day", 24h};
  case WindowKind::week: return {"week", 7 * 24h};
  default: return {"month", 31 * 24h};
  }
}

QuotaSpec quota_of(std::string_view stop, const BudgetConfig& budget) {
  const auto [name, length] = period_of(budget.period);
  QuotaSpec spec;
  spec.owner = stop;
  spec.name = name;
  spec.unit = QuotaUnit::nano_dollars;
  spec.limit = budget.amount;
  spec.window = length;
  spec.kind = budget.period;
  spec.day = budget.day;
  spec.count_delay = Milliseconds{0}; // nobody else counts it
  return spec;
}

std::optional<BudgetConfig> budget_of(const Document& document, std::string_view spender) {
  const auto [kind, name] = kind_and_name(spender);
  if (kind == "key") {
    const auto* key = find(document.keys, name);
    return key != nullptr ? key->budget : std::nullopt;
  }
  if (kind == "team") {
    const auto* team = find(document.teams, name);
    return team != nullptr ? team->budget : std::nullopt;
  }
  const auto* route = find(document.routes, name);
  if (route == nullptr || route->paid != PaidRule::usd_per_day) return std::nullopt;
  return BudgetConfig{route->paid_per_day, WindowKind::day, "utc"};
}

} // namespace

std::string budget_stop_of(std::string_view spender) {
  return std::string{budget_prefix} + std::string{spender};
}

std::string_view spender_of(std::string_view stop) noexcept {
  return stop.starts_with(budget_prefix) ? stop.substr(budget_prefix.size()) : std::string_view{};
}

std::vector<QuotaSpec> limits_of(const Document& document, std::string_view stop) {
  if (const auto spender = spender_of(stop); !spender.empty()) {
    const auto budget = budget_of(document, spender);
    return budget ? std::vector{quota_of(stop, *budget)} : std::vector<QuotaSpec>{};
  }
  const auto [kind, name] = kind_and_name(stop);
  QuotaOwner owner;
  owner.owner = stop;
  if (kind == "pool") {
    const auto* pool = find(document.pools, name);
    if (pool == nullptr) return {};
    owner.day = pool->day;
    owner.count_delay = pool->count_delay;
    owner.counts_reserved = pool->counts_reserved;
    return quotas_of(owner, pool->limits);
  }
  // Nobody else counts a key's requests: they count when they are admitted here.
  owner.count_delay = Milliseconds{0};
  const auto quotas = [&](const auto* one) {
    if (one == nullptr) return std::vector<QuotaSpec>{};
    owner.day = one->day;
    return quotas_of(owner, one->limits);
  };
  return kind == "key" ? quotas(find(document.keys, name)) : quotas(find(document.teams, name));
}

} // namespace gateway
