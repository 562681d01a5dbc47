#include "actors/dashboard/view_scope.hpp"

#include "tests/actors/dashboard/view_cluster.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

namespace {

/// Three nodes that have each a part of a quota, were busy, and told the first one of it.
struct BusyCluster : Cluster {
  BusyCluster() : Cluster{3} {
    const std::array<ProviderState, 3> states{
      busy(30, 20, 10, 4), busy(15, 12, 0, 6), busy(5, 3, 0, 1)};
    for (std::size_t i = 0; i < states.size(); ++i) {
      const auto name = "gw-" + std::to_string(i + 1);
      count(name, static_cast<int>(i) + 2);
      views.at(name).saw(states[i], now);
    }
    ask_all("gw-1");
  }

  static ProviderState
  busy(std::int64_t idle, std::int64_t cooling, std::int64_t pool, std::uint64_t ok) {
    auto state = with_window(idle, cooling, pool);
    state.attempts["ok"] = ok;
    state.models.push_back(
      {"llama", HealthState::ok, {}, {}, idle, idle * 1'000, idle * 1'000, 50});
    return state;
  }
  LiveView of(std::vector<std::string> scope) { return views.at("gw-1").of(ViewScope{scope}, now); }
};

} // namespace

TEST_CASE("names of a scope are a set; none of them are all", "[dashboard][pure]") {
  const ViewScope two{{"b", "a", "b"}};
  CHECK(two == ViewScope{{"a", "b"}});
  CHECK(two.has("a"));
  CHECK_FALSE(two.has("c"));
  CHECK(ViewScope{}.has("c"));
  CHECK(ViewScope{}.is_whole());
  CHECK(two.nodes() == std::vector<std::string>{"a", "b"});
}

TEST_CASE("some nodes' view has their part of a provider", "[dashboard][pure]") {
  BusyCluster nodes;
  const auto groq = provider_of(nodes.of({"gw-2"}), nodes.now);
  const auto& rpm = groq["windows"][0];
  CHECK(rpm["limit"] == 100);
  CHECK(rpm["used"] == 12);
  CHECK(rpm["idle"] == 15);
  CHECK(rpm["pool"] == 0);
  CHECK(rpm["in_transit"] == 0);
  REQUIRE(rpm["shares"].size() == 1);
  CHECK(rpm["shares"][0]["node"] == "gw-2");
  CHECK(groq["attempts"] == nlohmann::json{{"ok", 6}});
  CHECK(groq["now"]["inflight"] == 15);
  CHECK(groq["now"]["ttft_ms"]["p50"] == 15.0);
  CHECK(groq["now"]["rpm"] == 6);
  CHECK(groq["cost_today_n"] == "300");
  CHECK(groq["strip"]["s"].get<std::string>().back() == 'o');

  const auto two = provider_of(nodes.of({"gw-3", "gw-1"}), nodes.now);
  CHECK(two["windows"][0]["used"] == 23);
  CHECK(two["windows"][0]["in_transit"] == 0);
  CHECK(two["windows"][0]["shares"].size() == 2);
  CHECK(two["now"]["inflight"] == 35);
  CHECK(two["attempts"]["ok"] == 5);
  CHECK(two["cost_today_n"] == "600");
}

TEST_CASE("what the nodes have alone is together what all have", "[dashboard][pure]") {
  BusyCluster nodes;
  std::map<std::string, std::int64_t> sums;
  const auto add = [&](const nlohmann::json& groq) {
    for (const auto* figure : {"used", "idle", "pool"})
      sums[figure] += groq["windows"][0][figure].get<std::int64_t>();
    sums["cost"] += std::stoll(groq["cost_today_n"].get<std::string>());
    sums["rpm"] += groq["now"]["rpm"].get<std::int64_t>();
  };
  for (const auto* node : {"gw-1", "gw-2", "gw-3"}) add(provider_of(nodes.of({node}), nodes.now));
  const auto apart = std::exchange(sums, {});
  add(provider_of(nodes["gw-1"], nodes.now));
  CHECK(apart == sums);
  CHECK(sums["used"] == 35);
  CHECK(sums["cost"] == 900);
}

