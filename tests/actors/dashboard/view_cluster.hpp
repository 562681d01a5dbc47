#pragma once

#include "actors/dashboard/live_view.hpp"
#include "tests/actors/dashboard/scene.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <set>
#include <string>

namespace gateway {

/// Nodes of one cluster that ask each other how they are.
struct Cluster {
  Market market;
  std::map<std::string, LiveView> views;
  WallTime now = noon;

  explicit Cluster(int nodes = 2) {
    market.model("groq", "llama", 1, 1);
    for (int i = 1; i <= nodes; ++i) {
      const auto name = "gw-" + std::to_string(i);
      auto& view =
        views.emplace(name, LiveView{{name, "1", noon, static_cast<std::uint64_t>(i)}, {}})
          .first->second;
      view.configured(market.plan());
      view.saw(state_of("groq"), now);
      view.saw(NodeUse{}, now);
    }
    link();
  }

  LiveView& operator[](const std::string& name) { return views.at(name); }

  /// All see these as linked, but for those that are away.
  void link(const std::set<std::string>& away = {}) {
    ClusterState seen;
    for (const auto& [name, view] : views) {
      auto& member = seen.members.emplace_back();
      member.name = name;
      member.is_linked = !away.contains(name);
    }
    for (auto& [name, view] : views) view.saw(seen, now);
  }
  void ask(const std::string& who, const std::string& whom) {
    auto& view = views.at(who);
    const auto mark = decode_report_mark(encode_report_mark(view.mark_of(whom, now)));
    REQUIRE(mark);
    const auto changes = decode_report(views.at(whom).report(*mark, now));
    REQUIRE(changes);
    view.heard(whom, *changes, now);
  }
  void ask_all(const std::string& who) {
    for (const auto& [name, view] : views)
      if (name != who) ask(who, name);
  }
  void count(const std::string& node, int requests) {
    views.at(node).count(tally_of(record_of("groq", "llama"), requests), now);
  }
};

inline nlohmann::json provider_of(const LiveView& view, WallTime now) {
  const auto json = view.provider_json("groq", now);
  REQUIRE(json);
  return object_of(*json);
}

inline std::int64_t requests_in_snapshot(const LiveView& view, WallTime now) {
  std::int64_t sum = 0;
  const auto snapshot = nlohmann::json::parse(view.snapshot_json(now));
  for (const auto& second : snapshot["totals"]["v"])
    if (!second.is_null()) sum += second[0].get<std::int64_t>();
  return sum;
}

inline ProviderState with_window(std::int64_t idle, std::int64_t cooling, std::int64_t pool) {
  auto state = state_of("groq");
  auto quota = window("provider/groq", "rpm", 100);
  quota.idle = idle;
  quota.cooling = cooling;
  quota.pool = pool;
  state.quotas.push_back(quota);
  return state;
}

} // namespace gateway
