#include "actors/api/access.hpp"
#include "actors/api/endpoint.hpp"
#include "actors/router/refusal.hpp"
#include "net/base/json_text.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace gateway {
namespace {

// Models have no date of birth here; clients want a number.
constexpr std::int64_t created = 0;

std::string usd_per_million(std::int64_t nano_dollars) {
  return to_usd_text({nano_dollars});
}

void append_rate(std::string& out, std::string_view name, const std::optional<std::int64_t>& rate) {
  if (!rate) return;
  if (out.back() != '{') out += ',';
  append_json_string(out, name);
  out += ':' + usd_per_million(*rate);
}

// The largest of those who offer it: what fits nobody smaller still goes there.
std::int64_t context_window_of(const Plan& plan, const Meaning& meaning) {
  std::int64_t window = 0;
  for (const auto& choice : meaning.offers) {
    const auto& offer = plan.offers[choice.offer];
    if (offer.provider->usable()) window = std::max(window, offer.model->context_window);
  }
  return window;
}

// What one offer can and costs; a name with several offers shows the first's.
void append_facts(std::string& out, const Plan& plan, const Meaning& meaning) {
  if (meaning.offers.empty()) return;
  const auto& first = plan.offers[meaning.offers.front().offer];
  const auto window = context_window_of(plan, meaning);
  const bool free = std::ranges::any_of(meaning.offers, [&](const auto& choice) {
    const auto& offer = plan.offers[choice.offer];
    return offer.provider->usable() && offer.free;
  });
  out += R"(,"kind":)";
  out += first.model->embedding ? R"("embedding")" : R"("chat")";
  if (window > 0) {
    out += R"(,"context_window":)";
    append_number(out, window);
  }
  if (first.model->max_output > 0) {
    out += R"(,"max_output_tokens":)";
    append_number(out, first.model->max_output);
  }
  if (first.model->price) {
    out += R"(,"price":{)";
    append_rate(out, "input", first.model->price->rates.input);
    append_rate(out, "output", first.model->price->rates.output);
    append_rate(out, "cached_input", first.model->price->rates.cached_input);
    out += '}';
  }
  out += R"(,"free":)";
  out += free ? "true" : "false";
  std::set<std::string_view> providers;
  for (const auto& choice : meaning.offers) {
    const auto& provider = *plan.offers[choice.offer].provider;
    if (provider.usable()) providers.insert(provider.name);
  }
  out += R"(,"providers":[)";
  for (const auto& name : providers) {
    if (out.back() != '[') out += ',';
    append_json_string(out, name);
  }
  out += ']';
}

void append_model(
  std::string& out, const Plan& plan, const std::string& name, const Meaning& meaning) {
  out += R"({"id":)";
  append_json_string(out, name);
  out += R"(,"object":"model","created":)";
  append_number(out, created);
  out += R"(,"owned_by":)";
  const bool route = meaning.route != nullptr || meaning.offers.size() != 1;
  append_json_string(
    out, route ? "llm-gateway" : plan.offers[meaning.offers.front().offer].provider->name);
  append_facts(out, plan, meaning);
  out += '}';
}

// Anthropic's clients, all of which name the version they speak, know models in another shape.
bool speaks_anthropic(const Exchange& exchange) {
  return exchange.head().find("anthropic-version").has_value();
}

void append_anthropic_model(
  std::string& out, const Plan& plan, const std::string& name, const Meaning& meaning) {
  out += R"({"type":"model","id":)";
  append_json_string(out, name);
  out += R"(,"display_name":)";
  append_json_string(out, name);
  out += R"(,"created_at":"1970-01-01T00:00:00Z")";
  if (const auto window = context_window_of(plan, meaning); window > 0) {
    out += R"(,"max_input_tokens":)";
    append_number(out, window);
  }
  const auto& first = plan.offers[meaning.offers.front().offer];
  if (first.model->max_output > 0) {
    out += R"(,"max_tokens":)";
    append_number(out, first.model->max_output);
  }
  out += '}';
}

using Named = std::map<std::string, const Meaning*>;

std::string openai_list(const Plan& plan, const Named& named) {
  std::string body = R"({"object":"list","data":[)";
  for (const auto& [name, meaning] : named) {
    if (body.back() != '[') body += ',';
    append_model(body, plan, name, *meaning);
  }
  return body + "]}";
}

// On one page, as long as it may be.
std::string anthropic_list(const Plan& plan, const Named& named) {
  std::string body = R"({"data":[)";
  for (const auto& [name, meaning] : named) {
    if (body.back() != '[') body += ',';
    append_anthropic_model(body, plan, name, *meaning);
  }
  body += R"(],"has_more":false)";
  if (!named.empty()) {
    append_json_string(body += R"(,"first_id":)", named.begin()->first);
    append_json_string(body += R"(,"last_id":)", named.rbegin()->first);
  }
  return body + '}';
}

// A model nobody can answer at this node is not offered: its provider is disabled or has no key.
bool is_offered(const Plan& plan, const Meaning& meaning, const KeyConfig* key) {
  return may_use(key, meaning) && std::ranges::any_of(meaning.offers, [&](const auto& choice) {
           return plan.offers[choice.offer].provider->usable();
         });
}

Co<void> list(Context& context, Exchange& exchange) {
  const auto in_force = context.in_force;
  const auto key = check_inference(exchange, context.node, *in_force->keys);
  if (!key) {
    co_await answer_inference_error(context, exchange, key.error());
    co_return;
  }
  const auto& plan = *in_force->directory->plan;
  Named named;
  for (const auto& [name, meaning] : plan.meanings)
    if (is_offered(plan, meaning, *key)) named.emplace(name, &meaning);
  const auto write = speaks_anthropic(exchange) ? anthropic_list : openai_list;
  co_await answer_inference(context, exchange, write(plan, named));
}

Co<void> one(Context& context, Exchange& exchange) {
  const auto in_force = context.in_force;
  const auto key = check_inference(exchange, context.node, *in_force->keys);
  if (!key) {
    co_await answer_inference_error(context, exchange, key.error());
    co_return;
  }
  const auto& plan = *in_force->directory->plan;
  const auto path = exchange.head().path;
  const auto name = percent_decoded(path.substr(path.find("/models/") + 8));
  const auto* meaning = plan.find(name);
  if (meaning == nullptr || !is_offered(plan, *meaning, *key)) {
    co_await answer_inference_error(context, exchange, unknown_model_error(plan, name, *key));
    co_return;
  }
  std::string body;
  const auto append = speaks_anthropic(exchange) ? append_anthropic_model : append_model;
  append(body, plan, name, *meaning);
  co_await answer_inference(context, exchange, std::move(body));
}

} // namespace

std::span<const Route> models_routes() {
  static constexpr std::array routes{
    Route{"GET", "/v1/models", list},
    Route{"GET", "/models", list},
    Route{"GET", "/v1/models/*", one},
    Route{"GET", "/models/*", one}};
  return routes;
}

} // namespace gateway
