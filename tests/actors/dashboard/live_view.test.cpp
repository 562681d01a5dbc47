#include "actors/dashboard/live_view.hpp"

#include "tests/actors/dashboard/scene.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

namespace {

LiveView view_of(Market& market) {
  LiveView view{{"node-1", "1.2.3", noon}, {}};
  view.configured(market.plan());
  return view;
}

nlohmann::json provider_in(const LiveView& view, const std::string& id, WallTime now) {
  const auto json = view.provider_json(id, now);
  REQUIRE(json);
  return object_of(*json);
}

} // namespace

TEST_CASE("a provider is shown with what was counted and what it says", "[dashboard][pure]") {
  Market market;
  market.model("groq", "llama", 1, 1);
  auto view = view_of(market);
  view.count(tally_of(record_of("groq", "llama"), 3), noon);
  auto state = state_of("groq", 4);
  state.attempts["timed_out"] = 1;
  state.models.push_back({"llama", HealthState::ok, {}, {}, 2, 168'000, 520'000, 334});
  state.quotas.push_back(window("provider/groq", "rpm", 600));
  view.saw(state, noon);

  const auto groq = provider_in(view, "groq", noon);
  CHECK(groq["now"]["rpm"] == 5);
  CHECK(groq["now"]["err_ratio"] == 0.2);
  CHECK(groq["now"]["ttft_ms"]["p50"] == 168.0);
  CHECK(groq["now"]["inflight"] == 2);
  CHECK(groq["strip"]["s"].get<std::string>().back() == 'w');
  CHECK(groq["cost_today_n"] == "300");
  CHECK(groq["list_cost_today_n"] == "600");
  CHECK(groq["windows"].size() == 1);
  CHECK(groq["models"][0]["id"] == "llama");
  const auto list = object_of(view.providers_json({}, noon));
  CHECK(list["count"]["value"] == 1);
  CHECK(list["items"][0]["id"] == "groq");
}

