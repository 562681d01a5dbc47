#include "actors/router/policies/order_by.hpp"
#include "actors/router/policy.hpp"

namespace gateway {
namespace {

class LeastBusy final : public Policy {
  std::string_view summary() const noexcept override { return "the fewest requests under way"; }

  std::vector<std::size_t>
  order(std::span<const Candidate> candidates, PolicyMemory&) const override {
    return order_by(candidates, [](const Candidate& candidate) { return candidate.in_flight; });
  }
};

} // namespace

const Policy& least_busy_policy() {
  static const LeastBusy policy;
  return policy;
}

} // namespace gateway
