#include "actors/router/policies/order_by.hpp"
#include "actors/router/policy.hpp"

namespace gateway {
namespace {

class Priority final : public Policy {
  std::string_view summary() const noexcept override { return "the order written"; }

  std::vector<std::size_t>
  order(std::span<const Candidate> candidates, PolicyMemory&) const override {
    return order_by(candidates, [](const Candidate&) { return 0; });
  }
};

} // namespace

const Policy& priority_policy() {
  static const Priority policy;
  return policy;
}

} // namespace gateway
