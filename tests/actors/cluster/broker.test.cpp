#include "actors/cluster/broker.hpp"

#include "tests/actors/quota/book_room.hpp"

#include <deque>

using namespace gateway;

namespace {

QuotaSpec limit(std::string owner, std::string name, std::int64_t limit) {
  QuotaSpec spec;
  spec.owner = std::move(owner);
  spec.name = std::move(name);
  spec.limit = limit;
  spec.window = 60s;
  return spec;
}

/// One node with its stops, each with its books, as actors would have them.
struct BrokerNode {
  explicit BrokerNode(std::uint32_t member) : number(member) {
    room.identity.node = std::string(30, '0') + std::to_string(10 + member);
    memory = room.open(clock);
    memory->set_shared();
    broker.emplace(memory, SharingTimes{});
  }

  /// The machine goes, and comes back without its memory.
  void lose_book() {
    stops.clear();
    done.clear();
    broker.reset();
    memory.reset();
    std::filesystem::remove_all(room.folder.path());
    std::filesystem::create_directory(room.folder.path());
    room.identity.boot = "cccccccc-cccc-4ccc-8ccc-cccccccccccc";
    memory = *PermitMemory::open({room.folder.path(), 16}, room.identity, {}, clock.now());
    memory->set_shared();
    memory->begin_epoch(++room.identity.epoch);
    broker.emplace(memory, SharingTimes{});
  }

  void enter(const ClusterRecord& record, const std::vector<QuotaSpec>& document) {
    broker->set_record(record, number, {0, 1, 2}, clock.at);
    std::map<std::string, std::vector<QuotaSpec>> specs;
    std::set<std::string> names;
    for (const auto& spec : document) specs[spec.owner].push_back(spec);
    for (auto& [name, its] : specs) {
      names.insert(name);
      broker->shares()->enter(its);
      auto& stop = stops[name];
      if (stop)
        REQUIRE(stop->reconfigure(its, clock.now()));
      else
        stop.emplace(*PermitBooks::make(memory, its, clock.now()));
    }
    std::erase_if(stops, [&](const auto& stop) { return !names.contains(stop.first); });
    broker->set_stops(names);
    for (auto& [name, books] : stops)
      broker->said(name, done[name], books->said(clock.at), clock.at);
  }

  bool admits(const std::string& stop, std::uint32_t book = 0) {
    const std::vector<std::uint32_t> books{book};
    auto answer = stops.at(stop)->admit(books, {}, clock.at, {&stops});
    if (const auto* const refused = std::get_if<Refused>(&answer)) {
      may_come = refused->may_come;
      return false;
    }
    Settlement settlement;
    settlement.written_at = settlement.ended = clock.at;
    stops.at(stop)->settle(std::get<Permits>(std::move(answer)), settlement, clock.at);
    return true;
  }

  std::uint32_t number;
  BookRoom room;
  TestClock clock;
  std::shared_ptr<PermitMemory> memory;
  std::optional<Broker> broker;
  std::map<std::string, std::optional<PermitBooks>> stops;
  std::map<std::string, std::uint64_t> done;
  bool may_come = false;
};

/// Several nodes; messages take a step, what a node's actors tell each other another.
struct BrokerNodes {
  explicit BrokerNodes(std::vector<QuotaSpec> quotas) : document(std::move(quotas)) {
    for (std::uint32_t i = 0; i < 3; ++i) {
      nodes.emplace_back(i);
      REQUIRE(record.apply(
        MemberJoined{"node-" + std::to_string(i), std::string(31, '0') + std::to_string(i), ""}));
    }
    enter();
  }

  void enter() {
    QuotasSet set;
    for (const auto& spec : document) set.quotas.push_back({spec, {}});
    REQUIRE(record.apply(set));
    for (auto& node : nodes) node.enter(record, document);
  }

