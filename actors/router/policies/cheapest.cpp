#include "actors/router/policies/order_by.hpp"
#include "actors/router/policy.hpp"

#include <tuple>

namespace gateway {
namespace {

class Cheapest final : public Policy {
  std::string_view summary() const noexcept override {
    return "free tiers with quota left first, then the lowest expected cost, then the fastest";
  }

  std::vector<std::size_t>
  order(std::span<const Candidate> candidates, PolicyMemory&) const override {
    return order_by(candidates, [](const Candidate& candidate) {
      const bool unknown = !candidate.free && !candidate.expected_cost;
      const bool free_now = candidate.free && candidate.quota_left;
      const auto cost = candidate.free ? 0 : candidate.expected_cost.value_or(NanoDollars{}).count;
      return std::tuple{
        unknown, !free_now, cost, expected_us(candidate, candidate.output_estimate)};
    });
  }
};

} // namespace

const Policy& cheapest_policy() {
  static const Cheapest policy;
  return policy;
}

} // namespace gateway
