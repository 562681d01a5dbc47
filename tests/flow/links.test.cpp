#include "tests/flow/link_node.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>

using namespace gateway;

namespace {

bool has(const Heard& heard, const std::string& fact) {
  return std::ranges::count(heard.facts(), fact) > 0;
}

void put(const std::string& path, const std::string& text) {
  std::ofstream{path} << text;
}

std::string text_of_file(const std::string& path) {
  std::ifstream file{path};
  return {std::istreambuf_iterator<char>{file}, {}};
}

} // namespace

TEST_CASE("any one address is enough for three nodes to be linked", "[flow][links]") {
  const PeerAuthority authority;
  LinkNode one{{"gw-1", authority.issue("gw-1"), {}}};
  LinkNode two{{"gw-2", authority.issue("gw-2"), {one.address()}, ""}};
  LinkNode three{{"gw-3", authority.issue("gw-3"), {two.address()}, ""}};
  CHECK(eventually([&] { return one.linked() == "gw-2 gw-3"; }));
  CHECK(eventually([&] { return two.linked() == "gw-1 gw-3"; }));
  CHECK(eventually([&] { return three.linked() == "gw-1 gw-2"; }));
  // Who belonged to no cluster belongs to that one now, and keeps it.
  CHECK(three.state().cluster == "c1");
  CHECK(eventually([&] { return two.kept_cluster() == "c1" && three.kept_cluster() == "c1"; }));
  CHECK(three.members() == 3);
  CHECK(eventually([&] { return one.state().members.back().round_trip.has_value(); }));
  CHECK(one.problem().empty());
}

TEST_CASE("nodes that start at once and name each other form one cluster", "[flow][links]") {
  const PeerAuthority authority;
  // Only the ports are not known before they listen.
  LinkNode one{{"gw-1", authority.issue("gw-1"), {{"127.0.0.1", 1}}, ""}};
  LinkNode two{{"gw-2", authority.issue("gw-2"), {one.address()}, ""}};
  LinkNode three{{"gw-3", authority.issue("gw-3"), {one.address(), two.address()}, ""}};
  CHECK(eventually([&] {
    return one.state().cluster == "begun-by-gw-1" && two.state().cluster == "begun-by-gw-1"
      && three.state().cluster == "begun-by-gw-1";
  }));
  CHECK(eventually([&] { return two.linked() == "gw-1 gw-3"; }));
}

TEST_CASE("what is sent to a peer arrives, in order, whole", "[flow][links]") {
  const PeerAuthority authority;
  LinkNode one{{"gw-1", authority.issue("gw-1"), {}}};
  LinkNode two{{"gw-2", authority.issue("gw-2"), {one.address()}}};
  REQUIRE(eventually([&] { return one.linked() == "gw-2" && two.linked() == "gw-1"; }));
  CHECK(eventually([&] { return has(two.heard(), "up gw-1"); }));
  constexpr int messages = 200; // several windows
  for (int i = 0; i < messages; ++i) one.send("gw-2", FrameKind::log, std::to_string(i));
  const std::string large(frame_bytes_max, 'x');
  one.send("gw-2", FrameKind::log, large);
  REQUIRE(eventually([&] { return has(two.heard(), "gw-1 says " + large); }));
  std::vector<std::string> said;
  for (const auto& fact : two.heard().facts())
    if (fact.starts_with("gw-1 says ")) said.push_back(fact.substr(10));
  REQUIRE(said.size() == messages + 1);
  for (std::size_t i = 0; i < messages; ++i) CHECK(said[i] == std::to_string(i));
  one.send("gw-9", FrameKind::log, "to nobody");
  one.send("gw-2", FrameKind::pair, "state");
  CHECK(eventually([&] { return has(two.heard(), "gw-1 says state"); }));
}

TEST_CASE("a node that ends is missed, and linked again in its next life", "[flow][links]") {
  const PeerAuthority authority;
  LinkNode one{{"gw-1", authority.issue("gw-1"), {}}};
  {
    LinkNode two{{"gw-2", authority.issue("gw-2"), {one.address()}}};
    REQUIRE(eventually([&] { return one.linked() == "gw-2"; }));
  }
  CHECK(eventually([&] { return one.linked().empty() && has(one.heard(), "down gw-2"); }));
  CHECK(one.members() == 1);
  LinkNode again{{"gw-2", authority.issue("gw-2"), {one.address()}}};
  CHECK(eventually([&] { return one.linked() == "gw-2" && again.linked() == "gw-1"; }));
}

