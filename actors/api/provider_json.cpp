#include "actors/api/provider_json.hpp"

#include "actors/api/provider_states.hpp"
#include "persistence/record_line.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace gateway {
namespace {

using Json = nlohmann::ordered_json;

std::string_view text_of(HealthState state) {
  switch (state) {
  case HealthState::ok: return "ok";
  case HealthState::degraded: return "degraded";
  case HealthState::cooldown: return "cooldown";
  case HealthState::half_open: return "half_open";
  case HealthState::down: return "down";
  case HealthState::disabled: return "disabled";
  }
  return "ok";
}

Json in_ms(const std::optional<std::int64_t>& us) {
  return us ? Json(static_cast<double>(*us) / 1'000) : Json();
}

Json health_of(const ProviderState& provider, std::int64_t now) {
  Json health;
  health["state"] = text_of(provider.health);
  health["reason"] = nullptr;
  if (provider.reason) health["reason"] = failure_text(*provider.reason);
  if (!provider.disabled_reason.empty()) health["reason"] = provider.disabled_reason;
  health["until"] = provider.cooling ? Json(now + provider.cooling->count()) : Json();
  return health;
}

Json window_of(const QuotaState& quota, const std::string& node, std::int64_t now) {
  const auto owner = quota_owner_of(quota.spec.owner);
  const auto used = quota.in_flight + quota.cooling - quota.external;
  Json window;
  window["w"] = quota.spec.name;
  window["model"] = owner.model.empty() ? Json() : Json(owner.model);
  window["pool_name"] = owner.name.starts_with("pool/") ? Json(owner.name.substr(5)) : Json();
  window["unit"] = name_of(quota.spec.unit);
  window["limit"] = quota.limit;
  window["used"] = used;
  window["in_flight"] = quota.in_flight;
  window["idle"] = quota.idle;
  window["pool"] = 0;
  window["in_transit"] = 0;
  window["recovering"] = quota.recovering ? quota.cooling : 0;
  window["unreachable"] = 0;
  window["external"] = quota.external;
  window["owed"] = quota.owed;
  window["resets_at"] =
    quota.earliest_maturity ? Json(now + quota.earliest_maturity->count()) : Json();
  const auto until = quota.recovering ? Json(now + quota.recovering->count()) : Json();
  window["shares"] = Json::array(
    {{{"node", node},
      {"hold", quota.limit},
      {"used", used},
      {"until", until},
      {"state", quota.recovering ? "recovering" : "active"}}});
  return window;
}

bool uses_pool(const ProviderConfig& provider, const std::string& pool) {
  const auto has = [&](const std::vector<std::string>& pools) {
    return std::ranges::find(pools, pool) != pools.end();
  };
  return has(provider.pools) || std::ranges::any_of(provider.models, [&](const auto& model) {
           return has(model.second.pools);
         });
}

// The provider's first-token time is that of its model that was measured and is used most.
const ModelState* busiest(const ProviderState& provider) {
  const ModelState* best = nullptr;
  for (const auto& model : provider.models)
    if (model.first_token_us && (best == nullptr || model.in_flight > best->in_flight))
      best = &model;
  return best;
}

} // namespace

void append_provider_json(
  std::string& out,
  const ProviderState& provider,
  std::span<const ProviderState> all,
  const Plan& plan,
  const std::string& node) {
  const auto now = milliseconds_since_epoch(wall_now());
  Json item;
  item["id"] = provider.name;
  item["dialect"] = provider.dialect;
  item["enabled"] = provider.enabled;
  item["health"] = health_of(provider, now);
  std::int64_t in_flight = 0;
  for (const auto& model : provider.models) in_flight += model.in_flight;
  const auto* speed = busiest(provider);
  item["now"]["inflight"] = in_flight;
  item["now"]["ttft_ms"]["p50"] = speed != nullptr ? in_ms(speed->first_token_us) : Json();
  item["now"]["ttft_ms"]["p95"] = speed != nullptr ? in_ms(speed->first_token_us_p95) : Json();
  item["attempts"] = Json(provider.attempts);
  auto& windows = item["windows"] = Json::array();
  for (const auto& quota : provider.quotas) windows.push_back(window_of(quota, node, now));
  const auto config = plan.document->providers.find(provider.name);
  for (const auto& pool : all) {
    if (!pool.name.starts_with("pool/") || config == plan.document->providers.end()) continue;
    if (!uses_pool(config->second, pool.name.substr(5))) continue;
    for (const auto& quota : pool.quotas) windows.push_back(window_of(quota, node, now));
  }
  out += item.dump();
}

void append_models_json(std::string& out, const ProviderState& provider) {
  Json models = Json::array();
  for (const auto& model : provider.models)
    models.push_back(
      {{"id", model.name},
       {"health", text_of(model.health)},
       {"inflight", model.in_flight},
       {"ttft_ms",
        {{"p50", in_ms(model.first_token_us)}, {"p95", in_ms(model.first_token_us_p95)}}},
       {"tokens_per_second", model.tokens_per_second ? Json(*model.tokens_per_second) : Json()}});
  out += ",\"models\":" + models.dump();
}

void append_request_json(std::string& out, const RequestRecord& record) {
  const auto or_null = [](const std::string& text) { return text.empty() ? Json() : Json(text); };
  const auto money = [](const std::optional<NanoDollars>& amount) {
    return amount ? Json(std::to_string(amount->count)) : Json();
  };
  Json row;
  row["id"] = record.id;
  row["request_id"] = record.request_id;
  row["t"] = milliseconds_since_epoch(record.started);
  row["node"] = record.node;
  row["key"] = or_null(record.key);
  row["team"] = or_null(record.team);
  row["route"] = or_null(record.route);
  row["asked_model"] = record.asked_model;
  row["model"] = or_null(record.model);
  row["provider"] = or_null(record.provider);
  row["status"] = record.status;
  row["outcome"] = outcome_text(record.outcome);
  row["attempts"] = record.attempts;
  row["first_provider"] = or_null(record.first_provider);
  row["error_code"] = or_null(record.error_code);
  row["stream"] = record.stream;
  row["tokens_in"] = record.tokens_in;
  row["tokens_cached"] = record.tokens_cached;
  row["tokens_out"] = record.tokens_out;
  row["tokens_reasoning"] = record.tokens_reasoning;
  row["estimated"] = record.tokens_estimated;
  row["ttft_ms"] = in_ms(record.first_token_us);
  row["latency_ms"] = static_cast<double>(record.latency_us) / 1'000;
  row["cost_n"] = money(record.cost);
  row["list_cost_n"] = money(record.list_cost);
  row["endpoint"] = record.endpoint;
  row["client"] = record.client;
  row["http"] = "1.1";
  row["finish"] = or_null(record.finish);
  row["bodies"] = "not_stored";
  // A name that a stranger sent may be no UTF-8.
  out += row.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string to_ms_json(std::int64_t us) {
  return fmt::format("{}.{:03}", us / 1'000, us % 1'000);
}

} // namespace gateway