  void step(Nanoseconds time = 50ms) {
    for (auto& node : nodes) {
      node.clock.pass(time);
      node.broker->tick(node.clock.at);
      for (auto& [name, books] : node.stops)
        node.broker->said(name, node.done[name], books->said(node.clock.at), node.clock.at);
      auto out = node.broker->take(node.clock.now());
      for (auto& [name, its] : out.stops) {
        auto& books = *node.stops.at(name);
        if (!its.tales.empty()) REQUIRE(books.recover(its.tales, node.clock.at));
        books.carry_out(its.orders, node.clock.at);
        node.done[name] = its.number;
      }
      for (auto& entry : out.entries) entries.push_back(std::move(entry));
      for (auto& [to, is_state, bytes] : out.messages) {
        if (cut.contains(node.number) || cut.contains(to)) continue;
        REQUIRE(nodes[to].broker->hear(node.number, bytes, nodes[to].clock.at));
      }
    }
  }

  std::int64_t held(const std::string& stop, std::size_t book = 0) {
    std::int64_t sum = 0;
    for (auto& node : nodes) sum += node.stops.at(stop)->said(node.clock.at).at(book).state.hold;
    return sum;
  }

  std::vector<QuotaSpec> document;
  ClusterRecord record;
  std::deque<BrokerNode> nodes;
  std::set<std::uint32_t> cut;
  std::vector<ClusterEntry> entries; // that were asked for
};

} // namespace

TEST_CASE("permits go where calls wait, of every stop and every quota", "[cluster][broker]") {
  BrokerNodes cluster{
    {limit("pool/a", "rpm", 300), limit("pool/a", "burst", 200), limit("key/k", "rpm", 400)}};
  auto& far = cluster.nodes[2];
  CHECK_FALSE(far.admits("pool/a", 0));
  std::size_t rpm = 0;
  std::size_t burst = 0;
  std::size_t key = 0;
  for (int i = 0; i < 450; ++i) {
    cluster.step();
    if (rpm < 250 && far.admits("pool/a", 0)) ++rpm;
    if (burst < 150 && far.admits("pool/a", 1)) ++burst;
    if (key < 350 && far.admits("key/k")) ++key;
  }
  CHECK(rpm == 250);
  CHECK(burst == 150);
  CHECK(key == 350);
}

TEST_CASE("a refusal says that permits may come, until all of them are out", "[cluster][broker]") {
  BrokerNodes cluster{{limit("pool/a", "rpm", 40)}};
  for (int i = 0; i < 60; ++i) cluster.step();
  auto& far = cluster.nodes[1];
  while (far.admits("pool/a")) {
  }
  CHECK(far.may_come);
  std::size_t more = 0;
  for (int i = 0; i < 200; ++i) {
    cluster.step();
    more += far.admits("pool/a") ? 1 : 0;
  }
  CHECK(more > 0);
  CHECK_FALSE(far.may_come);
}

TEST_CASE("a raised limit is used by all, with the version that raised it", "[cluster][broker]") {
  BrokerNodes cluster{{limit("pool/a", "rpm", 40)}};
  for (int i = 0; i < 20; ++i) cluster.step();
  cluster.document[0].limit = 90;
  cluster.enter();
  for (int i = 0; i < 20; ++i) cluster.step();
  // What is on its way is nobody's for a moment.
  CHECK(cluster.held("pool/a") <= 90);
  CHECK(cluster.held("pool/a") >= 80);
}

TEST_CASE(
  "a stop that goes and comes again takes part as before, whatever it was asked meanwhile",
  "[cluster][broker]") {
  BrokerNodes cluster{{limit("pool/a", "rpm", 300), limit("pool/b", "rpm", 300)}};
  for (int i = 0; i < 40; ++i) {
    cluster.step();
    cluster.nodes[2].admits("pool/a");
  }
  const auto a = cluster.document[0];
  cluster.document.erase(cluster.document.begin());
  cluster.enter();
  for (int i = 0; i < 20; ++i) cluster.step();
  cluster.document.push_back(a);
  cluster.enter();
  std::size_t more = 0;
  for (int i = 0; i < 200; ++i) {
    cluster.step();
    more += cluster.nodes[1].admits("pool/a") ? 1 : 0;
  }
  CHECK(more > 100);
}

