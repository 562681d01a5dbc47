#include "actors/dashboard/budget_board.hpp"

#include "net/base/json_text.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace gateway {
namespace {

constexpr std::string_view stop_prefix = "budget/";

std::int64_t spent_of(const QuotaState& quota) {
  return quota.in_flight + quota.cooling;
}

bool is_another(const ProviderState& before, const ProviderState& now) {
  return !std::ranges::equal(
    before.quotas, now.quotas, [](const QuotaState& left, const QuotaState& right) {
      return spent_of(left) == spent_of(right) && left.limit == right.limit;
    });
}

} // namespace

BudgetBurn burn_of(std::int64_t spent, std::int64_t amount, const Period& period, WallTime now) {
  const WallTime begins = period.begins;
  const Milliseconds length = period.ends - period.begins;
  const auto elapsed = std::clamp(now - begins, length / 100, length);
  const auto share = static_cast<double>(elapsed.count()) / static_cast<double>(length.count());
  BudgetBurn burn;
  burn.forecast = static_cast<std::int64_t>(static_cast<double>(spent) / share);
  if (burn.forecast <= amount) return burn;
  const auto until_spent = static_cast<double>(length.count()) * static_cast<double>(amount)
    / static_cast<double>(burn.forecast);
  burn.exceeds_at = begins + Milliseconds{static_cast<std::int64_t>(until_spent)};
  return burn;
}

void BudgetBoard::configured(const Document& document, const std::set<std::string_view>& stops) {
  std::erase_if(budgets_, [&](const auto& one) { return !stops.contains(one.first); });
  std::erase_if(changed_, [&](const auto& name) { return !budgets_.contains(name); });
  within_.clear();
  for (const auto& [name, key] : document.keys) {
    const auto team = "budget/team/" + key.team;
    if (stops.contains(team)) within_["budget/key/" + name] = team;
  }
}

std::string_view BudgetBoard::id_of(std::string_view stop) {
  return stop.substr(stop_prefix.size());
}

void BudgetBoard::saw(ProviderState state) {
  for (const auto& quota : state.quotas)
    if (!zones_.contains(quota.spec.day))
      if (auto zone = Zone::find(quota.spec.day)) zones_[quota.spec.day] = *std::move(zone);
  auto& known = budgets_[state.name];
  if (known.name.empty() || is_another(known, state)) changed_.insert(state.name);
  known = std::move(state);
}

std::optional<Period> BudgetBoard::period_of(const QuotaSpec& spec, WallTime now) const {
  const auto zone = zones_.find(spec.day);
  if (zone == zones_.end() || spec.kind == WindowKind::sliding) return std::nullopt;
  return period_at(*zone->second, spec.kind, std::chrono::floor<std::chrono::seconds>(now));
}

void BudgetBoard::append(std::string& out, const ProviderState& budget, WallTime now) const {
  const auto within = within_.find(budget.name);
  for (const auto& quota : budget.quotas) {
    const auto period = period_of(quota.spec, now);
    if (!period) continue;
    const auto burn = burn_of(spent_of(quota), quota.limit, *period, now);
    out += R"({"id":)";
    append_json_string(out, id_of(budget.name));
    out += R"(,"within":)";
    append_text_or_null(out, within == within_.end() ? "" : id_of(within->second));
    out += R"(,"period":)";
    append_json_string(out, quota.spec.name);
    out += R"(,"amount_n":)";
    append_quoted_number(out, quota.limit);
    out += R"(,"spent_n":)";
    append_quoted_number(out, spent_of(quota));
    out += R"(,"forecast_n":)";
    append_quoted_number(out, burn.forecast);
    out += R"(,"exceeds_at":)";
    append_time_or_null(out, burn.exceeds_at);
    out += R"(,"resets_at":)";
    append_time_or_null(out, WallTime{period->ends});
    out += '}';
  }
}

std::vector<std::string> BudgetBoard::take_changes(WallTime now) {
  std::vector<std::string> events;
  for (const auto& name : std::exchange(changed_, {})) {
    std::string json;
    append(json, budgets_.at(name), now);
    if (!json.empty()) events.push_back(std::move(json));
  }
  return events;
}

} // namespace gateway
