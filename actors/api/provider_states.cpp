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

} // namespace gateway