TEST_CASE("a part goes on with what all are told", "[dashboard][pure]") {
  BusyCluster nodes;
  nodes["gw-1"].drop_changes();
  auto part = nodes.of({"gw-2"});
  CHECK(part.take_tick({}, nodes.now).totals[0] == 0); // what was is in its snapshot
  CHECK(requests_in_snapshot(part, nodes.now) == 3);
  nodes.now += 250ms;
  nodes.count("gw-1", 5);
  nodes.count("gw-2", 7);
  nodes.count("gw-3", 9);
  part.count(tally_of(record_of("groq", "llama"), 5), nodes.now); // as gw-1's ledger says
  for (const auto* node : {"gw-2", "gw-3"}) {
    const auto mark = nodes["gw-1"].mark_of(node, nodes.now);
    const auto changes = decode_report(nodes[node].report(mark, nodes.now));
    REQUIRE(changes);
    for (auto* view : {&nodes["gw-1"], &part}) view->heard(node, *changes, nodes.now);
  }
  CHECK(nodes["gw-1"].take_tick({}, nodes.now).totals[0] == 21);
  const auto tick = part.take_tick({}, nodes.now);
  CHECK(tick.totals[0] == 7);
  REQUIRE(tick.tables[1].names.size() <= 1); // of nodes
  CHECK(requests_in_snapshot(part, nodes.now) == 10);
  const auto snapshot = nlohmann::json::parse(part.snapshot_json(nodes.now));
  REQUIRE(snapshot["nodes"].size() == 1);
  CHECK(snapshot["nodes"][0]["id"] == "gw-2");
  CHECK(snapshot["ids"]["n"] == nlohmann::json{{"gw-2", 0}});
}

TEST_CASE("a provider is as well as those nodes say", "[dashboard][pure]") {
  BusyCluster nodes;
  nodes.now += 60s;
  nodes["gw-2"].saw(cooling(with_window(15, 12, 0), 20s), nodes.now);
  nodes.ask_all("gw-1");
  const auto since = milliseconds_since_epoch(nodes.now);
  const auto health = [&](const LiveView& view) { return provider_of(view, nodes.now)["health"]; };
  CHECK(health(nodes["gw-1"])["state"] == "degraded");
  const auto there = health(nodes.of({"gw-2"}));
  CHECK(there["state"] == "cooldown");
  CHECK(there["since"].is_null()); // only the whole's past is known
  CHECK(there["until"] == since + 20'000);
  CHECK(health(nodes.of({"gw-1"}))["state"] == "ok");
  const auto both = health(nodes.of({"gw-2", "gw-3"}));
  CHECK(both["state"] == "degraded");
  CHECK(both["since"] == since);
}

TEST_CASE("of nodes that nobody knows there is nothing", "[dashboard][pure]") {
  BusyCluster nodes;
  auto none = nodes.of({"gw-9"});
  CHECK(object_of(none.providers_json({}, nodes.now))["items"].empty());
  CHECK_FALSE(none.provider_json("groq", nodes.now));
  CHECK(none.merged(nodes.now).empty());
  none.count(tally_of(record_of("groq", "llama")), nodes.now);
  none.saw(NodeUse{}, nodes.now);
  none.find_matters(nodes.now);
  const auto snapshot = nlohmann::json::parse(none.snapshot_json(nodes.now));
  CHECK(snapshot["providers"].empty());
  CHECK(snapshot["nodes"].empty());
  CHECK(requests_in_snapshot(none, nodes.now) == 0);
}

TEST_CASE("the part of a node that is gone is what was last known", "[dashboard][pure]") {
  BusyCluster nodes;
  nodes.now += 6s;
  nodes.link({"gw-2"});
  const auto part = nodes.of({"gw-2"});
  const auto groq = provider_of(part, nodes.now);
  CHECK(groq["windows"][0]["used"] == 0);
  CHECK(groq["windows"][0]["unreachable"] == 27);
  CHECK(groq["windows"][0]["shares"][0]["state"] == "unreachable");
  CHECK(groq["now"]["inflight"] == 0);
  CHECK(part.merged(nodes.now).empty());
  CHECK(object_of(part.cluster_json(nodes.now))["nodes"][0]["state"] == "stale");
}

TEST_CASE("a cluster is shown of those nodes, its leader in any case", "[dashboard][pure]") {
  BusyCluster nodes;
  NodeUse use;
  use.broker = "gw-3";
  use.roles = LogRoles{"gw-1", 4, {"gw-1", "gw-2", "gw-3"}};
  nodes["gw-1"].saw(use, nodes.now);
  const auto json = object_of(nodes.of({"gw-2"}).cluster_json(nodes.now));
  REQUIRE(json["nodes"].size() == 1);
  CHECK(json["nodes"][0]["id"] == "gw-2");
  REQUIRE(json["members"].size() == 1);
  CHECK(json["rtt"]["nodes"] == nlohmann::json{"gw-2"});
  CHECK(json["leader"] == "gw-1");
  CHECK(json["broker"] == "gw-3");
  CHECK(json["voters"].size() == 3);
}
