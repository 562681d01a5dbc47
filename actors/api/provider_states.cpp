#include "actors/api/provider_states.hpp"

#include "actors/runtime/ask.hpp"

namespace gateway {

Co<std::vector<ProviderState>> provider_states(Context& context, const Directory& directory) {
  std::vector<ProviderState> states;
  states.reserve(directory.stops.size());
  for (const auto& stop : directory.stops) {
    StateRequest question;
    auto asked = ask<StateAnswer>(context.unit, stop, std::move(question));
    auto answer = co_await asked;
    if (answer) states.push_back(std::move(answer->provider));
  }
  co_return states;
}

QuotaOwnerName quota_owner_of(std::string_view owner) {
  constexpr std::string_view provider = "provider/";
  constexpr std::string_view model = "/model/";
  if (!owner.starts_with(provider)) return {std::string{owner}, ""};
  owner.remove_prefix(provider.size());
  // A provider's name holds no slash; a model's may.
  const auto at = owner.find(model);
  if (at == std::string_view::npos) return {std::string{owner}, ""};
  return {std::string{owner.substr(0, at)}, std::string{owner.substr(at + model.size())}};
}

} // namespace gateway
