#pragma once

#include "actors/api/calls_under_way.hpp"
#include "actors/api/request_ids.hpp"
#include "actors/api/retry_budget.hpp"
#include "actors/api/stream_feed.hpp"
#include "actors/api/waiting_room.hpp"
#include "actors/keys/virtual_key.hpp"
#include "actors/runtime/messages.hpp"
#include "actors/runtime/turn.hpp"
#include "actors/runtime/unit.hpp"
#include "net/http/server.hpp"
#include "net/unified/envelope.hpp"
#include "net/upstream/upstream.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace gateway {

class Journal;

/// What is true of the whole node and may change while it runs; read by all threads.
struct NodeState {
  std::string node;
  std::string version;
  bool allow_open = false;               // --allow-open
  std::vector<std::string> public_hosts; // of --public-url: allowed in Host and Origin
  std::vector<std::string> https_hosts;  // those of them that people reach by https
  bool demo = false;                     // --demo
  std::atomic<bool> draining{false};
  std::shared_ptr<const Journal> journal; // set before the first request
  std::atomic<bool> has_document{true};   // false: of a cluster that it has not joined yet
  std::atomic<std::int64_t> streams{0};
  /// Who was ever seen in the cluster since this node's start, this node too; null: it is alone.
  std::atomic<std::shared_ptr<const ClusterState>> cluster;
  /// Some permits may lie where this node can't reach: a client does better to try another one.
  std::atomic<bool> is_somebody_out_of_reach{false};
  bool in_cluster = false; // it has a cluster port
  /// Who leads and votes, and who gives this node permits; null: not known yet.
  std::atomic<std::shared_ptr<const LogRoles>> roles;
  std::atomic<std::shared_ptr<const std::string>> broker;
  std::atomic<std::size_t> browsers{0}; // that listen to GET /stream
};

/// The part of the document that every request looks at, swapped whole when a version comes
/// into force. A request keeps the one it began with.
struct InForce {
  std::shared_ptr<const Directory> directory;
  std::shared_ptr<const KeyTable> keys;
};

/// Connections to providers of one thread: a pool per origin.
class Upstreams {
public:
  Upstreams(IoThread& thread, std::shared_ptr<TlsRoots> roots)
      : thread_(thread), roots_(std::move(roots)) {}

  UpstreamPool& of(const ProviderConfig& provider);
  void close_idle();

private:
  IoThread& thread_;
  std::shared_ptr<TlsRoots> roots_;
  std::map<std::string, std::unique_ptr<UpstreamPool>, std::less<>> pools_;
};

/// Whom calls and admins' questions are for: the same ones on every io thread.
struct ApiActors {
  RouterActor router;
  LedgerActor ledger;
  ConfigActor config;
  EventsActor events;
  WhatIfActor what_if;
  DashboardActor dashboard;
  AdminsActor admins;
  HistoryActor history;
  QuestionActor questions; // of other nodes; none: no cluster, as the next
  PeerHistoryActor peer_history;
  BrokerActor broker;
};

/// What the calls of one io thread share. Thread: that thread.
struct Context : ApiActors {
  Context(
    Unit& its_unit,
    Turn& its_turn,
    std::shared_ptr<TlsRoots> roots,
    NodeState& state,
    const Server& its_server)
      : unit(its_unit), turn(its_turn), upstreams(its_unit.thread(), std::move(roots)), node(state),
        server(its_server), feed(its_unit), ids(its_unit.thread().number()) {}

  Unit& unit;
  Turn& turn;
  Upstreams upstreams;
  NodeState& node;
  const Server& server;
  StreamFeed feed;
  RequestIds ids;
  RetryBudget retries;
  WaitingRoom waiting;
  CallsUnderWay calls;
  EnvelopeReader envelopes;
  std::shared_ptr<const InForce> in_force;

  /// Of everybody and everything, before the end.
  void let_go() {
    in_force.reset();
    static_cast<ApiActors&>(*this) = {};
  }
};

} // namespace gateway
