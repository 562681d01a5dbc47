#include "actors/cluster/membership.hpp"

#include "actors/quota/permit_layout.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

namespace {

MemberJoined node(const std::string& name) {
  return {name, "id of " + name, name + ":9100"};
}

struct Cluster {
  ClusterRecord record;
  MembershipView view;

  explicit Cluster(const std::vector<std::string>& names) {
    view.self = names.front();
    for (const auto& name : names) {
      view.here.push_back(node(name));
      REQUIRE(record.apply(node(name)));
      view.servers.push_back({0, name, RaftServer::Role::voter});
    }
  }
  MembershipStep next() const { return next_membership_step(record, view); }
  template <class Step>
  Step next_is() const {
    const auto step = next();
    REQUIRE(std::holds_alternative<Step>(step));
    return std::get<Step>(step);
  }
};

} // namespace

TEST_CASE("where all is as it should be nothing is done", "[cluster][membership]") {
  CHECK(std::holds_alternative<std::monostate>(Cluster{{"a", "b", "c"}}.next()));
}

TEST_CASE(
  "whoever is linked becomes a member, with the log, then with a vote", "[cluster][membership]") {
  Cluster cluster{{"a", "b"}};
  cluster.view.here.push_back(node("c"));
  CHECK(cluster.next_is<MemberJoined>() == node("c"));
  REQUIRE(cluster.record.apply(node("c")));
  CHECK(cluster.next_is<AddServer>().name == "c");
  cluster.view.servers.push_back({0, "c", RaftServer::Role::spare});
  CHECK(cluster.next_is<AssignServer>().role == RaftServer::Role::standby);
  cluster.view.servers.back().role = RaftServer::Role::standby;
  CHECK(cluster.next_is<AssignServer>().role == RaftServer::Role::voter);
}

TEST_CASE("three vote where nobody is named, however many there are", "[cluster][membership]") {
  Cluster cluster{{"a", "b", "c", "d"}};
  cluster.view.servers.back().role = RaftServer::Role::standby;
  CHECK(std::holds_alternative<std::monostate>(cluster.next()));
}

TEST_CASE("nobody loses its vote by being silent", "[cluster][membership]") {
  Cluster cluster{{"a", "b", "c", "d"}};
  cluster.view.servers.back().role = RaftServer::Role::standby;
  cluster.view.here.erase(cluster.view.here.begin() + 1);
  CHECK(std::holds_alternative<std::monostate>(cluster.next()));
}

TEST_CASE(
  "those vote who are named, and others stop when all of them do", "[cluster][membership]") {
  Cluster cluster{{"a", "b", "c", "d"}};
  cluster.view.servers.back().role = RaftServer::Role::standby;
  cluster.view.voters = {"a", "b", "d"};
  const auto first = cluster.next_is<AssignServer>();
  CHECK(first.name == "d");
  CHECK(first.role == RaftServer::Role::voter);
  cluster.view.servers.back().role = RaftServer::Role::voter;
  const auto second = cluster.next_is<AssignServer>();
  CHECK(second.name == "c");
  CHECK(second.role == RaftServer::Role::standby);
}

TEST_CASE("a leader that is not named hands on to one that is", "[cluster][membership]") {
  Cluster cluster{{"a", "b", "c"}};
  cluster.view.voters = {"b", "c"};
  CHECK(cluster.next_is<HandOn>().name == "b");
  cluster.view.here.erase(cluster.view.here.begin() + 1);
  CHECK(std::holds_alternative<std::monostate>(cluster.next())); // c alone could not decide
  cluster.view.here.push_back(node("b"));
  cluster.view.servers[2].has = 7; // the one who knows most
  CHECK(cluster.next_is<HandOn>().name == "c");
  cluster.view.self = "b";
  CHECK(cluster.next_is<AssignServer>().name == "a");
}

TEST_CASE("whoever may not vote gets no vote, and loses the one it has", "[cluster][membership]") {
  Cluster cluster{{"a", "b", "c"}};
  cluster.view.unwilling = {"c"};
  const auto step = cluster.next_is<AssignServer>();
  CHECK(step.name == "c");
  CHECK(step.role == RaftServer::Role::standby);
  cluster.view.servers.back().role = RaftServer::Role::standby;
  CHECK(std::holds_alternative<std::monostate>(cluster.next()));
  cluster.view.voters = {"a", "b", "c"};
  CHECK(std::holds_alternative<std::monostate>(cluster.next()));
  cluster.view.unwilling = {"a", "c"};
  CHECK(cluster.next_is<HandOn>().name == "b");
}

