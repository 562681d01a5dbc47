#include "actors/router/policy.hpp"

namespace gateway {

#define GATEWAY_POLICY(name) const Policy& name##_policy();
#include "actors/router/policies.def"
#undef GATEWAY_POLICY

const Policy* find_policy(std::string_view name) noexcept {
#define GATEWAY_POLICY(listed)                                                                     \
  if (name == #listed) return &listed##_policy();
#include "actors/router/policies.def"
#undef GATEWAY_POLICY
  return nullptr;
}

std::vector<std::string_view> policy_names() {
  return {
#define GATEWAY_POLICY(listed) #listed,
#include "actors/router/policies.def"
#undef GATEWAY_POLICY
  };
}

} // namespace gateway
