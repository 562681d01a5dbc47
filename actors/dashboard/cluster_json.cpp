#include "actors/dashboard/cluster_json.hpp"

#include <nlohmann/json.hpp>

namespace gateway {
namespace {

using Json = nlohmann::ordered_json;

Json text_or_null(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

Json address_or_null(const PeerAddress& address) {
  return address.port == 0 ? Json() : Json(text_of(address));
}

Json in_ms(const std::optional<Nanoseconds>& span) {
  return span ? Json(static_cast<double>(span->count() / 1'000) / 1'000) : Json();
}

Json json_of(const MemberState& member) {
  Json json;
  json["id"] = member.name;
  json["state"] = member.is_linked ? "ok" : "unreachable";
  json["address"] = address_or_null(member.address);
  json["incarnation"] = member.incarnation;
  json["version"] = member.version;
  json["started"] = milliseconds_since_epoch(member.started);
  json["last_seen"] = milliseconds_since_epoch(member.last_seen);
  json["config_version"] = member.config_version;
  return json;
}

Json link_json(const MemberState& member) {
  Json json;
  json["node"] = member.name;
  json["since"] = milliseconds_since_epoch(member.linked_since);
  json["rtt_ms"] = in_ms(member.round_trip);
  json["dropped"] = member.dropped;
  return json;
}

Json json_of(const UnreachedState& place) {
  return {
    {"address", text_of(place.address)},
    {"node", text_or_null(place.name)},
    {"problem", place.problem}};
}

// A row a node; this one knows only its own round trips.
Json round_trips(const ClusterState& cluster, const ViewScope& scope) {
  auto nodes = Json::array();
  auto rows = Json::array();
  for (const auto& from : cluster.members) {
    if (!scope.has(from.name)) continue;
    nodes.push_back(from.name);
    auto row = Json::array();
    for (const auto& to : cluster.members) {
      if (!scope.has(to.name)) continue;
      if (from.name == to.name)
        row.push_back(0);
      else if (from.name == cluster.self && to.is_linked)
        row.push_back(in_ms(to.round_trip));
      else
        row.push_back(nullptr);
    }
    rows.push_back(std::move(row));
  }
  return {{"nodes", std::move(nodes)}, {"ms", std::move(rows)}};
}

} // namespace

void append_cluster_state(std::string& out, const ClusterState& cluster, const ViewScope& scope) {
  Json json;
  json["cluster"] = text_or_null(cluster.cluster);
  json["members"] = Json::array();
  json["links"] = Json::array();
  json["unreached"] = Json::array();
  for (const auto& member : cluster.members) {
    if (!scope.has(member.name)) continue;
    json["members"].push_back(json_of(member));
    if (member.is_linked && member.name != cluster.self) json["links"].push_back(link_json(member));
  }
  // Who is at an address that nobody answers at is not known: it may be one of these.
  for (const auto& place : cluster.unreached)
    if (place.name.empty() || scope.has(place.name)) json["unreached"].push_back(json_of(place));
  json["rtt"] = round_trips(cluster, scope);
  // Versions and names are other nodes' words.
  const auto text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  out.append(text, 1, text.size() - 2);
}

} // namespace gateway
