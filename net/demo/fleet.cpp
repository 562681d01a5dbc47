#include "net/demo/fleet.hpp"

#include <nlohmann/json.hpp>

namespace gateway {
namespace {

using json = nlohmann::ordered_json;

/// A key that opens nothing but a simulated provider: no secret.
constexpr const char* demo_key = "demo-key";

DemoRule per_minute(DemoLimitKind kind, DemoLimitUnit unit, std::int64_t limit) {
  DemoRule rule;
  rule.kind = kind;
  rule.unit = unit;
  rule.limit = limit;
  return rule;
}

struct Character {
  const char* name;
  const char* dialect;
  bool free_tier;
  DemoLimitKind kind;
  std::int64_t rpm;
  std::int64_t tpm;
  std::int64_t concurrency;
  Milliseconds latency;
  double tokens_per_second;
  std::vector<std::string> models;
};

/// Five that differ in dialect, price, speed and limits: net/demo/README.md has the same table.
std::vector<Character> characters() {
  return {
    {"demo-swift",
     "openai",
     true,
     DemoLimitKind::sliding,
     20,
     20'000,
     4,
     60ms,
     250,
     {"demo-small"}},
    {"demo-gem",
     "gemini",
     true,
     DemoLimitKind::fixed,
     10,
     50'000,
     0,
     180ms,
     120,
     {"demo-small", "demo-embed"}},
    {"demo-atlas",
     "openai",
     false,
     DemoLimitKind::bucket,
     600,
     400'000,
     0,
     150ms,
     140,
     {"demo-small", "demo-large", "demo-embed"}},
    {"demo-sage",
     "anthropic",
     false,
     DemoLimitKind::bucket,
     300,
     300'000,
     0,
     280ms,
     80,
     {"demo-small", "demo-large"}},
    {"demo-delta",
     "openai",
     false,
     DemoLimitKind::sliding,
     120,
     100'000,
     8,
     700ms,
     35,
     {"demo-large"}},
  };
}

/// US dollars per million tokens, in and out.
json price_of(const std::string& provider, const std::string& model) {
  if (model == "demo-embed") return {{"input", 0.02}, {"output", 0}};
  const bool large = model == "demo-large";
  if (provider == "demo-sage")
    return large ? json{{"input", 3.0}, {"output", 15.0}} : json{{"input", 0.8}, {"output", 4.0}};
  if (provider == "demo-delta") return {{"input", 0.4}, {"output", 1.2}};
  if (provider == "demo-atlas" && large) return {{"input", 1.0}, {"output", 3.0}};
  return {{"input", 0.1}, {"output", 0.4}};
}

constexpr std::int64_t context_window = 131'072;

DemoMember member_of(const Character& character) {
  DemoMember member;
  auto& settings = member.settings;
  settings.name = character.name;
  settings.dialect = character.dialect;
  settings.models = character.models;
  settings.key = demo_key;
  settings.rules = {
    per_minute(character.kind, DemoLimitUnit::requests, character.rpm),
    per_minute(character.kind, DemoLimitUnit::tokens, character.tpm)};
  settings.concurrency = character.concurrency;
  settings.context_window = context_window;
  settings.latency = character.latency;
  settings.tokens_per_second = character.tokens_per_second;
  member.free_tier = character.free_tier;
  return member;
}

std::string version_path(const std::string& dialect) {
  if (dialect == "openai") return "/v1";
  return dialect == "gemini" ? "/v1beta" : "";
}

json provider_json(const DemoMember& member) {
  const auto& settings = member.settings;
  json limits = {{"rpm", settings.rules[0].limit}, {"tpm", settings.rules[1].limit}};
  if (settings.concurrency > 0) limits["concurrency"] = settings.concurrency;
  json models = json::object();
  for (const auto& model : settings.models) {
    json one = {{"price", price_of(settings.name, model)}, {"context_window", context_window}};
    if (is_demo_embedding_model(model)) one["kind"] = "embedding";
    models[model] = std::move(one);
  }
  return {
    {"dialect", settings.dialect},
    {"base_url", member.base_url},
    {"api_key", settings.key},
    {"free_tier", member.free_tier},
    {"limits", std::move(limits)},
    {"models", std::move(models)},
  };
}

} // namespace

Result<std::unique_ptr<DemoFleet>> DemoFleet::launch() {
  std::unique_ptr<DemoFleet> fleet{new DemoFleet};
  for (const auto& character : characters()) {
    auto member = member_of(character);
    const Listen anywhere{"127.0.0.1", 0};
    GATEWAY_TRY(const auto address, fleet->host_.add(member.settings, anywhere));
    member.base_url = address + version_path(member.settings.dialect);
    fleet->members_.push_back(std::move(member));
  }
  fleet->thread_ = std::thread{[host = &fleet->host_] { host->run(); }};
  return fleet;
}

DemoFleet::~DemoFleet() {
  if (!thread_.joinable()) return;
  host_.close();
  thread_.join();
}

std::string DemoFleet::config_fragment() const {
  json providers = json::object();
  json targets = json::array();
  for (const auto& member : members_) {
    const auto& settings = member.settings;
    providers[settings.name] = provider_json(member);
    for (const auto& model : settings.models)
      if (!is_demo_embedding_model(model))
        targets.push_back({{"provider", settings.name}, {"model", model}});
  }
  json routes = {
    {"demo", {{"policy", "cheapest"}, {"targets", targets}}},
    {"demo-fast", {{"policy", "fastest"}, {"targets", targets}}},
    {"demo-free", {{"policy", "cheapest"}, {"targets", targets}, {"paid", "never"}}},
  };
  return json{{"providers", std::move(providers)}, {"routes", std::move(routes)}}.dump(2);
}

} // namespace gateway
