#include "actors/dashboard/provider_json.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace gateway {
namespace {

using Json = nlohmann::ordered_json;

Json in_ms(const std::optional<std::int64_t>& us) {
  return us ? Json(static_cast<double>(*us) / 1'000) : Json();
}

Json speed_json(const ModelState* model) {
  return {
    {"p50", model != nullptr ? in_ms(model->first_token_us) : Json()},
    {"p95", model != nullptr ? in_ms(model->first_token_us_p95) : Json()}};
}

Json health_json(const ShownHealth& health) {
  return {
    {"state", health.state},
    {"since", health.since ? Json(milliseconds_since_epoch(*health.since)) : Json()},
    {"reason", health.reason.empty() ? Json() : Json(health.reason)},
    {"until", health.until ? Json(milliseconds_since_epoch(*health.until)) : Json()}};
}

Json strip_json(const HealthStrip& strip) {
  return {{"step_ms", 60'000}, {"t0", milliseconds_since_epoch(strip.start)}, {"s", strip.letters}};
}

// Which window it is.
Json window_head(const QuotaState& quota) {
  const auto owner = quota_owner_of(quota.spec.owner);
  return {
    {"w", quota.spec.name},
    {"model", owner.model.empty() ? Json() : Json(owner.model)},
    {"pool_name", owner.name.starts_with("pool/") ? Json(owner.name.substr(5)) : Json()}};
}

Json share_json(const QuotaPart& part, std::int64_t now) {
  const auto until = part.recovering ? Json(now + part.recovering->count()) : Json();
  const auto* const state = !part.is_reachable ? "unreachable"
    : part.recovering                          ? "recovering"
                                               : "active";
  return {
    {"node", part.node},
    {"hold", part.hold},
    {"used", part.used},
    {"until", until},
    {"state", state}};
}

Json window_json(const QuotaState& quota, bool is_whole, std::int64_t now) {
  const auto used = quota.in_flight + quota.cooling - quota.external;
  std::int64_t unreachable = 0;
  auto shares = Json::array();
  for (const auto& part : quota.parts) {
    if (!part.is_reachable) unreachable += std::max<std::int64_t>(0, part.hold);
    shares.push_back(share_json(part, now));
  }
  const auto lying = used + quota.external + quota.idle + quota.pool + unreachable;
  auto window = window_head(quota);
  window["unit"] = name_of(quota.spec.unit);
  window["limit"] = quota.limit;
  window["used"] = used;
  window["in_flight"] = quota.in_flight;
  window["idle"] = quota.idle;
  window["pool"] = quota.pool;
  // Given by one, and not yet another's; it lies at no node that is known.
  window["in_transit"] = is_whole && quota.parts.size() > 1
    ? std::max<std::int64_t>(0, quota.limit + quota.owed - lying)
    : std::int64_t{0};
  window["recovering"] = quota.recovering ? quota.cooling : 0;
  window["unreachable"] = unreachable;
  window["external"] = quota.external;
  window["owed"] = quota.owed;
  window["resets_at"] =
    quota.earliest_maturity ? Json(now + quota.earliest_maturity->count()) : Json();
  window["shares"] = std::move(shares);
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

} // namespace

std::vector<const QuotaState*>
windows_of(const ProviderState& provider, const PoolStates& pools, const ProviderConfig* config) {
  std::vector<const QuotaState*> windows;
  for (const auto& quota : provider.quotas) windows.push_back(&quota);
  if (config == nullptr) return windows;
  for (const auto& [name, pool] : pools)
    if (uses_pool(*config, name.substr(name.find('/') + 1)))
      for (const auto& quota : pool.quotas) windows.push_back(&quota);
  return windows;
}

void append_provider_json(
  std::string& out,
  const ProviderLive& provider,
  std::span<const QuotaState* const> windows,
  const CountedByOthers& others,
  WallTime now) {
  const auto& state = provider.state();
  auto minute = provider.last_minute(now);
  minute += others.minute;
  auto attempts = state.attempts;
  for (const auto& [outcome, count] : others.attempts) attempts[outcome] += count;
  auto strip = provider.strip(now);
  for (const auto& other : others.strips) strip = merged(strip, other);
  Json item;
  item["id"] = state.name;
  item["dialect"] = state.dialect;
  item["enabled"] = state.enabled;
  item["health"] = health_json(provider.health());
  item["now"]["rpm"] = minute.ended;
  const auto failed = static_cast<double>(minute.failed);
  item["now"]["err_ratio"] =
    minute.ended > 0 ? Json(failed / static_cast<double>(minute.ended)) : Json();
  item["now"]["ttft_ms"] = speed_json(provider.busiest_model());
  item["now"]["inflight"] = provider.in_flight();
  item["attempts"] = attempts;
  item["strip"] = strip_json(strip);
  auto& shown = item["windows"] = Json::array();
  for (const auto* window : windows)
    shown.push_back(window_json(*window, others.is_whole, milliseconds_since_epoch(now)));
  item["cost_today_n"] = std::to_string(provider.cost_today(now) + others.cost_today);
  item["list_cost_today_n"] =
    std::to_string(provider.list_cost_today(now) + others.list_cost_today);
  out += item.dump();
}

void append_health_event(std::string& out, const ProviderLive& provider, const std::string& by) {
  auto health = health_json(provider.health());
  Json event{{"provider", provider.state().name}};
  for (const auto* member : {"state", "reason", "until"}) event[member] = health[member];
  event["by"] = by;
  out += event.dump();
}

void append_learned_json(std::string& out, std::span<const QuotaState* const> windows) {
  const auto in_whole_ms = [](const std::optional<Milliseconds>& delay) {
    return delay ? Json(delay->count()) : Json();
  };
  Json learned = Json::array();
  for (const auto* window : windows) {
    const bool is_slower = window->learned_delay && window->spec.count_delay
      && *window->learned_delay > *window->spec.count_delay;
    const bool is_stricter = window->is_set_aside || window->external > 0 || is_slower;
    if (!window->said_limit && !is_stricter) continue;
    auto item = window_head(*window);
    item["limit"] = window->spec.limit;
    item["said"] = window->said_limit ? Json(*window->said_limit) : Json();
    item["in_force"] = window->limit;
    item["set_aside"] = window->is_set_aside;
    item["external"] = window->external;
    item["count_delay_ms"] = in_whole_ms(window->spec.count_delay);
    item["learned_delay_ms"] = in_whole_ms(window->learned_delay);
    learned.push_back(std::move(item));
  }
  out += ",\"learned\":" + learned.dump();
}

void append_models_json(std::string& out, const ProviderState& provider) {
  Json models = Json::array();
  for (const auto& model : provider.models)
    models.push_back(
      {{"id", model.name},
       {"health", health_word(model.health)},
       {"inflight", model.in_flight},
       {"ttft_ms", speed_json(model.first_token_us ? &model : nullptr)},
       {"tokens_per_second", model.tokens_per_second ? Json(*model.tokens_per_second) : Json()}});
  out += ",\"models\":" + models.dump();
}

} // namespace gateway