TEST_CASE("who may not come in is told why", "[flow][links]") {
  const PeerAuthority authority;
  const PeerAuthority foreign;
  LinkNode one{{"gw-1", authority.issue("gw-1"), {}}};
  LinkNode friendly{{"gw-2", authority.issue("gw-2"), {one.address()}}};
  REQUIRE(eventually([&] { return one.linked() == "gw-2"; }));

  struct Row {
    LinkNode::Spec spec;
    const char* says;
  };
  const auto join = std::vector{one.address()};
  const auto expired = authority.issue("gw-3", PeerAuthority::Validity::over);
  // It believes the cluster's authority, and shows a certificate of another.
  const auto mixed = foreign.issue("gw-3");
  std::ifstream more{authority.issue("ca") + "/ca.pem"};
  std::ofstream{mixed + "/ca.pem", std::ios::app} << more.rdbuf();
  const auto good = authority.issue("gw-3");
  std::vector<Row> rows{
    {{"gw-3", foreign.issue("gw-3"), join}, "shows a certificate that is not to be believed"},
    {{"gw-3", mixed, join}, "does not believe this node's certificate"},
    {{"gw-3", expired, join}, "does not believe this node's certificate"},
    {{"gw-3", good, join, "c2"}, "gw-1 belongs to cluster c1, gw-3 to cluster c2"},
    {{"gw-3", good, join, "c1", {8, 9}}, "gw-1 speaks cluster protocol 2, gw-3 speaks 8 to 9"},
    {{"gw-1", good, join, "c1", {}, "another"}, "two nodes are called gw-1"},
    {{"gw-2", good, join, "c1", {}, "another"}, "is linked with another gw-2"},
    {{"gw-3", good, join, "c1", {}, "id-of-gw-1"}, "one data folder, or a copy of it"}};
  for (auto& row : rows) {
    CAPTURE(row.says);
    LinkNode refused{std::move(row.spec)};
    CHECK(eventually([&] { return refused.problem().find(row.says) != std::string::npos; }));
    CHECK(refused.linked().empty());
    CHECK(one.linked() == "gw-2");
  }
  CHECK(friendly.linked() == "gw-1");
  CHECK_FALSE(has(one.heard(), "down gw-2"));
}

TEST_CASE("an address of its own among those to join is no peer", "[flow][links]") {
  const PeerAuthority authority;
  LinkNode one{{"gw-1", authority.issue("gw-1"), {}}};
  LinkNode two{{"gw-2", authority.issue("gw-2"), {{"localhost", one.address().port}}}};
  REQUIRE(eventually([&] { return two.linked() == "gw-1"; }));
  // gw-1 hears of itself from gw-2, by an address that it did not know.
  CHECK(one.linked() == "gw-2");
  CHECK(one.problem().empty());
}

TEST_CASE("another authority comes without a restart, and links stay", "[flow][links]") {
  const PeerAuthority authority;
  const PeerAuthority next;
  const auto folder = authority.issue("gw-1");
  const auto old_authority = text_of_file(folder + "/ca.pem");
  const auto renewed = next.issue("gw-1");
  const auto new_authority = text_of_file(renewed + "/ca.pem");
  LinkNode one{{"gw-1", folder, {}}};
  LinkNode two{{"gw-2", authority.issue("gw-2"), {one.address()}}};
  REQUIRE(eventually([&] { return one.linked() == "gw-2" && two.linked() == "gw-1"; }));
  LinkNode stranger{{"gw-3", next.issue("gw-3"), {one.address()}}};
  CHECK(eventually([&] { return !stranger.problem().empty(); }));

  put(folder + "/ca.pem", old_authority + new_authority);
  REQUIRE(one.reload_certificates());
  // It believes both, and shows the old one.
  const auto both = next.issue("gw-4");
  put(both + "/ca.pem", new_authority + old_authority);
  LinkNode four{{"gw-4", both, {one.address()}}};
  CHECK(eventually([&] { return four.linked() == "gw-1"; }));

  for (const auto* const name : {"/ca.pem", "/node.pem", "/node.key"})
    put(folder + name, text_of_file(renewed + name));
  REQUIRE(one.reload_certificates());
  CHECK(eventually([&] { return stranger.linked() == "gw-1"; })); // in both directions the new one
  LinkNode late{{"gw-5", authority.issue("gw-5"), {one.address()}}};
  CHECK(eventually([&] { return !late.problem().empty(); }));
  CHECK(one.linked() == "gw-2 gw-3 gw-4");
  CHECK_FALSE(has(one.heard(), "down gw-2"));
}
