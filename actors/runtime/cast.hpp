#pragma once

#include "actors/admins/admins.hpp"
#include "actors/cluster/document_log.hpp"
#include "actors/dashboard/live_view.hpp"
#include "actors/runtime/messages.hpp"
#include "net/peer/peer_tls.hpp"
#include "persistence/config_history.hpp"
#include "persistence/journal.hpp"
#include "persistence/usage_store.hpp"

#include <caf/actor_system.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// Who exists: the only face of every actor. Their states live in their .cpp files, so that no
/// other file can even name them.
namespace gateway {

/// What decides reads no clock of its own; tests hand in one that they move.
struct Clocks {
  std::function<Instant()> now = [] { return BootClock::now(); };
  std::function<WallTime()> wall = [] { return wall_now(); };

  PermitBooks::Moment moment() const { return {now(), wall()}; }
};

/// What the actors of a node need from outside.
struct StopSpec {
  std::string name; // "provider/groq", "pool/x", "key/k", "budget/key/k"
  std::shared_ptr<PermitMemory> memory;
  PermitJournalActor journal;
  Clocks clocks;
  std::uint64_t seed = 0;  // of the jitter
  EventsActor events = {}; // of a provider: told of its cooldowns
  BrokerActor broker = {}; // none: no cluster
  RestActor rests = {};    // of a provider; none: no cluster
};

/// One account at one provider. Knows nothing until it is configured.
StopActor spawn_provider(caf::actor_system& system, StopSpec spec);
/// A pool of several providers, a key's or team's own limits, or a budget.
StopActor spawn_pool(caf::actor_system& system, StopSpec spec);

struct RouterSpec {
  std::shared_ptr<PermitMemory> memory;
  PermitJournalActor journal;
  Clocks clocks;
  std::uint64_t seed = 0;
  EventsActor events;
  BrokerActor broker = {}; // none: no cluster
  RestActor rests = {};    // none: no cluster
  /// What lies here by the cluster's record, as known at the start; null: no cluster.
  std::shared_ptr<const ShareTable> shares = {};
  /// How often it is looked whether a stop that was removed can end.
  Milliseconds removed_look_every{60'000};
  /// Told whenever a version is in force: every io thread takes the new directory.
  std::function<void(std::shared_ptr<const Directory>)> in_force;
};
/// Supervises the stops: spawns and configures them as the document says.
RouterActor spawn_router(caf::actor_system& system, RouterSpec spec);

struct BrokerSpec {
  std::shared_ptr<PermitMemory> memory;
  ClusterActor cluster;
  Clocks clocks;
  /// Whether a client should try another node rather than wait here.
  std::function<void(bool)> out_of_reach;
  /// Told which node gives this one permits, where that is another one than before.
  std::function<void(const std::string&)> follows = [](const std::string&) {};
  /// Told when this node finds out that it was removed from the cluster: nothing is used from then
  /// on, it is to begin anew.
  std::function<void()> removed = [] {};
  /// Told, once, when its book turns out not to be what the others know of this node: nothing is
  /// used from then on. `epoch`: of a newer life that was there, 0: there was none.
  std::function<void(std::uint64_t epoch)> contradicted = [](std::uint64_t) {};
};
BrokerActor spawn_broker(caf::actor_system& system, BrokerSpec spec);

struct RestSpec {
  ClusterActor cluster;
  Clocks clocks;
};
/// Ends with `cluster`.
RestActor spawn_rests(caf::actor_system& system, RestSpec spec);

struct QuestionSpec {
  ClusterActor cluster;
  std::uint64_t first = 0; // its questions' first number: random
  Clocks clocks;
};
/// Ends with `cluster`.
QuestionActor spawn_questions(caf::actor_system& system, QuestionSpec spec);

struct PeerHistorySpec {
  ClusterActor cluster;
  QuestionActor questions;
  LedgerActor ledger;
  HistoryActor history;
  EventsActor events;
  std::string id; // of what this node counts
};
/// Ends with `cluster`.
PeerHistoryActor spawn_peer_history(caf::actor_system& system, PeerHistorySpec spec);

struct HistorySpec {
  std::string data;   // the folder
  UsageSource source; // this node as others know it; its life is that of this start
  LedgerActor ledger;
  Clocks clocks;
};
HistoryActor spawn_history(caf::actor_system& system, HistorySpec spec);

struct LedgerSpec {
  std::string data; // the folder
  UsageStore store; // as loaded
  std::shared_ptr<Journal> journal;
  Clocks clocks;
  std::int64_t log_days = 30;
  std::int64_t log_max_gb = 20;
};
LedgerActor spawn_ledger(caf::actor_system& system, LedgerSpec spec);

PermitJournalActor spawn_permit_journal(caf::actor_system& system, std::string file);

struct EventsSpec {
  std::string data;
  std::string node;
  Clocks clocks;
};
EventsActor spawn_events(caf::actor_system& system, EventsSpec spec);

struct AdminsSpec {
  AdminSecrets secrets;
  std::vector<EndedSession> ended; // as far as the audit log tells of them
  EventsActor events;
  Clocks clocks;
  ClusterActor cluster = {};
  QuestionActor questions = {}; // none: no cluster
};
AdminsActor spawn_admins(caf::actor_system& system, AdminsSpec spec);

struct ConfigSpec {
  std::string file; // --config
  std::string data;
  std::string added;     // what this node adds to every version: the demo's providers
  StoredDocument stored; // in force at the start
  std::shared_ptr<const Document> document; // the same, read
  RouterActor router;
  EventsActor events;
  /// The newest version that the audit log tells of; those since are told of at the start. 0: none.
  std::uint64_t version_told = 0;
  bool is_in_cluster = false; // then edits are agreed on by the document log, which joins later
  /// --config-wins of this start, in a cluster: the file as it is to be the next version.
  std::optional<StoredDocument> file_wins = {};
};
ConfigActor spawn_config(caf::actor_system& system, ConfigSpec spec);

/// The document log as it lies in the data folder.
struct OpenedLog {
  std::unique_ptr<RaftStorage> storage;
  std::unique_ptr<DocumentLog> log; // none: this node belongs to no cluster yet
  /// What was in force when this node was there last; null: nothing. The log itself knows only
  /// after a majority has spoken what of its entries counts.
  std::shared_ptr<const DocumentState> known;
};
struct DocumentLogSpec {
  OpenedLog opened;
  /// Opens it anew, empty: this node begins a cluster of that id, or joins it. The id is kept when
  /// that is done. Waits for the disk.
  std::function<Result<OpenedLog>(const std::string& cluster, bool is_begun)> begin;
  MemberJoined self;
  bool may_vote = true;
  ClusterActor cluster;
  BrokerActor broker;
  RouterActor router;
  ConfigActor config;
  /// Told once this node is a member, and has the cluster's document.
  std::function<void()> joined;
  /// Keeps what is in force for the next start (OpenedLog::known). Waits for the disk.
  std::function<void(const DocumentState&)> keep = [](const DocumentState&) {};
  /// Told who leads and votes, where that is not as before.
  std::function<void(LogRoles)> roles = [](const LogRoles&) {};
  /// Told when it is none any more, though it did not leave.
  std::function<void()> removed = [] {};
  Clocks clocks;
};
DocumentLogActor spawn_document_log(caf::actor_system& system, DocumentLogSpec spec);

struct ClusterSpec {
  PeersOwn own;                       // `process` and the start's time are filled in
  std::shared_ptr<const PeerTls> tls; // none where there is no cluster port
  /// Told who is there whenever somebody comes or goes.
  std::function<void(std::shared_ptr<const ClusterState>)> seen;
  /// Told when others say that this node was removed from the cluster; of which one it may be a
  /// member from now on, empty where that is the same.
  std::function<void(const std::string& cluster)> removed = [](const std::string&) {};
  Clocks clocks;
};
/// Does nothing before ClusterStart.
ClusterActor spawn_cluster(caf::actor_system& system, ClusterSpec spec);

/// Opens the cluster port and lets others in there; answers with the port (0 picks a free one).
/// The server ends with `cluster`. Errors: invalid_value.
Result<std::uint16_t> open_cluster_port(
  caf::actor_system& system, const ClusterActor& cluster, const PeerAddress& listen);

struct LinkSpec {
  ClusterActor cluster;
  std::uint64_t number = 0; // of the link
  std::shared_ptr<const PeerTls> tls;
  std::optional<PeerAddress> place; // to be dialled
  caf::actor accepted;              // else: the other end, which said hello
  Clocks clocks;
};
LinkActor spawn_link(caf::actor_system& system, LinkSpec spec);

struct LookSpec {
  std::shared_ptr<const PeerTls> tls;
};
/// Ends after one look.
LookActor spawn_look(caf::actor_system& system, LookSpec spec);

/// `data`: the folder whose request log is replayed.
WhatIfActor spawn_what_if(caf::actor_system& system, std::string data);
struct DashboardSpec {
  LiveView::Own own;
  std::vector<PastUsage> past; // of the store, as loaded
  LedgerActor ledger;
  ConfigActor config;
  ClusterActor cluster;
  QuestionActor questions;                    // none: no cluster
  std::shared_ptr<const Directory> directory; // in force at the start
  std::function<NodeUse()> use; // measures this process; called on the dashboard's thread
  /// Told of each turn's events while somebody listens, a notice a scope: for every io thread.
  std::function<void(std::shared_ptr<const LiveNotice>)> publish;
  Clocks clocks;
};
DashboardActor spawn_dashboard(caf::actor_system& system, DashboardSpec spec);

} // namespace gateway
