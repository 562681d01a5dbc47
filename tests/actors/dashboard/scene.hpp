#pragma once

#include "actors/dashboard/live_view.hpp"
#include "tests/actors/router/market.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace gateway {

/// 24 November 2026, 12:00:00 UTC: the middle of a day, the beginning of an hour.
constexpr WallTime noon{Milliseconds{1'795'521'600'000}};

/// One request that ended; cheap and answered where nothing else is said.
inline RequestRecord record_of(
  const std::string& provider, const std::string& model, Outcome outcome = Outcome::first_try) {
  RequestRecord record;
  record.id = "req_1";
  record.provider = provider;
  record.model = model;
  record.outcome = outcome;
  record.status = outcome == Outcome::failed ? 502 : 200;
  record.tokens_in = 10;
  record.tokens_out = 5;
  record.cost = NanoDollars{100};
  record.list_cost = NanoDollars{200};
  record.first_token_us = 40'000;
  return record;
}

inline RequestTally tally_of(const RequestRecord& record, int times = 1) {
  RequestTally tally;
  for (int i = 0; i < times; ++i) tally.add(record);
  return tally;
}

/// A provider that is well; `attempts` since its actor began.
inline ProviderState state_of(const std::string& name, std::uint64_t ok = 0) {
  ProviderState state;
  state.name = name;
  state.is_provider = true;
  state.dialect = "openai";
  if (ok > 0) state.attempts["ok"] = ok;
  return state;
}

inline ProviderState cooling(ProviderState state, Milliseconds yet) {
  state.health = HealthState::cooldown;
  state.cooling = yet;
  state.reason = FailureKind::rate_limited;
  return state;
}

inline QuotaState window(const std::string& owner, const std::string& name, std::int64_t limit) {
  QuotaState quota;
  quota.spec.owner = owner;
  quota.spec.name = name;
  quota.limit = limit;
  quota.idle = limit;
  return quota;
}

/// Members of an object, as the admin API has them before its scope is there.
inline nlohmann::json object_of(const std::string& members) {
  return nlohmann::json::parse("{" + members + "}");
}

} // namespace gateway
