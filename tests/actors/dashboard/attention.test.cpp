#include "actors/dashboard/attention.hpp"

#include "tests/actors/dashboard/scene.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

namespace {

ProviderLive live(ProviderState state, WallTime at = noon) {
  ProviderLive provider;
  provider.saw(std::move(state), at);
  return provider;
}

ProviderState unwell(const std::string& name, HealthState health, FailureKind reason) {
  auto state = state_of(name);
  state.health = health;
  state.reason = reason;
  return state;
}

QuotaState day_window(const std::string& owner, std::int64_t used) {
  auto quota = window(owner, "rpd", 1'000);
  quota.spec.window = 24h;
  quota.in_flight = 10;
  quota.cooling = used - 10;
  return quota;
}

// Texts of what was found, worst first.
std::vector<std::string> texts_of(const MatterFinder& finder) {
  AttentionList list;
  list.update(finder.found(), noon);
  std::string json;
  list.append_json(json);
  std::vector<std::string> texts;
  for (const auto& item : nlohmann::json::parse(json))
    texts.push_back(item["severity"].get<std::string>() + ": " + item["text"].get<std::string>());
  return texts;
}

} // namespace

TEST_CASE("what is the matter with a provider is said in a sentence", "[dashboard][pure]") {
  struct Row {
    HealthState health;
    FailureKind reason;
    const char* text;
  };
  const auto row = GENERATE(
    Row{HealthState::down, FailureKind::credentials, "err: groq is down: it refused the API key"},
    Row{
      HealthState::cooldown,
      FailureKind::rate_limited,
      "warn: groq is cooling down: it answered 429"},
    Row{
      HealthState::degraded,
      FailureKind::timed_out,
      "warn: groq fails some requests: it did not answer in time"});
  MatterFinder finder{noon};
  finder.look_at(live(unwell("groq", row.health, row.reason)));
  CHECK(texts_of(finder) == std::vector<std::string>{row.text});
}

TEST_CASE("a provider that is well, or off, needs no attention", "[dashboard][pure]") {
  MatterFinder finder{noon};
  finder.look_at(live(state_of("groq")));
  auto off = state_of("off"); // by the document, or its key is not there
  off.health = HealthState::disabled;
  off.disabled_reason = "OFF_API_KEY is not set";
  finder.look_at(live(off));
  auto drained = state_of("drained");
  drained.health = HealthState::drained;
  drained.drained_by = "ops";
  finder.look_at(live(drained));
  CHECK(texts_of(finder) == std::vector<std::string>{"info: drained is drained by ops"});
}

TEST_CASE("many matters of one kind are one, with its worst and its oldest", "[dashboard][pure]") {
  MatterFinder finder{noon + 1h};
  for (int i = 0; i < 5; ++i)
    finder.look_at(
      live(cooling(state_of("p" + std::to_string(i)), 5min), noon + std::chrono::minutes{10 - i}));
  AttentionList list;
  CHECK(list.update(finder.found(), noon + 1h));
  std::string json;
  list.append_json(json);
  const auto items = nlohmann::json::parse(json);
  REQUIRE(items.size() == 1);
  CHECK(items[0]["id"] == "cooldown");
  CHECK(items[0]["text"] == "5 providers are cooling down: p0, p1, p2 and 2 more");
  CHECK(items[0]["href"] == "/providers");
  CHECK(items[0]["since"] == milliseconds_since_epoch(noon + 6min));
  CHECK(items[0]["until"] == nullptr);
}

TEST_CASE("a provider that lacks some of its models says how many", "[dashboard][pure]") {
  auto state = unwell("groq", HealthState::degraded, FailureKind::rate_limited);
  state.models.resize(3);
  state.models[1].health = HealthState::cooldown;
  MatterFinder finder{noon};
  finder.look_at(live(state));
  CHECK(
    texts_of(finder)
    == std::vector<std::string>{"warn: groq lacks 1 of 3 models: it answered 429"});
}

TEST_CASE("a long window is told of when it is nearly used up", "[dashboard][pure]") {
  struct Row {
    std::int64_t used;
    const char* text;
  };
  const auto row = GENERATE(
    Row{899, ""},
    Row{905, "warn: groq has used 90 % of its rpd"},
    Row{1'000, "warn: groq has used up its rpd"});
  MatterFinder finder{noon};
  auto state = state_of("groq");
  state.quotas = {day_window("provider/groq", row.used), window("provider/groq", "rpm", 10)};
  state.quotas[1].spec.window = 1min;
  state.quotas[1].cooling = 10; // full, as it is many times a day
  finder.look_at(live(state));
  const auto texts = texts_of(finder);
  CHECK((texts.empty() ? "" : texts[0]) == std::string{row.text});
}

TEST_CASE("a window is told of by whose it is", "[dashboard][pure]") {
  MatterFinder finder{noon};
  auto state = state_of("groq");
  state.quotas = {day_window("provider/groq/model/meta/llama", 950)};
  finder.look_at(live(state));
  ProviderState pool;
  pool.name = "pool/org";
  pool.quotas = {day_window("pool/org", 950)};
  finder.look_at_pool(pool);
  CHECK(
    texts_of(finder)
    == std::vector<std::string>{
      "warn: pool/org has used 95 % of its rpd", "warn: groq meta/llama has used 95 % of its rpd"});
}

TEST_CASE("a budget that is spent is worse than one that nearly is", "[dashboard][pure]") {
  MatterFinder finder{noon};
  ProviderState budget;
  budget.name = "budget/key/web";
  budget.quotas = {window("budget/key/web", "usd", 100)};
  budget.quotas[0].cooling = 93;
  finder.look_at_budget(budget);
  budget.name = "budget/team/product";
  budget.quotas[0].cooling = 100;
  budget.quotas[0].earliest_maturity = 1h;
  finder.look_at_budget(budget);
  CHECK(
    texts_of(finder)
    == std::vector<std::string>{
      "err: The budget of team product is spent", "warn: 93 % of the budget of key web are spent"});
}

TEST_CASE("a node that can't write is the worst there is", "[dashboard][pure]") {
  MatterFinder finder{noon};
  NodeFacts node;
  node.id = "gw-1";
  node.last_seen = noon;
  node.draining = true;
  node.storage_ok = false;
  finder.look_at(node);
  const auto texts = texts_of(finder);
  REQUIRE(texts.size() == 2);
  CHECK(texts[0] == "err: gw-1 can't write its records, and answers no requests");
  CHECK(texts[1] == "info: gw-1 is being stopped");
}

TEST_CASE(
  "a matter keeps the time it was first found, and is told when it changes", "[dashboard]") {
  AttentionList list;
  const auto matters = [](const char* text, std::optional<WallTime> until = {}) {
    return std::vector<Matter>{
      {"storage:gw-1", Matter::Severity::err, text, "/cluster", {}, until}};
  };
  const auto since = [&] {
    std::string json;
    list.append_json(json);
    return nlohmann::json::parse(json)[0]["since"].get<std::int64_t>();
  };
  CHECK(list.update(matters("a"), noon));
  CHECK_FALSE(list.update(matters("a"), noon + 1s));
  CHECK(list.update(matters("b"), noon + 2s));
  CHECK(since() == milliseconds_since_epoch(noon));
  CHECK(list.update(matters("b", noon + 1min), noon + 3s));
  CHECK_FALSE(list.update(matters("b", noon + 1min + 400ms), noon + 3s));
  CHECK(list.update({}, noon + 4s));
  CHECK(list.update(matters("a"), noon + 5s));
  CHECK(since() == milliseconds_since_epoch(noon + 5s));
}
