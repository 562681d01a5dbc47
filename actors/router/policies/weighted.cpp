#include "actors/router/policies/order_by.hpp"
#include "actors/router/policy.hpp"

namespace gateway {
namespace {

// Smooth weighted round-robin: each candidate gains its weight, the richest goes first and pays the
// sum. Weights 5, 1, 1 give a a b a c a a, not five a in a row.
class Weighted final : public Policy {
  std::string_view summary() const noexcept override { return "in turn, by weight"; }
  bool takes_turns() const noexcept override { return true; }

  std::vector<std::size_t>
  order(std::span<const Candidate> candidates, PolicyMemory& memory) const override {
    std::int64_t sum = 0;
    for (const auto& candidate : candidates) {
      memory.credit[candidate.offer] += candidate.weight;
      sum += candidate.weight;
    }
    auto order = order_by(
      candidates, [&](const Candidate& candidate) { return -memory.credit[candidate.offer]; });
    if (!order.empty()) memory.credit[candidates[order.front()].offer] -= sum;
    return order;
  }
};

} // namespace

const Policy& weighted_policy() {
  static const Weighted policy;
  return policy;
}

} // namespace gateway
