#include "actors/dashboard/cluster_json.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace gateway;

namespace {

MemberState member_of(const std::string& name, bool is_linked) {
  MemberState member;
  member.name = name;
  member.address = {"10.0.0.1", 7'946};
  member.incarnation = 3;
  member.version = "1.2.3";
  member.config_version = 182;
  member.is_linked = is_linked;
  return member;
}

nlohmann::json json_of(const ClusterState& cluster, const ViewScope& scope = {}) {
  std::string text = "{";
  append_cluster_state(text, cluster, scope);
  return nlohmann::json::parse(text + "}");
}

} // namespace

TEST_CASE("a node shows its peers, its links and their round trips", "[dashboard][cluster]") {
  ClusterState cluster;
  cluster.cluster = "c1";
  cluster.self = "gw-1";
  cluster.members = {member_of("gw-1", true), member_of("gw-2", true), member_of("gw-3", false)};
  cluster.members[1].round_trip = 412'345ns;
  cluster.members[1].dropped = 2;
  cluster.unreached = {{{"10.0.0.3", 7'946}, "gw-3", "10.0.0.3:7946 does not answer"}};
  const auto json = json_of(cluster);
  CHECK(json["cluster"] == "c1");
  CHECK(json["members"].size() == 3);
  CHECK(json["members"][1]["address"] == "10.0.0.1:7946");
  CHECK(json["members"][1]["state"] == "ok");
  CHECK(json["members"][2]["state"] == "unreachable");
  REQUIRE(json["links"].size() == 1);
  CHECK(json["links"][0]["node"] == "gw-2");
  CHECK(json["links"][0]["rtt_ms"] == 0.412);
  CHECK(json["links"][0]["dropped"] == 2);
  CHECK(json["unreached"][0]["node"] == "gw-3");
  CHECK(json["rtt"]["ms"] == nlohmann::json::parse("[[0,0.412,null],[null,0,null],[null,null,0]]"));
}

TEST_CASE("a node that is alone has nobody to measure", "[dashboard][cluster]") {
  ClusterState cluster;
  cluster.self = "gw-1";
  cluster.members = {member_of("gw-1", true)};
  cluster.members[0].address = {};
  const auto json = json_of(cluster);
  CHECK(json["cluster"].is_null());
  CHECK(json["members"][0]["address"].is_null());
  CHECK(json["links"].empty());
  CHECK(json["rtt"] == nlohmann::json::parse(R"({"nodes":["gw-1"],"ms":[[0]]})"));
}

TEST_CASE("links and round trips are shown of those asked for", "[dashboard][cluster]") {
  ClusterState cluster;
  cluster.self = "gw-1";
  cluster.members = {member_of("gw-1", true), member_of("gw-2", true), member_of("gw-3", true)};
  cluster.members[2].round_trip = 1ms;
  cluster.unreached = {
    {{"10.0.0.4", 1}, "gw-4", "it is full"}, {{"10.0.0.5", 1}, "", "it does not answer"}};
  const auto json = json_of(cluster, ViewScope{{"gw-1", "gw-3"}});
  CHECK(json["members"].size() == 2);
  REQUIRE(json["links"].size() == 1);
  CHECK(json["links"][0]["node"] == "gw-3");
  CHECK(json["rtt"]["nodes"] == nlohmann::json{"gw-1", "gw-3"});
  CHECK(json["rtt"]["ms"][0] == nlohmann::json{0, 1.0});
  REQUIRE(json["unreached"].size() == 1); // gw-4 is not one of them; the other may be
  CHECK(json["unreached"][0]["address"] == "10.0.0.5:1");
}
