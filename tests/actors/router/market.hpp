#pragma once

#include "actors/router/ranking.hpp"

#include <memory>
#include <string>

namespace gateway {

/// A small market of providers for routing tests: a document put together by hand.
class Market {
public:
  ProviderConfig& provider(const std::string& name) {
    auto& provider = document_->providers[name];
    provider.name = name;
    provider.dialect = "openai";
    return provider;
  }

  /// `input` and `output` in dollars per million tokens.
  ModelConfig&
  model(const std::string& provider_name, const std::string& name, double input, double output) {
    auto& model = unpriced(provider_name, name);
    Price price;
    price.rates.input = static_cast<std::int64_t>(input * 1e9);
    price.rates.output = static_cast<std::int64_t>(output * 1e9);
    model.price = price;
    return model;
  }

  ModelConfig& unpriced(const std::string& provider_name, const std::string& name) {
    auto& model = provider(provider_name).models[name];
    model.name = name;
    model.upstream_name = name;
    return model;
  }

  RouteConfig& route(const std::string& name, const std::string& policy) {
    auto& route = document_->routes[name];
    route.name = name;
    route.policy = policy;
    return route;
  }

  KeyConfig& key(const std::string& name) {
    auto& key = document_->keys[name];
    key.name = name;
    return key;
  }

  Document& document() { return *document_; }

  std::shared_ptr<const Plan> plan() { return make_plan(document_, board_); }
  ProviderGauges& gauges(const std::string& provider, const std::string& model) {
    return *board_.of(provider, model);
  }

  /// A walk for `model`, ranked at `now`; `key`: whose, none if empty.
  std::shared_ptr<Walk>
  ask(const std::string& model, Instant now = Instant{}, const std::string& key = "") {
    auto walk = begin(model);
    if (!key.empty()) walk->key = &document_->keys.at(key);
    rank(*walk, now);
    return walk;
  }

  std::shared_ptr<Walk> begin(const std::string& model) {
    auto walk = std::make_shared<Walk>();
    walk->plan = plan();
    walk->asked_model = model;
    walk->needs.size.text_bytes = 4'000;
    return walk;
  }

  void rank(Walk& walk, Instant now = Instant{}) {
    gateway::rank(
      walk, [this](const std::string& route) -> PolicyMemory& { return memories_[route]; }, now);
  }

private:
  std::shared_ptr<Document> document_ = std::make_shared<Document>();
  GaugeBoard board_;
  std::unordered_map<std::string, PolicyMemory> memories_;
};

/// "groq/llama openai/mini": the ranked candidates, in order.
inline std::string ranked(const Walk& walk) {
  std::string names;
  for (std::size_t i = 0; i < walk.ranked; ++i) {
    const auto& offer = walk.plan->offers[walk.candidates[i].offer];
    names += (names.empty() ? "" : " ") + offer.provider->name + "/" + offer.model->name;
  }
  return names;
}

/// Why the candidate of that provider was passed over.
inline PassedOver passed_over(const Walk& walk, const std::string& provider) {
  for (const auto& candidate : walk.candidates)
    if (walk.plan->offers[candidate.offer].provider->name == provider) return candidate.passed_over;
  return PassedOver::no;
}

} // namespace gateway
