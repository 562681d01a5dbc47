#include "actors/router/plan.hpp"

#include "actors/config/nearest.hpp"
#include "actors/ledger/pricing.hpp"
#include "actors/quota/document_quotas.hpp"
#include "actors/quota/pool_limits.hpp"

#include <algorithm>

namespace gateway {
namespace {

constexpr std::size_t near_names_max = 3;
constexpr std::string_view any_model = "auto";

class Planner {
public:
  Planner(std::shared_ptr<const Document> document, GaugeBoard& board)
      : plan_(std::make_shared<Plan>()), board_(board) {
    plan_->document = std::move(document);
  }

  std::shared_ptr<const Plan> make() {
    add_stops();
    add_key_stops();
    add_offers();
    add_routes();
    return plan_;
  }

private:
  const Document& document() const { return *plan_->document; }

  void add_stop(std::string name) {
    numbers_.emplace(name, static_cast<std::uint32_t>(plan_->stops.size()));
    plan_->stops.push_back(std::move(name));
  }

  std::optional<std::uint32_t> number_of(const std::string& stop) const {
    const auto found = numbers_.find(stop);
    return found == numbers_.end() ? std::nullopt : std::optional{found->second};
  }

  void add_stops() {
    for (const auto& stop : gateway::stops_of(document())) add_stop(stop);
  }

  void add_key_stops() {
    for (const auto& [name, key] : document().keys) {
      KeyStops stops;
      const auto add_of = [&](const std::string& spender) {
        if (const auto stop = number_of(spender)) stops.limits.push_back(*stop);
        if (const auto stop = number_of(budget_stop_of(spender))) stops.budgets.push_back(*stop);
      };
      add_of("key/" + name);
      if (!key.team.empty()) add_of("team/" + key.team);
      if (!stops.limits.empty() || !stops.budgets.empty()) plan_->key_stops[name] = stops;
    }
  }

  std::vector<std::uint32_t> stops_of(const ProviderConfig& provider, const ModelConfig& model) {
    std::vector<std::uint32_t> stops{*number_of("provider/" + provider.name)};
    for (const auto* pools : {&provider.pools, &model.pools})
      for (const auto& pool : *pools) {
        const auto stop = number_of("pool/" + pool);
        if (stop && std::ranges::find(stops, *stop) == stops.end()) stops.push_back(*stop);
      }
    return stops;
  }

  void add_offers() {
    for (const auto& [provider_name, provider] : document().providers) {
      std::uint32_t number = 0;
      for (const auto& [model_name, model] : provider.models) {
        const auto offer = static_cast<std::uint32_t>(plan_->offers.size());
        plan_->offers.push_back(
          {&provider,
           &model,
           number++,
           stops_of(provider, model),
           provider.free_tier || (model.price && is_free(*model.price)),
           board_.of(provider_name, model_name)});
        offers_[provider_name + "/" + model_name] = offer;
        plan_->meanings[provider_name + "/" + model_name].offers.push_back({offer, 1});
        if (!provider.enabled) continue;
        plan_->meanings[model_name].offers.push_back({offer, 1});
        if (!model.embedding) plan_->meanings[std::string{any_model}].offers.push_back({offer, 1});
      }
    }
  }

  void add_routes() {
    for (const auto& [name, route] : document().routes) {
      Meaning meaning{&route, {}, number_of(budget_stop_of("route/" + name))};
      for (const auto& target : route.targets) {
        const auto found = offers_.find(target.provider + "/" + target.model);
        if (found != offers_.end()) meaning.offers.push_back({found->second, target.weight});
      }
      plan_->meanings[name] = std::move(meaning); // a route's name goes before all others
    }
  }

  std::shared_ptr<Plan> plan_;
  GaugeBoard& board_;
  std::unordered_map<std::string, std::uint32_t> numbers_; // of the stops
  std::unordered_map<std::string, std::uint32_t> offers_;
};

} // namespace

const Meaning* Plan::find(std::string_view model) const {
  const auto found = meanings.find(std::string{model});
  return found == meanings.end() ? nullptr : &found->second;
}

std::optional<std::uint32_t> Plan::find_stop(std::string_view name) const {
  const auto found = std::ranges::find(stops, name);
  if (found == stops.end()) return std::nullopt;
  return static_cast<std::uint32_t>(found - stops.begin());
}

const KeyStops* Plan::stops_of(const KeyConfig* key) const {
  if (key == nullptr || key_stops.empty()) return nullptr;
  const auto found = key_stops.find(key->name);
  return found == key_stops.end() ? nullptr : &found->second;
}

std::vector<std::string> Plan::near(std::string_view model, const KeyConfig* key) const {
  std::vector<std::pair<std::size_t, std::string>> by_distance;
  for (const auto& [name, meaning] : meanings)
    if (may_use(key, meaning)) by_distance.emplace_back(edit_distance(model, name), name);
  std::ranges::sort(by_distance);
  std::vector<std::string> names;
  for (const auto& [distance, name] : by_distance) {
    // Further off than half its length a name is no typing error any more.
    if (names.size() == near_names_max || distance * 2 > std::max(model.size(), name.size())) break;
    names.push_back(name);
  }
  return names;
}

std::shared_ptr<ProviderGauges>
GaugeBoard::of(const std::string& provider, const std::string& model) {
  auto& gauges = gauges_[{provider, model}];
  if (!gauges) gauges = std::make_shared<ProviderGauges>();
  return gauges;
}

std::shared_ptr<const Plan> make_plan(std::shared_ptr<const Document> document, GaugeBoard& board) {
  return Planner{std::move(document), board}.make();
}

bool may_use(const KeyConfig* key, const Meaning& meaning) noexcept {
  if (key == nullptr || key->routes.empty()) return true;
  return meaning.route != nullptr && key->routes.contains(meaning.route->name);
}

} // namespace gateway
