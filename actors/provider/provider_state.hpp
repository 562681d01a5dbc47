#pragma once

#include "actors/provider/health.hpp"
#include "actors/quota/permit_books.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace gateway {

/// One model of a provider as an admin sees it.
struct ModelState {
  std::string name;
  HealthState health = HealthState::ok;
  std::optional<Milliseconds> cooling; // how long yet
  std::optional<FailureKind> reason;   // what the cooldown is for
  std::int64_t in_flight = 0;
  std::optional<std::int64_t> first_token_us;
  std::optional<std::int64_t> first_token_us_p95;
  std::optional<std::int64_t> tokens_per_second;
};

/// A provider (or a pool, or a key: then only `name` and `quotas`) as an admin sees it.
struct ProviderState {
  std::string name;
  bool is_provider = false;
  std::string dialect;
  bool enabled = true;
  std::string disabled_reason;
  std::string drained_by; // the operator's name
  HealthState health = HealthState::ok;
  std::optional<Milliseconds> cooling; // how long yet
  std::optional<FailureKind> reason;   // what it, or some of its models, cool down for
  std::vector<ModelState> models;
  std::map<std::string, std::uint64_t> attempts; // by outcome, since the start
  std::vector<QuotaState> quotas;
};

/// Is not called before a time: cools down, or is down.
bool rests(HealthState health) noexcept;

/// A provider that takes calls is no better than its models: where all of them rest it cools down
/// until the first may be tried again, where some do it is degraded. Changes health, cooling,
/// reason.
void join_models(ProviderState& provider);

} // namespace gateway