TEST_CASE(
  "a lost book has what it gave of a quota that the document lacks at that time",
  "[cluster][broker]") {
  BrokerNodes cluster{{limit("pool/a", "rpm", 300), limit("pool/b", "rpm", 300)}};
  for (int i = 0; i < 60; ++i) {
    cluster.step();
    for (int call = 0; call < 4; ++call) cluster.nodes[2].admits("pool/a");
  }
  const auto given =
    300 - cluster.nodes[0].stops.at("pool/a")->said(cluster.nodes[0].clock.at)[0].state.hold;
  REQUIRE(given > 50);
  const auto a = cluster.document[0];
  cluster.document.erase(cluster.document.begin());
  cluster.enter();
  for (int i = 0; i < 20; ++i) cluster.step();

  cluster.nodes[0].lose_book();
  cluster.nodes[0].enter(cluster.record, cluster.document);
  for (int i = 0; i < 60; ++i) cluster.step();
  CHECK_FALSE(cluster.nodes[0].memory->is_lost());
  // Room is wanted: what the record still has keeps its slot.
  cluster.document.push_back(a);
  cluster.enter();
  for (int i = 0; i < 20; ++i) cluster.step();
  CHECK(cluster.held("pool/a") <= 300);
  CHECK(cluster.held("pool/a") > 250);
}

TEST_CASE("bytes that are no message of ours are an error, and nothing else", "[cluster][broker]") {
  BrokerNodes cluster{{limit("pool/a", "rpm", 40)}};
  CHECK_FALSE(cluster.nodes[0].broker->hear(1, "hello", cluster.nodes[0].clock.at));
  cluster.step();
}

TEST_CASE("a removed quota is forgotten once nobody can need it", "[cluster][broker]") {
  BrokerNodes cluster{{limit("provider/a", "rpm", 60), limit("provider/b", "rpm", 60)}};
  const auto run = [&](Nanoseconds time) {
    for (Nanoseconds passed{0}; passed < time; passed += 200ms) cluster.step(200ms);
  };
  const auto is_asked = [&] {
    for (const auto& entry : cluster.entries)
      if (std::holds_alternative<QuotaForgotten>(entry)) return true;
    return false;
  };
  run(5s);
  const auto before = cluster.document;
  cluster.document.pop_back();
  QuotasSet set;
  for (const auto& spec : cluster.document) set.quotas.push_back({spec, {}});
  REQUIRE(cluster.record.apply(set));
  const auto longest = std::chrono::duration_cast<Nanoseconds>(before.back().longest_call) + 60s;

  SECTION("not while a member has the version before") {
    for (std::size_t i = 0; i < 2; ++i) cluster.nodes[i].enter(cluster.record, cluster.document);
    run(longest + 60s);
    CHECK_FALSE(is_asked());
  }
  SECTION("not while a member's stop has it yet") {
    cluster.nodes[0].enter(cluster.record, cluster.document);
    cluster.nodes[1].enter(cluster.record, cluster.document);
    cluster.nodes[2].enter(cluster.record, before);
    run(longest + 60s);
    CHECK_FALSE(is_asked());
  }
  SECTION("not before a call that began with it is out of its window") {
    for (auto& node : cluster.nodes) node.enter(cluster.record, cluster.document);
    run(longest);
    CHECK_FALSE(is_asked());
    run(60s);
    REQUIRE(is_asked());
    const auto numbers = cluster.record.quotas().size();
    for (const auto& entry : cluster.entries)
      if (const auto* const forgotten = std::get_if<QuotaForgotten>(&entry)) {
        REQUIRE(cluster.record.apply(*forgotten));
        break;
      }
    CHECK(cluster.record.quotas().size() == numbers - 1);
    for (auto& node : cluster.nodes) node.enter(cluster.record, cluster.document);
    cluster.entries.clear();
    run(longest + 60s);
    CHECK_FALSE(is_asked());
  }
}
