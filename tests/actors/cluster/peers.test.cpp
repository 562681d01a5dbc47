#include "actors/cluster/peers.hpp"

#include <catch2/catch.hpp>

#include <deque>
#include <memory>
#include <set>

using namespace gateway;

namespace {

const Instant start{1'000s};

PeerAddress address_of(const std::string& name) {
  return {name + ".example.org", 7'946};
}

Peers::Own own_of(const std::string& name, const std::string& cluster) {
  Peers::Own own;
  own.hello.name = name;
  own.hello.id = "id-of-" + name;
  own.hello.incarnation = 1;
  own.hello.cluster = cluster;
  own.process = "process-of-" + name;
  own.new_cluster = "begun-by-" + name;
  own.seed = std::hash<std::string>{}(name);
  return own;
}

bool ends_a_link(Peers& peers) {
  return std::ranges::any_of(peers.take_events(), [](const auto& one) {
    return std::holds_alternative<Peers::EndLink>(one);
  });
}

/// Nodes whose links cost no time: every dial comes through at once, unless it is cut.
class Mesh {
public:
  void
  add(const std::string& name, const std::vector<std::string>& join, std::string cluster = "") {
    auto own = own_of(name, cluster);
    for (const auto& other : join) own.join.push_back(address_of(other));
    auto& node = nodes_[name];
    node.peers = std::make_unique<Peers>(std::move(own));
    node.peers->listens_at(address_of(name));
  }

  void run_for(Milliseconds span) {
    const auto until = now_ + span;
    for (; now_ < until; now_ += 50ms)
      for (auto& [name, node] : nodes_) tick(name, node);
  }

  void kill(const std::string& name) {
    for (auto& [other, node] : nodes_)
      if (const auto link = node.peers->link_of(name))
        node.peers->ended(*link, "the connection was closed", false, moment());
    for (auto& [other, node] : nodes_) carry_out(other, node);
    nodes_.erase(name);
  }

  bool begins_at_once = true; // else whoever is to begin a cluster is still writing it down

  Peers& operator[](const std::string& name) { return *nodes_.at(name).peers; }

  std::set<std::string> linked(const std::string& name) {
    std::set<std::string> names;
    for (const auto& hello : (*this)[name].linked()) names.insert(hello.name);
    return names;
  }
  std::set<std::string> clusters() {
    std::set<std::string> ids;
    for (auto& [name, node] : nodes_) ids.insert(node.peers->own().cluster);
    return ids;
  }

private:
  struct Node {
    std::unique_ptr<Peers> peers;
    std::map<Peers::Link, std::pair<std::string, Peers::Link>> ends; // the other end of each link
  };

  Peers::Moment moment() const { return {now_, WallTime{}}; }

  void tick(const std::string& name, Node& node) {
    const auto due = node.peers->tick(now_);
    for (const auto& wanted : due.names) node.peers->resolved(wanted, {wanted}, now_);
    for (const auto& place : due.places) dial(name, node, place);
    carry_out(name, node);
  }

  void dial(const std::string& name, Node& node, const PeerAddress& place) {
    const auto link = node.peers->begin(place);
    const auto there = place.host.substr(0, place.host.find('.'));
    const auto found = nodes_.find(there);
    if (found == nodes_.end()) return node.peers->ended(link, "nobody there", false, moment());
    if (node.peers->found(link, "process-of-" + there) == Peers::Verdict::leave) return;
    auto& other = found->second;
    const auto admission =
      other.peers->admit(node.peers->own(), "process-of-" + name, "", moment());
    if (const auto* refusal = std::get_if<LinkRefusal>(&admission.greeting))
      return node.peers->ended(link, refusal->text, true, moment());
    if (node.peers->greeted(link, std::get<Hello>(admission.greeting), moment())) return;
    node.ends[link] = {there, admission.link};
    other.ends[admission.link] = {name, link};
    node.peers->up(link, moment());
    other.peers->up(admission.link, moment());
    carry_out(name, node);
    carry_out(there, other);
  }

  void carry_out(const std::string& name, Node& node) {
    for (const auto& event : node.peers->take_events()) {
      if (const auto* end = std::get_if<Peers::EndLink>(&event)) {
        const auto [there, link] = node.ends.at(end->link);
        node.peers->ended(end->link, end->why, false, moment());
        if (nodes_.contains(there))
          nodes_[there].peers->ended(link, "the connection was closed", false, moment());
      }
      if (std::holds_alternative<Peers::BeginCluster>(event) && begins_at_once) node.peers->began();
      if (std::holds_alternative<Peers::TellAll>(event)) tell_all(name, node);
    }
  }

  void tell_all(const std::string&, Node& node) {
    for (const auto link : node.peers->up_links()) {
      const auto& [there, other_end] = node.ends.at(link);
      if (nodes_.contains(there)) nodes_[there].peers->told(other_end, node.peers->own(), moment());
    }
  }

  std::map<std::string, Node> nodes_;
  Instant now_ = start;
};

using Names = std::set<std::string>;

} // namespace

TEST_CASE("nodes that all name each other form one cluster", "[cluster][peers]") {
  Mesh mesh;
  for (const auto* name : {"gw-1", "gw-2", "gw-3"}) mesh.add(name, {"gw-1", "gw-2", "gw-3"});
  mesh.run_for(5s);
  CHECK(mesh.linked("gw-1") == Names{"gw-2", "gw-3"});
  CHECK(mesh.linked("gw-2") == Names{"gw-1", "gw-3"});
  CHECK(mesh.linked("gw-3") == Names{"gw-1", "gw-2"});
  CHECK(mesh.clusters() == Names{"begun-by-gw-1"});
}

TEST_CASE("nobody hears of a cluster before it is written down", "[cluster][peers]") {
  Mesh mesh;
  mesh.begins_at_once = false;
  for (const auto* name : {"gw-1", "gw-2", "gw-3"}) mesh.add(name, {"gw-1", "gw-2", "gw-3"});
  mesh.run_for(20s);
  CHECK(mesh.clusters() == Names{""});
  mesh["gw-1"].began();
  mesh.run_for(1s);
  CHECK(mesh.clusters() == Names{"begun-by-gw-1"});
}

TEST_CASE("no cluster begins where most of the places given are silent", "[cluster][peers]") {
  Mesh mesh;
  mesh.add("gw-1", {"gw-1", "gw-2", "gw-3"});
  mesh.run_for(20s);
  CHECK(mesh.clusters() == Names{""});
  mesh.add("gw-3", {"gw-1", "gw-2", "gw-3"});
  mesh.run_for(20s);
  CHECK(mesh.clusters() == Names{"begun-by-gw-1"});
}

TEST_CASE("any one member is enough for a newcomer to be linked with all", "[cluster][peers]") {
  Mesh mesh;
  mesh.add("gw-1", {}, "c1");
  mesh.add("gw-2", {"gw-1"});
  mesh.run_for(2s);
  mesh.add("gw-3", {"gw-2"});
  mesh.add("gw-0", {"gw-3"});
  mesh.run_for(20s);
  CHECK(mesh.linked("gw-0") == Names{"gw-1", "gw-2", "gw-3"});
  CHECK(mesh.linked("gw-1") == Names{"gw-0", "gw-2", "gw-3"});
  CHECK(mesh.clusters() == Names{"c1"});
}

TEST_CASE("a node that was lost is missed, dialled and linked again", "[cluster][peers]") {
  Mesh mesh;
  mesh.add("gw-1", {}, "c1");
  mesh.add("gw-2", {"gw-1"}, "c1");
  mesh.run_for(2s);
  mesh.kill("gw-2");
  CHECK(mesh.linked("gw-1").empty());
  mesh.run_for(20s);
  const auto state = mesh["gw-1"].state({});
  REQUIRE(state.members.size() == 2);
  CHECK_FALSE(state.members[1].is_linked);
  CHECK(state.unreached.at(0).problem == "nobody there");
  mesh.add("gw-2", {}, "c1"); // does not know where the other is
  mesh.run_for(10s);
  CHECK(mesh.linked("gw-1") == Names{"gw-2"});
  CHECK(mesh["gw-1"].state({}).unreached.empty());
}

TEST_CASE("two clusters do not mix, and both say why", "[cluster][peers]") {
  Mesh mesh;
  mesh.add("gw-1", {}, "c1");
  mesh.add("gw-2", {"gw-1"}, "c2");
  mesh.run_for(10s);
  CHECK(mesh.linked("gw-1").empty());
  const auto unreached = mesh["gw-2"].state({}).unreached;
  REQUIRE(unreached.size() == 1);
  CHECK_THAT(unreached[0].problem, Catch::Contains("gw-1 belongs to cluster c1, gw-2"));
}

TEST_CASE("newcomers that were linked part when they join different clusters", "[cluster][peers]") {
  Mesh mesh;
  mesh.add("gw-1", {"gw-2", "gw-8"});
  mesh.add("gw-2", {"gw-1", "gw-9"});
  mesh.run_for(500ms);
  CHECK(mesh.linked("gw-1") == Names{"gw-2"});
  mesh.add("gw-8", {}, "c8");
  mesh.add("gw-9", {}, "c9");
  mesh.run_for(20s);
  // Which cluster they end up in is a matter of who was quicker, but there are no links across.
  for (const auto* name : {"gw-1", "gw-2"})
    for (const auto& peer : mesh[name].linked()) CHECK(peer.cluster == mesh[name].own().cluster);
}

TEST_CASE("of two processes, the one with the smaller id connects first", "[cluster][peers]") {
  Peers peers{own_of("m", "c1")};
  CHECK(peers.found(peers.begin(address_of("z")), "process-of-z") == Peers::Verdict::connect);
  CHECK(peers.found(peers.begin(address_of("a")), "process-of-a") == Peers::Verdict::connect_later);
  CHECK(peers.found(peers.begin(address_of("m")), "process-of-m") == Peers::Verdict::leave);
}

TEST_CASE("where two nodes begin a link at once, one link is left", "[cluster][peers]") {
  Peers small{own_of("gw-1", "c1")};
  Peers large{own_of("gw-2", "c1")};
  const Peers::Moment now{start, {}};
  const auto from_small = small.begin(address_of("gw-2"));
  const auto from_large = large.begin(address_of("gw-1"));
  // Both hellos are on their way before either is answered.
  const auto hello_of_small = small.own();
  const auto hello_of_large = large.own();
  const auto at_large = large.admit(hello_of_small, "process-of-gw-1", "", now);
  const auto at_small = small.admit(hello_of_large, "process-of-gw-2", "", now);
  REQUIRE(std::holds_alternative<Hello>(at_large.greeting));
  REQUIRE(std::holds_alternative<Hello>(at_small.greeting));
  CHECK_FALSE(small.greeted(from_small, std::get<Hello>(at_large.greeting), now));
  const auto refusal = large.greeted(from_large, std::get<Hello>(at_small.greeting), now);
  REQUIRE(refusal);
  CHECK(refusal->reason == LinkRefusal::Reason::linked_already);
  small.up(from_small, now);
  large.up(at_large.link, now);
  CHECK(small.link_of("gw-2") == from_small);
  CHECK(large.link_of("gw-1") == at_large.link);
}

TEST_CASE("a node without an address is reached where it was seen", "[cluster][peers]") {
  Peers peers{own_of("gw-1", "c1")};
  auto hello = Peers{own_of("gw-2", "c1")}.own();
  hello.address = {"", 7'947};
  const auto admission = peers.admit(hello, "p", "10.0.0.2", {start, {}});
  peers.up(admission.link, {start, {}});
  CHECK(peers.own().members.at(0).address == PeerAddress{"10.0.0.2", 7'947});
}

TEST_CASE("whoever was removed is told so, and its name may come again", "[cluster][peers]") {
  Mesh mesh;
  mesh.add("a", {}, "one");
  mesh.add("b", {"a"}, "one");
  mesh.run_for(2s);
  REQUIRE(mesh.linked("a").contains("b"));
  ClusterRecord record;
  for (const auto* name : {"a", "b"})
    REQUIRE(record.apply(MemberJoined{name, std::string{"id-of-"} + name, ""}));
  mesh["a"].follow(record, 0, start);
  CHECK(mesh["a"].own().number == 0);
  mesh["a"].take_events();
  REQUIRE(record.apply(MembersGone{{1}, {}, 0, true, 2}));
  mesh["a"].follow(record, 0, start);
  mesh["a"].tick(start);
  CHECK(ends_a_link(mesh["a"]));
  const Peers::Moment now{start + 5s, {}};
  auto known = own_of("b", "one").hello;
  known.number = 1;
  const auto answer = mesh["a"].admit(known, "process-of-b", "", now);
  REQUIRE(std::holds_alternative<LinkRefusal>(answer.greeting));
  CHECK(std::get<LinkRefusal>(answer.greeting).reason == LinkRefusal::Reason::removed);
  // A number of another cluster says nothing here.
  auto stranger = known;
  stranger.cluster = "two";
  const auto other = mesh["a"].admit(stranger, "process-of-b", "", now);
  REQUIRE(std::holds_alternative<LinkRefusal>(other.greeting));
  CHECK(std::get<LinkRefusal>(other.greeting).reason == LinkRefusal::Reason::wrong_cluster);
  mesh.kill("b");
  const auto seen = mesh["a"].state({});
  CHECK(std::ranges::none_of(seen.members, [](const auto& one) { return one.name == "b"; }));
  auto anew = own_of("b", "one").hello;
  anew.id = "another id";
  CHECK(mesh["a"].admit(anew, "process-of-b", "", now).link != 0);
}

TEST_CASE("who has left hears so by the log, or when it comes again", "[cluster][peers]") {
  Mesh mesh;
  mesh.add("a", {}, "one");
  mesh.add("b", {"a"}, "one");
  mesh.run_for(2s);
  mesh["b"].leaves();
  mesh["a"].told(*mesh["a"].link_of("b"), mesh["b"].own(), {start, {}});
  ClusterRecord record;
  for (const auto* name : {"a", "b"})
    REQUIRE(record.apply(MemberJoined{name, std::string{"id-of-"} + name, ""}));
  REQUIRE(record.apply(MembersGone{{1}, {}, 0, false, 2}));
  mesh["a"].take_events();
  auto hello = mesh["b"].own();
  hello.number = 1;
  mesh["a"].told(*mesh["a"].link_of("b"), hello, {start, {}});
  mesh["a"].follow(record, 0, start);
  mesh["a"].tick(start + 500ms);
  CHECK_FALSE(ends_a_link(mesh["a"]));
  mesh["a"].follow(record, 0, start + 600ms);
  mesh["a"].tick(start + 1s);
  CHECK(ends_a_link(mesh["a"]));
}

TEST_CASE("whose cluster was recovered without it is told, whoever calls", "[cluster][peers]") {
  const Peers::Moment now{start, {}};
  auto recovered = own_of("a", "new");
  recovered.hello.recovered_from = {"older", "old"};
  Peers a{recovered};
  Peers b{own_of("b", "old")};
  const auto answer = a.admit(b.own(), "process-of-b", "", now);
  REQUIRE(std::holds_alternative<LinkRefusal>(answer.greeting));
  const auto& refusal = std::get<LinkRefusal>(answer.greeting);
  CHECK(refusal.reason == LinkRefusal::Reason::removed);
  CHECK(refusal.cluster == "new");
  CHECK(refusal.text.starts_with("b's cluster was recovered without it"));

  const auto called = b.admit(a.own(), "process-of-a", "", now);
  CHECK(std::holds_alternative<LinkRefusal>(called.greeting));
  const auto events = b.take_events();
  const auto removed = std::ranges::find_if(
    events, [](const auto& one) { return std::holds_alternative<Peers::IsRemoved>(one); });
  REQUIRE(removed != events.end());
  CHECK(std::get<Peers::IsRemoved>(*removed).cluster == "new");

  // Of any other cluster nothing follows.
  Peers c{own_of("c", "another")};
  CHECK(std::holds_alternative<LinkRefusal>(c.admit(a.own(), "process-of-a", "", now).greeting));
  CHECK(c.take_events().empty());
}
