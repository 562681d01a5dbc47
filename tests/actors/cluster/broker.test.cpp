#include "tests/actors/cluster/broker_nodes.hpp"

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

TEST_CASE("of one that goes in silence a person may say that it is off", "[cluster][broker]") {
  BrokerNodes cluster{{limit("pool/a", "requests", 30)}};
  auto& one = cluster.nodes[0];
  const auto& sharing = *one.broker->sharing();
  CHECK(sharing.going_of(2) == Going::no);
  REQUIRE(cluster.record.apply(ContactSet{{0, 1, 2}, Milliseconds{60'000}}));
  REQUIRE(cluster.record.apply(MembersGoing{{2}, Going::silent}));
  one.enter(cluster.record, cluster.document);
  CHECK(sharing.going_of(2) == Going::silent);
  one.broker->write_off(2);
  CHECK(sharing.going_of(2) == Going::written_off);
  const auto out = one.broker->take(one.clock.now());
  REQUIRE(out.entries.size() == 1);
  CHECK(std::get<MembersGoing>(out.entries.front()) == MembersGoing{{2}, Going::written_off});
}

TEST_CASE(
  "whoever is asked to write a member off knows whose word is missing", "[cluster][broker]") {
  BrokerNodes cluster{{limit("pool/a", "requests", 30)}};
  const auto run = [&](int steps) {
    for (int i = 0; i < steps; ++i) cluster.step();
  };
  run(60);
  auto& asked = cluster.nodes[1];
  const auto& sharing = *asked.broker->sharing();
  REQUIRE_FALSE(sharing.is_broker());
  cluster.cut = {2};
  asked.broker->write_off(2);
  REQUIRE(cluster.record.apply(MembersGoing{{2}, Going::written_off}));
  asked.enter(cluster.record, cluster.document); // the other one has not heard of it yet
  run(20);
  CHECK(sharing.farewell_waits_for() == std::vector{0U});
  cluster.nodes[0].enter(cluster.record, cluster.document);
  cluster.entries.clear();
  run(20 * 150);
  CHECK(sharing.farewell_waits_for().empty());
  REQUIRE(!cluster.entries.empty());
  REQUIRE(std::holds_alternative<MembersGone>(cluster.entries.front()));
  CHECK(cluster.record.apply(std::get<MembersGone>(cluster.entries.front())));
  // Two see it off, and the second entry changes nothing.
  const auto same = [](const ClusterEntry& one) {
    return std::holds_alternative<MembersGone>(one);
  };
  CHECK(std::ranges::count_if(cluster.entries, same) > 1);
  CHECK_FALSE(cluster.record.apply(std::get<MembersGone>(cluster.entries.back())));
}

TEST_CASE("no older record than before is gone by, in a later life either", "[cluster][broker]") {
  BrokerNodes cluster{{limit("pool/a", "requests", 30)}};
  auto& one = cluster.nodes[0];
  const auto older = cluster.record;
  REQUIRE(cluster.record.apply(MembersGone{{2}, {}, 0, true, 3}));
  one.enter(cluster.record, cluster.document);

  Broker later{one.memory, SharingTimes{}};
  later.set_stops({"pool/a"});
  later.set_record(older, 0, {0, 1, 2}, one.clock.at);
  CHECK(later.sharing() == nullptr);
  later.said("pool/a", 1, one.stops.at("pool/a")->said(one.clock.at), one.clock.at);
  CHECK(later.take(one.clock.now()).messages.empty());
  later.set_record(cluster.record, 0, {0, 1}, one.clock.at);
  CHECK(later.sharing() != nullptr);
}

TEST_CASE("a book that another member's moves are in is not gone on with", "[cluster][broker]") {
  BrokerNodes cluster{{limit("pool/a", "requests", 30)}};
  auto& one = cluster.nodes[0];
  Broker another{one.memory, SharingTimes{}};
  another.set_record(cluster.record, 2, {0, 1, 2}, one.clock.at);
  CHECK(another.is_contradicted());
  CHECK(another.take(one.clock.now()).stops.empty());
  CHECK(one.memory->is_held());
  CHECK(one.memory->members().self() == 0); // the next life finds the same
}

TEST_CASE("a node that is not what others know of it uses and moves nothing", "[cluster]") {
  BrokerNodes cluster{{limit("pool/a", "requests", 30)}};
  for (int i = 0; i < 40; ++i) cluster.step();
  auto& one = cluster.nodes[0];
  REQUIRE(one.admits("pool/a"));
  const auto& sharing = *one.broker->sharing();
  PairMessage message;
  message.sent = 1'000'000'000'000;
  message.lives = {1, one.memory->epoch()};
  SECTION("a newer life of it was there") {
    message.lives.your_epoch += 1;
  }
  SECTION("somebody has had more of it than it ever gave") {
    auto& entry = message.entries.emplace_back();
    entry.quota = one.broker->shares()->rows().front().number;
    entry.received = 31;
  }
  SECTION("its own time comes back to it from the future") {
    message.echo = (one.clock.at + 1s).time_since_epoch().count();
  }
  const bool is_overtaken = message.lives.your_epoch > one.memory->epoch();
  REQUIRE(one.broker->hear(1, encode(message), one.clock.at));
  const auto out = one.broker->take(one.clock.now());
  CHECK(out.stops.empty());
  CHECK(one.memory->is_held());
  CHECK_FALSE(one.admits("pool/a"));
  CHECK(sharing.is_overtaken() == is_overtaken);
  CHECK(sharing.overtaken_by() == (is_overtaken ? message.lives.your_epoch : 0));
  CHECK(sharing.is_contradicted() == !is_overtaken);
  // Nor does it ever again, whatever it hears.
  cluster.step();
  CHECK_FALSE(one.admits("pool/a"));
}
