#include "actors/provider/provider_state.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

namespace {

ModelState model(
  HealthState health,
  std::optional<Milliseconds> cooling = {},
  std::optional<FailureKind> why = {}) {
  ModelState state;
  state.health = health;
  state.cooling = cooling;
  state.reason = why;
  return state;
}

const auto limited = [](Milliseconds yet) {
  return model(HealthState::cooldown, yet, FailureKind::rate_limited);
};
const auto unknown = [](Milliseconds yet) {
  return model(HealthState::down, yet, FailureKind::model_not_found);
};
const auto well = model(HealthState::ok);
const auto failing = model(HealthState::degraded);
const auto tried = model(HealthState::half_open);

} // namespace

TEST_CASE("a provider is no better than its models", "[provider][pure]") {
  struct Row {
    const char* when;
    HealthState own;
    std::vector<ModelState> models;
    HealthState health;
    std::optional<Milliseconds> cooling;
    std::optional<FailureKind> reason;
  };
  using enum HealthState;
  constexpr auto rate = FailureKind::rate_limited;
  constexpr auto no_model = FailureKind::model_not_found;
  const auto row = GENERATE_COPY(
    Row{"all are well", ok, {well, well}, ok, {}, {}},
    Row{"there are none", ok, {}, ok, {}, {}},
    Row{"the only one cools", ok, {limited(3s)}, cooldown, 3s, rate},
    Row{"all cool: till the first is back", ok, {limited(9s), limited(3s)}, cooldown, 3s, rate},
    Row{"one of two cools", ok, {limited(3s), well}, degraded, {}, rate},
    Row{"one cools, one is tried", ok, {tried, limited(3s)}, degraded, {}, rate},
    Row{"one is unknown, one cools", ok, {unknown(1h), limited(3s)}, cooldown, 3s, rate},
    Row{"one is unknown", ok, {unknown(1h), well}, degraded, {}, no_model},
    Row{"all are unknown", ok, {unknown(2h), unknown(1h)}, down, 1h, no_model},
    Row{"one fails now and then", ok, {failing, well}, degraded, {}, {}},
    Row{"all are tried", ok, {tried, tried}, half_open, {}, {}},
    Row{"one is tried, one is well", ok, {tried, well}, ok, {}, {}},
    Row{"it fails itself", degraded, {well, well}, degraded, {}, {}},
    Row{"it is tried itself", half_open, {limited(3s), well}, half_open, {}, {}},
    Row{"it is tried, and all cool", half_open, {limited(3s)}, cooldown, 3s, rate},
    Row{"it is off", disabled, {limited(3s)}, disabled, {}, {}},
    Row{"it is drained", drained, {limited(3s)}, drained, {}, {}});
  CAPTURE(row.when);
  ProviderState state;
  state.health = row.own;
  state.models = row.models;
  join_models(state);
  CHECK(state.health == row.health);
  CHECK(state.cooling == row.cooling);
  CHECK(state.reason == row.reason);
}

TEST_CASE("what rests as a whole tells of itself, not of its models", "[provider][pure]") {
  const auto own = GENERATE(HealthState::cooldown, HealthState::down);
  ProviderState state;
  state.health = own;
  state.cooling = 60s;
  state.reason = FailureKind::credentials;
  state.models = {limited(3s)};
  join_models(state);
  CHECK(state.health == own);
  CHECK(state.cooling == Milliseconds{60s});
  CHECK(state.reason == FailureKind::credentials);
}
