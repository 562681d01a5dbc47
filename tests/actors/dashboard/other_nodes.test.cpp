#include "actors/dashboard/live_view.hpp"
#include "tests/actors/dashboard/view_cluster.hpp"

#include <catch2/catch.hpp>

#include <random>

using namespace gateway;

TEST_CASE("what another node counts is told by this one's ticks, once", "[dashboard][pure]") {
  Cluster nodes{3};
  nodes.count("gw-2", 5); // before anybody looked
  nodes.ask_all("gw-1");
  CHECK(requests_in_snapshot(nodes["gw-1"], nodes.now) == 5);
  nodes["gw-1"].drop_changes();
  std::int64_t told = 0;
  for (int round = 0; round < 8; ++round) {
    nodes.now += 250ms;
    nodes.count("gw-1", 1);
    nodes.count("gw-2", 2);
    nodes.count("gw-3", 3);
    nodes.ask_all("gw-1");
    if (round % 3 == 0) nodes.ask("gw-1", "gw-2"); // twice
    told += nodes["gw-1"].take_tick({}, nodes.now).totals[0];
  }
  CHECK(told == 8 * 6);
  CHECK(requests_in_snapshot(nodes["gw-1"], nodes.now) == 5 + 8 * 6);
}

TEST_CASE("what came while nobody looked is in its seconds, and no burst", "[dashboard][pure]") {
  Cluster nodes;
  nodes.ask_all("gw-1");
  for (int second = 0; second < 60; ++second) {
    nodes.now += 1s;
    nodes.count("gw-2", 10);
  }
  nodes["gw-1"].drop_changes();
  nodes.ask_all("gw-1");
  CHECK(nodes["gw-1"].take_tick({}, nodes.now).totals[0] == 0);
  CHECK(requests_in_snapshot(nodes["gw-1"], nodes.now) == 600);
  const auto cluster = object_of(nodes["gw-1"].cluster_json(nodes.now));
  REQUIRE(cluster["nodes"].size() == 2);
  CHECK(cluster["nodes"][1]["id"] == "gw-2");
  CHECK(cluster["nodes"][1]["rps"] == 10.0);
}

TEST_CASE("a provider is shown as all nodes have it together", "[dashboard][pure]") {
  Cluster nodes;
  auto here = with_window(30, 20, 10);
  here.attempts["ok"] = 4;
  here.models.push_back({"llama", HealthState::ok, {}, {}, 2, 100'000, 200'000, 50});
  auto there = with_window(15, 20, 0);
  there.attempts["ok"] = 6;
  there.attempts["timed_out"] = 2;
  there.models.push_back({"llama", HealthState::ok, {}, {}, 5, 300'000, 400'000, 20});
  nodes["gw-1"].saw(here, nodes.now);
  nodes["gw-2"].saw(there, nodes.now);
  nodes.count("gw-2", 3);
  nodes["gw-2"].saw(there, nodes.now);
  nodes.ask_all("gw-1");
  const auto groq = provider_of(nodes["gw-1"], nodes.now);
  CHECK(groq["now"]["inflight"] == 7);
  CHECK(groq["now"]["rpm"] == 12);
  CHECK(groq["now"]["ttft_ms"]["p50"] == 300.0); // of the busier node
  CHECK(groq["attempts"]["ok"] == 10);
  CHECK(groq["attempts"]["timed_out"] == 2);
  CHECK(groq["cost_today_n"] == "300");
  CHECK(groq["strip"]["s"].get<std::string>().back() == 'w');
  const auto& rpm = groq["windows"][0];
  CHECK(rpm["used"] == 40);
  CHECK(rpm["idle"] == 45);
  CHECK(rpm["pool"] == 10);
  CHECK(rpm["in_transit"] == 5);
  REQUIRE(rpm["shares"].size() == 2);
  CHECK(rpm["shares"][0]["hold"] == 60);
  CHECK(rpm["shares"][1]["node"] == "gw-2");
  CHECK(rpm["shares"][1]["hold"] == 35);
  CHECK(nodes["gw-1"].merged(nodes.now) == std::vector<std::string>{"gw-2"});
}

TEST_CASE("what lies at a node that is gone is out of reach", "[dashboard][pure]") {
  Cluster nodes;
  nodes["gw-1"].saw(with_window(30, 20, 10), nodes.now);
  nodes["gw-2"].saw(with_window(20, 20, 0), nodes.now);
  nodes.ask_all("gw-1");
  nodes.now += 6s;
  nodes.link({"gw-2"});
  nodes["gw-1"].saw(with_window(30, 20, 10), nodes.now);
  nodes["gw-1"].saw(NodeUse{}, nodes.now);
  const auto rpm = provider_of(nodes["gw-1"], nodes.now)["windows"][0];
  CHECK(rpm["used"] == 20);
  CHECK(rpm["unreachable"] == 40);
  CHECK(rpm["in_transit"] == 0);
  CHECK(rpm["shares"][1]["state"] == "unreachable");
  CHECK(nodes["gw-1"].merged(nodes.now).empty());
  const auto cluster = object_of(nodes["gw-1"].cluster_json(nodes.now));
  CHECK(cluster["nodes"][1]["state"] == "stale");
  nodes["gw-1"].find_matters(nodes.now);
  std::string matters;
  nodes["gw-1"].append_attention(matters);
  CHECK(matters.find("gw-2 is out of reach") != std::string::npos);
}

