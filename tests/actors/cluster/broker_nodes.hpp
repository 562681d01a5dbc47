#pragma once

#include "actors/cluster/broker.hpp"
#include "tests/actors/quota/book_room.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace gateway {

/// One node with its stops, each with its books, as actors would have them.
struct BrokerNode {
  explicit BrokerNode(std::uint32_t member) : number(member) {
    room.identity.node = std::string(30, '0') + std::to_string(10 + member);
    start();
  }

  /// kill -9.
  void kill() {
    stops.clear();
    done.clear();
    broker.reset();
    memory.reset();
  }
  bool is_up() const { return broker.has_value(); }
  void start() {
    memory = room.open(clock);
    memory->set_shared();
    broker.emplace(memory, SharingTimes{});
  }
  /// The machine goes, and comes back without its memory.
  void lose_book() {
    kill();
    std::filesystem::remove_all(room.folder.path());
    std::filesystem::create_directory(room.folder.path());
    room.identity.boot = "cccccccc-cccc-4ccc-8ccc-cccccccccccc";
    memory = *PermitMemory::open({room.folder.path(), 16}, room.identity, {}, clock.now());
    memory->set_shared();
    memory->begin_epoch(++room.identity.epoch);
    broker.emplace(memory, SharingTimes{});
  }

  void enter(const ClusterRecord& record, const std::vector<QuotaSpec>& document) {
    std::set<std::uint32_t> members;
    for (const auto& [member, its] : record.members()) members.insert(member);
    broker->set_record(record, number, members, clock.at);
    std::map<std::string, std::vector<QuotaSpec>> specs;
    std::set<std::string> names;
    for (const auto& spec : document) specs[spec.owner].push_back(spec);
    for (auto& [name, its] : specs) {
      names.insert(name);
      broker->shares()->enter(its);
      if (forgets_removed)
        std::erase_if(its, [](const auto& spec) { return spec.share->removed_in.has_value(); });
      auto& stop = stops[name];
      if (!stop) stop.emplace(*PermitBooks::make(memory, {}, clock.now()));
      const auto configured = stop->reconfigure(its, clock.now());
      REQUIRE(configured);
      numbers[name] = *configured;
    }
    std::erase_if(stops, [&](const auto& stop) { return !names.contains(stop.first); });
    broker->set_stops(names);
    for (auto& [name, books] : stops)
      broker->said(name, done[name], books->said(clock.at), clock.at);
  }

  bool admits(const std::string& stop, std::uint32_t book = 0) {
    const std::vector<std::uint32_t> books{numbers.at(stop).at(book)};
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
  std::map<std::string, std::vector<std::uint32_t>> numbers; // of their books
  std::map<std::string, std::uint64_t> done;
  bool may_come = false;
  /// A rule to remove: what took the place of another quota is taken alone.
  bool forgets_removed = false;
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
      if (!node.is_up()) continue;
      node.broker->tick(node.clock.at);
      for (auto& [name, books] : node.stops) books->tick(node.clock.now());
      for (auto& [name, books] : node.stops)
        node.broker->said(name, node.done[name], books->said(node.clock.at), node.clock.at);
      auto out = node.broker->take(node.clock.now());
      for (auto& [name, its] : out.stops) {
        auto& books = *node.stops.at(name);
        if (!its.tales.empty()) REQUIRE(books.recover(its.tales, node.clock.now()));
        books.carry_out(its.orders, node.clock.at);
        node.done[name] = its.number;
      }
      for (auto& entry : out.entries) entries.push_back(std::move(entry));
      for (auto& [to, is_state, bytes] : out.messages) {
        if (cut.contains(node.number) || cut.contains(to) || !nodes[to].is_up()) continue;
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

} // namespace gateway
