#pragma once

#include <array>
#include <cstdint>
#include <optional>

namespace gateway {

/// Tells once a period that most of a budget is used (cluster-quota.md, section 9).
class BudgetWatch {
public:
  static constexpr std::array<std::int64_t, 2> levels{80, 95}; // percent

  /// The highest level that `used` of `limit` has reached since the last look; none if no new one.
  std::optional<std::int64_t> note(std::int64_t used, std::int64_t limit) noexcept {
    std::int64_t reached = 0;
    // Divided first: the largest limits times a hundred are more than 64 bits hold.
    for (const auto level : levels)
      if (limit > 0 && used >= limit / 100 * level + limit % 100 * level / 100) reached = level;
    const bool is_new = reached > told_;
    told_ = reached; // a new period begins at nothing
    return is_new ? std::optional{reached} : std::nullopt;
  }

private:
  std::int64_t told_ = 0;
};

} // namespace gateway
