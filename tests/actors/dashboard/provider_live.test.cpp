#include "actors/dashboard/provider_live.hpp"

#include "tests/actors/dashboard/scene.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

namespace {

ProviderState with_attempts(std::map<std::string, std::uint64_t> attempts) {
  auto state = state_of("p");
  state.attempts = std::move(attempts);
  return state;
}

PastUsage used(WallTime at, Milliseconds length, std::int64_t requests, std::int64_t failed) {
  PastUsage past{span_of(at, length), "p", {}};
  past.counters.requests = requests;
  past.counters.failed = failed;
  past.counters.cost_n = 7 * requests;
  return past;
}

} // namespace

TEST_CASE("attempts of the last minute are told apart from older ones", "[dashboard][pure]") {
  ProviderLive provider;
  provider.saw(with_attempts({{"ok", 3}}), noon);
  provider.saw(with_attempts({{"ok", 4}, {"server_error", 1}}), noon + 30s);
  CHECK(provider.last_minute(noon + 59s).ended == 5);
  CHECK(provider.last_minute(noon + 59s).failed == 1);
  CHECK(provider.last_minute(noon + 60s).ended == 2);
  CHECK(provider.last_minute(noon + 90s).ended == 0);
}

TEST_CASE("what the request or its client did is no failure of a provider", "[dashboard][pure]") {
  ProviderLive provider;
  provider.saw(
    with_attempts(
      {{"cancelled", 1}, {"bad_request", 2}, {"content_filtered", 4}, {"timed_out", 8}}),
    noon);
  CHECK(provider.last_minute(noon).ended == 15);
  CHECK(provider.last_minute(noon).failed == 8);
}

TEST_CASE("a provider that begins again counts from nothing", "[dashboard][pure]") {
  ProviderLive provider;
  provider.saw(with_attempts({{"ok", 100}}), noon);
  const auto seen = provider.saw(with_attempts({{"ok", 2}}), noon + 2min);
  CHECK(seen.attempts.ended == 2);
  CHECK(provider.last_minute(noon + 2min).ended == 2);
}

TEST_CASE("a strip has a letter a minute, the one that runs last", "[dashboard][pure]") {
  ProviderLive provider;
  provider.saw(with_attempts({{"ok", 1}}), noon);
  provider.saw(with_attempts({{"ok", 2}, {"network", 1}}), noon + 1min);
  provider.saw(with_attempts({{"ok", 2}, {"network", 4}}), noon + 2min);
  provider.saw(cooling(with_attempts({{"ok", 9}, {"network", 4}}), 5s), noon + 3min);
  provider.saw(with_attempts({{"ok", 9}, {"network", 4}}), noon + 4min);
  const auto strip = provider.strip(noon + 4min);
  CHECK(strip.start == noon - 55min);
  CHECK(strip.letters.size() == 60);
  CHECK(strip.letters.find_first_not_of('x') == 55);
  CHECK(strip.letters.ends_with("owecx"));
}

TEST_CASE("a minute with a short cooldown shows its traffic", "[dashboard][pure]") {
  ProviderLive provider;
  provider.saw(cooling(with_attempts({{"ok", 1}}), 1s), noon);
  for (int look = 1; look <= 3; ++look)
    provider.saw(with_attempts({{"ok", 1}}), noon + std::chrono::seconds{look});
  CHECK(provider.strip(noon).letters.back() == 'o');
}

TEST_CASE("strip and cost of a life before come from the store", "[dashboard][pure]") {
  ProviderLive provider;
  provider.add_past(used(noon - 13h, usage_hour, 50, 0), noon);   // yesterday
  provider.add_past(used(noon - 2h, usage_minute, 10, 10), noon); // today, but before the strip
  provider.add_past(used(noon - 50min, usage_minute, 2, 0), noon);
  provider.add_past(used(noon - 10s, usage_detail, 3, 2), noon);
  CHECK(provider.cost_today(noon) == 7 * 15);
  CHECK(provider.last_minute(noon).ended == 3);
  const auto letters = provider.strip(noon).letters;
  CHECK(letters.starts_with("xxxxxxxxxox"));
  CHECK(letters.find_first_not_of('x', 10) == 58);
  CHECK(letters.ends_with("xex"));
}

TEST_CASE("a day's cost begins anew at midnight", "[dashboard][pure]") {
  ProviderLive provider;
  UsageCounters counters;
  counters.cost_n = 5;
  counters.list_cost_n = 6;
  provider.add(counters, noon);
  provider.add(counters, noon + 1h);
  CHECK(provider.cost_today(noon + 1h) == 10);
  CHECK(provider.list_cost_today(noon + 1h) == 12);
  CHECK(provider.cost_today(noon + 12h) == 0);
  provider.add(counters, noon + 13h);
  CHECK(provider.cost_today(noon + 13h) == 5);
}

TEST_CASE("a change of health is told once, with its beginning", "[dashboard][pure]") {
  ProviderLive provider;
  CHECK_FALSE(provider.saw(state_of("p"), noon).health_changed); // nobody knew another
  CHECK_FALSE(provider.saw(state_of("p"), noon + 1s).health_changed);
  CHECK(provider.health().since == noon);

  CHECK(provider.saw(cooling(state_of("p"), 10s), noon + 2s).health_changed);
  CHECK(provider.health().state == "cooldown");
  CHECK(provider.health().since == noon + 2s);
  CHECK(provider.health().reason == "rate_limited");
  CHECK(provider.health().until == noon + 12s);
  // The same end, seen a second later and some milliseconds off.
  CHECK_FALSE(provider.saw(cooling(state_of("p"), 8'990ms), noon + 3s).health_changed);
  // It was prolonged.
  CHECK(provider.saw(cooling(state_of("p"), 30s), noon + 4s).health_changed);
  CHECK(provider.health().since == noon + 2s);

  CHECK(provider.saw(state_of("p"), noon + 34s).health_changed);
  CHECK_FALSE(provider.health().until);
}
