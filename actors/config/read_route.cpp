#include "actors/config/nearest.hpp"
#include "actors/config/reading.hpp"

#include <set>

namespace gateway {

namespace {

template <class Value>
std::vector<std::string> names_of(const std::map<std::string, Value>& parts) {
  std::vector<std::string> names;
  for (const auto& [name, part] : parts) names.push_back(name);
  return names;
}

void check_target(
  const Place& place, const RouteTarget& target, const Document& document, Problems& problems) {
  if (problems.full()) return; // the nearest name is dear to find
  const auto provider = document.providers.find(target.provider);
  if (provider == document.providers.end()) {
    const auto near = did_you_mean(target.provider, names_of(document.providers));
    place["provider"].error(
      problems, "unknown_provider", "there is no provider \"" + target.provider + "\"" + near);
    return;
  }
  if (provider->second.models.contains(target.model)) return;
  const auto near = did_you_mean(target.model, names_of(provider->second.models));
  place["model"].error(
    problems,
    "unknown_model",
    "\"" + target.provider + "\" has no model \"" + target.model + "\"" + near);
}

void read_paid(const Place& place, RouteConfig& route) {
  if (place.text() == "never") route.paid = PaidRule::never;
  if (const auto dollars = place["usd_per_day"].number(9)) {
    route.paid = PaidRule::usd_per_day;
    route.paid_per_day = *dollars;
  }
}

} // namespace

RouteConfig read_route(
  const std::string& name, const Place& place, const Document& document, Problems& problems) {
  RouteConfig route;
  route.name = name;
  route.policy = place["policy"].text().value_or(document.settings.default_policy);
  route.queue = Milliseconds{place["queue_ms"].number().value_or(0)};
  read_paid(place["paid"], route);
  std::set<std::pair<std::string, std::string>> seen;
  const auto targets = place["targets"];
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const auto provider = targets[i]["provider"].text();
    const auto model = targets[i]["model"].text();
    if (!provider || !model) continue;
    RouteTarget target{*provider, *model, targets[i]["weight"].number().value_or(1)};
    check_target(targets[i], target, document, problems);
    if (!seen.emplace(*provider, *model).second)
      targets[i].error(problems, "duplicate_target", "this target stands in the route twice");
    route.targets.push_back(std::move(target));
  }
  return route;
}

SettingsConfig read_settings(const Place& place) {
  SettingsConfig settings;
  const auto number = [](const Place& at, std::int64_t& into) {
    into = at.number().value_or(into);
  };
  number(place["max_body_bytes"], settings.max_body_bytes);
  number(place["max_answer_bytes"], settings.max_answer_bytes);
  number(place["max_attempts"], settings.max_attempts);
  number(place["log"]["days"], settings.log_days);
  number(place["log"]["max_gb"], settings.log_max_gb);
  settings.default_policy = place["default_policy"].text().value_or(settings.default_policy);
  settings.cooldown = place["cooldown"].truth().value_or(settings.cooldown);
  settings.locked = place["locked"].truth().value_or(settings.locked);
  settings.voters = place["voters"].texts();
  const auto write_off = place["cluster"]["write_off_ms"];
  if (const auto after = write_off.number()) settings.write_off = Milliseconds{*after};
  if (write_off.is_null()) settings.write_off.reset();
  return settings;
}

} // namespace gateway
