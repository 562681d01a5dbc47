#include "actors/config/reading.hpp"

namespace gateway {

namespace {

void fill_in(ModelConfig& model, const CatalogueModel& known) {
  model.embedding = known.embedding;
  model.price = known.price;
  model.context_window = known.context_window;
  model.max_output = known.max_output;
  model.vision = known.vision;
  model.audio = known.audio;
  model.files = known.files;
  model.tools = known.tools;
  model.json_schema = known.json_schema;
}

ModelConfig read_model(
  const std::string& name, const ProviderConfig& provider, const Place& place, Reading& reading) {
  ModelConfig model;
  model.name = name;
  model.upstream_name = place["upstream_name"].text().value_or(name);
  const auto* known = reading.catalogue.find(provider.vendor, model.upstream_name);
  if (known != nullptr) fill_in(model, *known);
  if (const auto kind = place["kind"].text()) model.embedding = *kind == "embedding";
  model.limits = read_limits(place["limits"], provider.day, reading.problems);
  model.pools = read_pools(place["pools"], reading);
  if (auto price = read_price(place["price"], model.embedding, reading.problems))
    model.price = std::move(price);
  model.context_window = place["context_window"].number().value_or(model.context_window);
  model.max_output = place["max_output"].number().value_or(model.max_output);
  const auto capability = [&](const char* what, bool& able) {
    able = place["capabilities"][what].truth().value_or(able);
  };
  capability("vision", model.vision);
  capability("audio", model.audio);
  capability("files", model.files);
  capability("tools", model.tools);
  capability("json_schema", model.json_schema);
  if (!model.price && !provider.free_tier)
    place.warning(
      reading.problems,
      "unknown_price",
      "nobody knows its price: it ranks last, and budgets and \"paid\": \"never\" pass it over; "
      "give a \"price\" (0 means free)");
  return model;
}

/// A free tier that nothing limits is spent by the first burst of requests.
void check_free_tier(const ProviderConfig& provider, const Place& place, Problems& problems) {
  if (!provider.free_tier || !provider.limits.empty() || !provider.pools.empty()) return;
  std::string unlimited;
  std::size_t more = 0;
  for (const auto& [name, model] : provider.models) {
    if (!model.limits.empty() || !model.pools.empty()) continue;
    if (unlimited.size() > 100)
      ++more;
    else
      unlimited += (unlimited.empty() ? "" : ", ") + name;
  }
  if (unlimited.empty()) return;
  if (more > 0) unlimited += " and " + std::to_string(more) + " more";
  place["free_tier"].warning(
    problems, "free_without_limits", "a free tier has limits, none are given for " + unlimited);
}

} // namespace

void read_models(ProviderConfig& provider, const Place& place, Reading& reading) {
  const auto models = place["models"];
  for (const auto& [name, model] : models.members())
    provider.models.emplace(name, read_model(name, provider, model, reading));
  if (!models)
    for (const auto& known : reading.catalogue.models(provider.vendor)) {
      if (!known.offered) continue;
      ModelConfig model;
      model.name = model.upstream_name = known.id;
      fill_in(model, known);
      provider.models.emplace(known.id, std::move(model));
    }
  if (provider.models.empty())
    models.warning(
      reading.problems, "no_models", "it offers no model: the catalogue has none, name them");
  check_free_tier(provider, place, reading.problems);
}

} // namespace gateway
