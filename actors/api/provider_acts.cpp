#include "actors/api/audit.hpp"
#include "actors/api/endpoint.hpp"
#include "actors/api/provider_answer.hpp"
#include "actors/runtime/ask.hpp"

#include <array>

namespace gateway {
namespace {

std::string words_of(ProviderAct act) {
  switch (act) {
  case ProviderAct::probe: return "probed ";
  case ProviderAct::clear_cooldown: return "cleared the cooldown of ";
  case ProviderAct::drain: return "drained ";
  case ProviderAct::undrain: return "undrained ";
  }
  return "";
}

template <ProviderAct act>
Co<void> carry_out(Context& context, Exchange& exchange, const Caller& caller) {
  const auto in_force = context.in_force;
  const auto name = path_parameter(exchange);
  const auto stop = in_force->directory->plan->find_stop("provider/" + name);
  if (!stop) co_return co_await answer_problem(exchange, no_provider());
  // First it stands in the audit log: what is not recorded is not done.
  EventRecord record;
  record.kind = EventKind::provider;
  record.text = words_of(act) + name;
  record.ref = name;
  auto told = co_await tell(context, exchange, caller, std::move(record));
  if (!told) co_return co_await answer_problem(exchange, std::move(told.error()));
  ProviderActRequest order{act, caller.name};
  auto asked = ask<StateAnswer>(context.unit, in_force->directory->stops[*stop], std::move(order));
  const auto done = co_await asked;
  if (!done) co_return co_await answer_problem(exchange, done.error());
  co_await answer_provider(context, exchange, name);
}

} // namespace

std::span<const Route> provider_acts_routes() {
  using enum ProviderAct;
  constexpr auto role = AdminRole::operator_;
  static constexpr std::array routes{
    Route{"POST", "/admin/v1/providers/{id}/probe", role, carry_out<probe>},
    Route{"POST", "/admin/v1/providers/{id}/clear-cooldown", role, carry_out<clear_cooldown>},
    Route{"POST", "/admin/v1/providers/{id}/drain", role, carry_out<drain>},
    Route{"POST", "/admin/v1/providers/{id}/undrain", role, carry_out<undrain>}};
  return routes;
}

} // namespace gateway