TEST_CASE("no vote is taken that those who are there need", "[cluster][membership]") {
  Cluster cluster{{"a", "b", "c"}};
  cluster.view.here.pop_back();
  cluster.view.voters = {"a"};
  // Without b a could not do without c, who is away: c's vote goes first.
  CHECK(cluster.next_is<AssignServer>().name == "c");
  cluster.view.servers.back().role = RaftServer::Role::standby;
  CHECK(cluster.next_is<AssignServer>().name == "b");

  Cluster two{{"a", "b"}};
  two.view.here.pop_back();
  two.view.unwilling = {"a"};
  CHECK(std::holds_alternative<std::monostate>(two.next()));
}

TEST_CASE("the last voter keeps its vote, whether it may or not", "[cluster][membership]") {
  Cluster cluster{{"a", "b"}};
  cluster.view.servers.back().role = RaftServer::Role::standby;
  cluster.view.unwilling = {"a", "b"};
  CHECK(std::holds_alternative<std::monostate>(cluster.next()));
}

TEST_CASE("a member that moved is recorded anew", "[cluster][membership]") {
  Cluster cluster{{"a", "b", "c"}};
  cluster.view.here[1].address = "elsewhere:9100";
  CHECK(cluster.next_is<MemberJoined>().address == "elsewhere:9100");
}

TEST_CASE("a name that another member has lets nobody in", "[cluster][membership]") {
  Cluster cluster{{"a", "b", "c"}};
  auto impostor = node("b");
  impostor.node = "another id";
  cluster.view.here.push_back(impostor);
  CHECK(std::holds_alternative<std::monostate>(cluster.next()));
}

TEST_CASE("nobody is proposed in vain", "[cluster][membership]") {
  std::vector<std::string> names;
  for (std::uint32_t i = 0; i < members_max; ++i) names.push_back("node " + std::to_string(i));
  Cluster cluster{names};
  for (auto& server : cluster.view.servers)
    if (server.name > "node 1") server.role = RaftServer::Role::standby;
  const auto before = cluster.next().index();
  cluster.view.here.push_back(node("one more"));
  CHECK(cluster.next().index() == before);

  // Nor whoever was removed, and has not found out.
  Cluster others{{"a", "b"}};
  REQUIRE(others.record.apply(MembersGone{{1}, {}, 0, true, 2}));
  others.view.servers.pop_back();
  others.view.here[1].number = 1;
  CHECK(std::holds_alternative<std::monostate>(others.next()));
}

TEST_CASE(
  "the vote of one that was removed is not the next one's of its name", "[cluster][membership]") {
  Cluster cluster{{"a", "b", "c"}};
  REQUIRE(cluster.record.apply(MembersGone{{1}, {}, 0, true, 3}));
  cluster.view.here[1].node = "another id";
  CHECK(cluster.next_is<RemoveServer>().name == "b");
  std::erase_if(cluster.view.servers, [](const auto& server) { return server.name == "b"; });
  CHECK(cluster.next_is<MemberJoined>().name == "b");
}

TEST_CASE("whoever left the cluster leaves its log", "[cluster][membership]") {
  Cluster cluster{{"a", "b", "c"}};
  REQUIRE(cluster.record.apply(MembersGone{{1}, {}, 0, false, 3}));
  cluster.view.here.erase(cluster.view.here.begin() + 1);
  CHECK(cluster.next_is<RemoveServer>().name == "b");
}

TEST_CASE("whoever leaves votes no more, and hands on what it leads", "[cluster][membership]") {
  Cluster cluster{{"a", "b", "c"}};
  auto& view = cluster.view;
  const auto leaves = [&](const std::string& name) {
    std::erase_if(view.here, [&](const auto& node) { return node.name == name; });
    view.unwilling.insert(name);
  };
  leaves("b");
  CHECK(cluster.next_is<AssignServer>().name == "b");
  CHECK(cluster.next_is<AssignServer>().role == RaftServer::Role::standby);
  view.servers[1].role = RaftServer::Role::standby;
  leaves("a");
  CHECK(cluster.next_is<HandOn>().name == "c");
  // It is no member any more and still linked: nobody lets it in again.
  REQUIRE(cluster.record.apply(MembersGone{{1}, {}, 0, false, 3}));
  CHECK(cluster.next_is<RemoveServer>().name == "b");
}

TEST_CASE(
  "three who vote have to hear a member, where the document says how often",
  "[cluster][membership]") {
  Cluster cluster{{"a", "b", "c", "d"}};
  cluster.view.servers.back().role = RaftServer::Role::standby;
  cluster.view.write_off = Milliseconds{600'000};
  const auto wanted = cluster.next_is<ContactSet>();
  CHECK(wanted == ContactSet{{0, 1, 2}, Milliseconds{600'000}});
  REQUIRE(cluster.record.apply(wanted));
  CHECK(std::holds_alternative<std::monostate>(cluster.next()));
  // Of two each would stop where they can't hear each other.
  cluster.view.servers[2].role = RaftServer::Role::standby;
  CHECK(cluster.next_is<ContactSet>() == ContactSet{});
}