TEST_CASE("of a node that was removed nothing is shown any more", "[dashboard][pure]") {
  Cluster nodes;
  nodes["gw-1"].saw(with_window(30, 20, 10), nodes.now);
  nodes["gw-2"].saw(with_window(20, 20, 0), nodes.now);
  nodes.ask_all("gw-1");
  nodes.views.erase("gw-2");
  nodes.link();
  nodes["gw-1"].saw(with_window(80, 20, 0), nodes.now);
  const auto rpm = provider_of(nodes["gw-1"], nodes.now)["windows"][0];
  CHECK(rpm["unreachable"] == 0);
  CHECK(rpm["shares"].size() == 1);
  CHECK(object_of(nodes["gw-1"].cluster_json(nodes.now))["nodes"].size() == 1);
  nodes["gw-1"].find_matters(nodes.now);
  std::string matters;
  nodes["gw-1"].append_attention(matters);
  CHECK(matters == "[]");
}

TEST_CASE("words that are no text end nothing", "[dashboard][pure]") {
  Cluster nodes;
  nodes["gw-2"].saw(state_of("groq"), nodes.now);
  auto report = nodes["gw-2"].report({}, nodes.now);
  NodeFacts facts;
  facts.version = "\xff\xfe";
  CHECK_FALSE(decode_facts(encode_facts(facts)));
  CHECK(decode_report(report));
}

TEST_CASE("a provider that some nodes may not call is degraded", "[dashboard][pure]") {
  Cluster nodes;
  nodes["gw-2"].saw(cooling(state_of("groq"), 20s), nodes.now);
  nodes.ask_all("gw-1");
  CHECK(provider_of(nodes["gw-1"], nodes.now)["health"]["state"] == "degraded");
  nodes["gw-1"].saw(cooling(state_of("groq"), 30s), nodes.now);
  const auto health = provider_of(nodes["gw-1"], nodes.now)["health"];
  CHECK(health["state"] == "cooldown");
  CHECK(health["until"] == milliseconds_since_epoch(nodes.now + 20s)); // the first that may again
}

TEST_CASE("a node that began again is heard anew", "[dashboard][pure]") {
  Cluster nodes;
  nodes.count("gw-2", 7);
  nodes.ask_all("gw-1");
  nodes.views.erase("gw-2");
  auto& again =
    nodes.views.emplace("gw-2", LiveView{{"gw-2", "2", noon + 1s, 99}, {}}).first->second;
  again.configured(nodes.market.plan());
  nodes.now += 1s;
  nodes["gw-1"].drop_changes();
  nodes.ask_all("gw-1");
  nodes.count("gw-2", 2);
  nodes.ask_all("gw-1");
  CHECK(nodes["gw-1"].take_tick({}, nodes.now).totals[0] == 2);
}

TEST_CASE("no bytes of a stranger are taken for a report", "[dashboard][pure]") {
  Cluster nodes;
  nodes["gw-2"].saw(with_window(20, 20, 0), nodes.now);
  nodes.count("gw-2", 3);
  const auto good = nodes["gw-2"].report({}, nodes.now);
  for (std::size_t cut = 0; cut < good.size(); ++cut)
    CHECK_FALSE(decode_report(good.substr(0, cut)));
  std::mt19937 chance{5};
  for (int round = 0; round < 2'000; ++round) {
    auto odd = good;
    odd[chance() % odd.size()] = static_cast<char>(chance());
    if (const auto changes = decode_report(odd)) nodes["gw-1"].heard("gw-2", *changes, nodes.now);
  }
  CHECK_FALSE(nodes["gw-1"].snapshot_json(nodes.now).empty());
}

TEST_CASE("a report has what changed since it was asked for", "[dashboard][pure]") {
  ReportBoard board{7};
  board.set("a", "1");
  board.set("b", "2");
  const auto all = decode_report(board.since({}, {{"t", "x"}}));
  REQUIRE(all);
  CHECK(all->is_anew);
  CHECK(all->entries.size() == 3);
  board.set("a", "1");
  CHECK(decode_report(board.since(all->mark, {}))->entries.empty());
  board.set("a", "3");
  board.erase("b");
  const auto some = decode_report(board.since(all->mark, {{"t", "x"}}));
  REQUIRE(some);
  CHECK_FALSE(some->is_anew);
  using Entries = std::vector<std::pair<std::string, std::string>>;
  CHECK(some->entries == Entries{{"a", "3"}, {"b", ""}});
  CHECK(decode_report(board.since({8, 1}, {}))->entries == Entries{{"a", "3"}});
}
