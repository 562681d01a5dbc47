#include "actors/router/policies/order_by.hpp"
#include "actors/router/policy.hpp"

namespace gateway {
namespace {

class Fastest final : public Policy {
  std::string_view summary() const noexcept override {
    return "the shortest time as measured: first token, then tokens per second";
  }

  std::vector<std::size_t>
  order(std::span<const Candidate> candidates, PolicyMemory&) const override {
    return order_by(candidates, [](const Candidate& candidate) {
      return expected_us(candidate, candidate.output_estimate);
    });
  }
};

} // namespace

const Policy& fastest_policy() {
  static const Fastest policy;
  return policy;
}

} // namespace gateway
