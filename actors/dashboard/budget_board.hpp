#pragma once

#include "actors/config/document.hpp"
#include "actors/dashboard/provider_json.hpp"
#include "actors/quota/calendar.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// What a budget comes to where it is spent on as it was since its period began.
struct BudgetBurn {
  std::int64_t forecast = 0;          // nano-dollars, when the period ends
  std::optional<WallTime> exceeds_at; // when the amount is spent; none: not within the period
};

/// `spent` and `amount` in nano-dollars. The first hundredth of a period is taken as over: what was
/// spent in its first seconds foretells nothing.
BudgetBurn burn_of(std::int64_t spent, std::int64_t amount, const Period& period, WallTime now);

/// The budgets of keys, teams and routes, as the admin API shows them (openapi.yaml, Budget).
class BudgetBoard {
public:
  /// Budgets that this version does not have any more are forgotten. `stops`: of its plan.
  void configured(const Document& document, const std::set<std::string_view>& stops);
  /// How a budget is: "budget/key/web".
  void saw(ProviderState state);

  const PoolStates& states() const noexcept { return budgets_; }
  /// A Budget; `budget` is one of states().
  void append(std::string& out, const ProviderState& budget, WallTime now) const;
  /// "key/web" of the stop "budget/key/web".
  static std::string_view id_of(std::string_view stop);
  /// Those of which another sum is spent than when this was asked before, or another is the amount.
  std::vector<std::string> take_changes(WallTime now);
  void drop_changes() { changed_.clear(); }

private:
  std::optional<Period> period_of(const QuotaSpec& spec, WallTime now) const;

  PoolStates budgets_;                        // each of one quota
  std::map<std::string, std::string> within_; // a key's budget: its team's, where that has one
  std::map<std::string, std::shared_ptr<const Zone>, std::less<>> zones_; // that periods end in
  std::set<std::string> changed_;
};

} // namespace gateway