TEST_CASE(
  "what was learned of a provider's windows is shown, and nothing else", "[dashboard][pure]") {
  Market market;
  market.model("groq", "llama", 1, 1);
  auto view = view_of(market);
  auto state = state_of("groq");
  state.quotas.push_back(window("provider/groq", "rpm", 600));
  auto said = window("provider/groq", "rpd", 300);
  said.spec.limit = 1'000;
  said.said_limit = 300;
  state.quotas.push_back(said);
  auto slow = window("provider/groq/model/llama", "tpm", 6'000);
  slow.spec.limit = 6'000;
  slow.learned_delay = 1'500ms;
  slow.is_set_aside = true;
  state.quotas.push_back(slow);
  view.saw(state, noon);
  const auto learned = provider_in(view, "groq", noon)["learned"];
  REQUIRE(learned.size() == 2);
  CHECK(learned[0]["w"] == "rpd");
  CHECK(learned[0]["limit"] == 1'000);
  CHECK(learned[0]["said"] == 300);
  CHECK(learned[0]["in_force"] == 300);
  CHECK(learned[1]["model"] == "llama");
  CHECK(learned[1]["said"].is_null());
  CHECK(learned[1]["set_aside"] == true);
  CHECK(learned[1]["learned_delay_ms"] == 1'500);
}

TEST_CASE("lists are told a page at a time, by name", "[dashboard][pure]") {
  Market market;
  auto view = view_of(market);
  for (const auto* name : {"a", "b", "c"}) market.model(name, "m", 1, 1);
  view.configured(market.plan());
  for (const auto* name : {"c", "a", "b"}) view.saw(state_of(name), noon);
  const auto first = object_of(view.providers_json({2, ""}, noon));
  CHECK(first["items"].size() == 2);
  CHECK(first["next"] == "b");
  CHECK(first["count"]["value"] == 3);
  const auto second = object_of(view.providers_json({2, "b"}, noon));
  REQUIRE(second["items"].size() == 1);
  CHECK(second["items"][0]["id"] == "c");
  CHECK(second["next"].is_null());
  CHECK(object_of(view.providers_json({3, ""}, noon))["next"].is_null());
}

TEST_CASE("a provider lives under its own windows and its pools'", "[dashboard][pure]") {
  Market market;
  market.model("groq", "llama", 1, 1).pools = {"org"};
  market.model("other", "m", 1, 1);
  market.document().pools["org"] = {};
  auto view = view_of(market);
  ProviderState pool;
  pool.name = "pool/org";
  pool.quotas.push_back(window("pool/org", "rpd", 1'000));
  view.saw(pool, noon);
  view.saw(state_of("groq"), noon);
  view.saw(state_of("other"), noon);
  const auto groq = provider_in(view, "groq", noon);
  REQUIRE(groq["windows"].size() == 1);
  CHECK(groq["windows"][0]["pool_name"] == "org");
  CHECK(provider_in(view, "other", noon)["windows"].empty());
}

TEST_CASE("what the document names no more is shown no more", "[dashboard][pure]") {
  Market market;
  market.model("groq", "llama", 1, 1);
  market.model("gone", "m", 1, 1);
  auto view = view_of(market);
  view.saw(state_of("groq"), noon);
  view.saw(state_of("gone"), noon);
  CHECK(view.provider_json("gone", noon));
  Market smaller;
  smaller.model("groq", "llama", 1, 1);
  view.configured(smaller.plan());
  CHECK_FALSE(view.provider_json("gone", noon));
  view.saw(state_of("gone"), noon); // a late answer
  CHECK_FALSE(view.provider_json("gone", noon));
  view.count(tally_of(record_of("gone", "m")), noon); // a late request
  CHECK(object_of(view.providers_json({}, noon))["items"].size() == 1);
}

TEST_CASE("a provider that only the store knows is not shown before it is seen", "[dashboard]") {
  Market market;
  market.model("groq", "llama", 1, 1);
  UsageCounters counters;
  counters.requests = 4;
  LiveView view{{"node-1", "1", noon}, {{span_of(noon - 20s, usage_detail), "groq", counters}}};
  view.configured(market.plan());
  CHECK_FALSE(view.provider_json("groq", noon));
  CHECK(object_of(view.providers_json({}, noon))["items"].empty());
  view.saw(state_of("groq"), noon);
  CHECK(provider_in(view, "groq", noon)["now"]["rpm"] == 4);
}

TEST_CASE("a node that is alone is the whole cluster", "[dashboard][pure]") {
  Market market;
  market.model("groq", "llama", 1, 1);
  market.document().version = 7;
  auto view = view_of(market);
  auto state = state_of("groq");
  state.models.push_back({"llama", HealthState::ok, {}, {}, 3, {}, {}, {}});
  state.quotas = {window("provider/groq", "rpm", 600), window("provider/groq", "tpm", 60'000)};
  view.saw(state, noon);
  view.count(tally_of(record_of("groq", "llama"), 20), noon + 1s);
  view.saw(NodeUse{250, 4'096, false, true}, noon + 2s);

  const auto cluster = object_of(view.cluster_json(noon + 2s));
  CHECK(cluster["broker"] == "node-1");
  CHECK(cluster["leader"] == "node-1");
  CHECK(cluster["quorum"] == true);
  CHECK(cluster["config_version"] == 7);
  const auto node = cluster["nodes"][0];
  CHECK(node["id"] == "node-1");
  CHECK(node["version"] == "1.2.3");
  CHECK(node["state"] == "ok");
  CHECK(node["rps"] == 2.0);
  CHECK(node["inflight"] == 3);
  CHECK(node["cpu"] == 0.25);
  CHECK(node["rss"] == 4'096);
  CHECK(node["shares"] == 2);
  CHECK(node["book"] == "ok");
  CHECK(node["config_version"] == 7);
  CHECK(node["last_seen"] == milliseconds_since_epoch(noon + 2s));
  // The middle of its bucket: within 1.6 % of the 40 ms seen.
  CHECK(node["ttft_ms"]["p50"] == Approx(40).epsilon(0.016));
}

TEST_CASE("a node that drains, or recovers its book, says so", "[dashboard][pure]") {
  Market market;
  market.model("groq", "llama", 1, 1);
  auto view = view_of(market);
  auto state = state_of("groq");
  state.quotas.push_back(window("provider/groq", "rpm", 600));
  state.quotas[0].recovering = 30s;
  view.saw(state, noon);
  view.saw(NodeUse{0, 0, true, true}, noon);
  const auto node = object_of(view.cluster_json(noon))["nodes"][0];
  CHECK(node["state"] == "draining");
  CHECK(node["draining"] == true);
  CHECK(node["book"] == "recovering");
}
