#pragma once

#include "actors/dashboard/ended_requests.hpp"
#include "actors/ledger/metrics.hpp"
#include "actors/provider/call_settled.hpp"
#include "actors/provider/provider_act.hpp"
#include "actors/provider/provider_state.hpp"
#include "actors/provider/rest.hpp"
#include "actors/quota/permit_books.hpp"
#include "actors/quota/share_table.hpp"
#include "actors/router/walk.hpp"
#include "actors/runtime/admin_messages.hpp"
#include "actors/runtime/cluster_messages.hpp"
#include "net/unified/failure.hpp"
#include "net/unified/limit_report.hpp"
#include "persistence/record_batch.hpp"
#include "persistence/request_record.hpp"
#include "persistence/trace_log.hpp"

#include <caf/typed_actor.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

/// The whole protocol between the actors of a node on one page: what is said of calls (for people:
/// admin_messages.hpp, of other nodes: cluster_messages.hpp), then who understands what;
/// messages.def lists them. All but three stay in one process, and carry pointers as copies.
namespace gateway {

// --- what is said ---

/// call → router: who may answer this? Asked where somebody takes turns; else the call ranks the
/// candidates itself, by the plan that it holds. The walk is handed on with the message.
struct RouteRequest {
  std::shared_ptr<Walk> walk;
  std::shared_ptr<const Directory> directory; // the version that the request began under
};
/// call or router → provider → pool → …: may this call start here? A refusing stop asks the next
/// one itself.
struct AdmitRequest {
  std::shared_ptr<Walk> walk;
  std::shared_ptr<const Directory> directory;
};
/// the stop that ends the walk → call: admitted, or refused by all (walk.refusal says why).
struct RouteAnswer {
  std::shared_ptr<Walk> walk;
};

/// turn → provider, pool, key: all of a thread's settlements of one turn.
struct SettleBatch {
  std::vector<CallSettled> calls;
};
/// stop, call → stop: a later stop of the same candidate refused; nothing was sent.
struct PermitsReturned {
  Permits permits;
  const ProviderGauges* model = nullptr; // to a provider: whose call it was; only compared
  std::uint32_t model_number = 0;        // where it probably is
  bool probe = false;
};
/// call → provider, pool, key: this call's stream is old; its request and input were counted by
/// `counted_at`. Comes back with what cools already written into its permits.
struct CallCounted {
  Permits permits;
  Instant counted_at{};
};

/// turn → ledger: what stands in the journal now; for totals, traces and metrics.
struct RecordsWritten {
  std::vector<RecordBatch> batches;
  TraceLines traces;
};

/// provider, pool, key → permit journal: append these lines, sync, say so.
struct JournalAppend {
  JournalRequest request;
};
/// permit journal → provider, pool, key.
struct JournalAppended {
  std::uint64_t ticket = 0;
  bool stands = false;
};
/// provider, pool, key → itself, once a second.
struct StopTick {};
/// ledger → itself, four times a second.
struct LedgerTick {};

/// config → router: this version is in force.
struct DocumentPublished {
  std::shared_ptr<const Document> document;
};
/// router → itself, while there are stops that no version in force names.
struct RouterTick {};
/// document log → router: what lies at this node of every quota by the cluster's record.
struct SharesInForce {
  std::shared_ptr<const ShareTable> shares;
};
/// router → provider, pool, key: your part of the version in force.
struct StopConfigured {
  std::shared_ptr<const Plan> plan;
  std::shared_ptr<const ShareTable> shares; // null: no cluster, all of every quota lies here
};

/// document log → broker: this record is in force, and this node is that member of it.
struct RecordInForce {
  std::shared_ptr<const ClusterRecord> record;
  std::uint32_t self = 0;
  std::set<std::uint32_t> candidates; // who may be broker
};
/// broker → provider, pool, key: carry this out, and say how your shared books stand.
struct SharesOrdered {
  std::uint64_t number = 0; // grows; 0 asks only
  std::vector<BookTale> tales;
  std::vector<BookOrders> orders;
};
/// provider, pool, key → broker: so they stand, after all up to that number was carried out.
struct SharesSaid {
  std::string stop;
  std::uint64_t number = 0;
  std::vector<BookSaid> books;
};
/// provider, pool, key → itself: those who waited for orders have asked again by now.
struct SharesSettled {};
/// provider, pool, key → itself, while calls wait for permits of other nodes.
struct HopTick {};
/// broker → itself.
struct BrokerTick {};

/// provider → rests: what this node was told that concerns all; instead of what was said before.
struct RestsTold {
  std::string stop;
  std::vector<Rest> rests;
};
/// rests → provider: another node was told so.
struct RestsHeard {
  std::string node;
  std::vector<Rest> rests;
};
/// rests → itself.
struct RestTick {};

/// api → provider: how are you? / api → pool, key: how full are your books?
struct StateRequest {};
struct StateAnswer {
  ProviderState provider; // of a provider; else only its quotas are filled
};

/// api → provider: an operator's order. Comes back with what the provider is now.
struct ProviderActRequest {
  ProviderAct act = ProviderAct::probe;
  std::string by; // the operator's name
};

/// store thread → ledger: a job is done; `then` runs in the ledger.
struct StoreJobDone {
  std::function<void()> then;
};
/// api → ledger: the counters of /metrics, as text.
struct MetricsRequest {};
struct MetricsAnswer {
  std::string text;
};
/// dashboard → ledger: of what ends from now on, keep these for the next look.
struct RowsWished {
  RowsWanted wanted = RowsWanted::none;
};
/// dashboard → ledger: what ended since you were last asked?
struct EndedLookRequest {};
struct EndedLookAnswer {
  EndedRequests ended;
};
/// node → ledger: write what is not on disk yet and say when it is.
struct LedgerStopRequest {};
struct LedgerStopAnswer {};

// --- who understands what ---

/// STOP: somebody who must admit a call: a provider, a pool, a key. Owns its permit books.
using StopActor = caf::typed_actor<
  caf::replies_to<AdmitRequest>::with<RouteAnswer>,        // from call, router, last stop
  caf::reacts_to<SettleBatch>,                             // from a turn
  caf::reacts_to<PermitsReturned>,                         // from a later stop
  caf::replies_to<CallCounted>::with<CallCounted>,         // from a call
  caf::reacts_to<JournalAppended>,                         // from the permit journal
  caf::reacts_to<StopTick>,                                // from itself
  caf::reacts_to<SharesOrdered>,                           // from broker
  caf::reacts_to<SharesSettled>,                           // from itself
  caf::reacts_to<HopTick>,                                 // from itself
  caf::reacts_to<RestsHeard>,                              // from rests
  caf::reacts_to<StopConfigured>,                          // from router
  caf::replies_to<StateRequest>::with<StateAnswer>,        // from api
  caf::replies_to<ProviderActRequest>::with<StateAnswer>>; // from api

/// ROUTER: keeps the stops as the document says, and whose turn it is where a policy takes turns.
using RouterActor = caf::typed_actor<
  caf::replies_to<RouteRequest>::with<RouteAnswer>, // from a call
  caf::reacts_to<DocumentPublished>,                // from config
  caf::reacts_to<SharesInForce>,                    // from the document log
  caf::reacts_to<RouterTick>>;                      // from itself

/// PEER LISTENER: who wants to know of other nodes, and what some kinds of frames say.
using PeerListenerActor = caf::typed_actor<
  caf::reacts_to<PeerUp>,        // from cluster
  caf::reacts_to<PeerDown>,      // from cluster
  caf::reacts_to<PeerHeard>,     // from cluster
  caf::reacts_to<ClusterTaken>>; // from cluster
/// listener → cluster: tell me of all peers, and what they say of these kinds.
struct PeersListened {
  std::vector<FrameKind> kinds;
  PeerListenerActor listener;
};

/// PEER ANSWERER: what other nodes ask.
using PeerAnswererActor = caf::typed_actor<caf::replies_to<PeerQuestion>::with<PeerAnswer>>;
/// answerer → questions: what is asked of these is answered by me.
struct AnswererThere {
  std::vector<PeerTopic> topics;
  PeerAnswererActor answerer;
};
/// QUESTIONS: asks other nodes, and has what they ask answered.
using QuestionActor = PeerListenerActor::extend<
  caf::reacts_to<AnswererThere>,              // from an answerer
  caf::replies_to<PeersAsk>::with<PeersTold>, // from anybody
  caf::reacts_to<QuestionTick>>;              // from itself

/// PEER HISTORY: brings here what other nodes counted, and tells them of this one's past.
using PeerHistoryActor = PeerListenerActor::extend<
  caf::replies_to<PeerQuestion>::with<PeerAnswer>,      // from questions
  caf::replies_to<UsageSyncRequest>::with<UsageSynced>, // from api
  caf::reacts_to<PeerHistoryTick>>;                     // from itself

/// DOCUMENT LOG: what the cluster agreed on, in one order. Has a thread of its own, for it waits
/// for disks.
using DocumentLogActor = PeerListenerActor::extend<
  caf::replies_to<AgreeRequest>::with<AgreeAnswer>,         // from config
  caf::reacts_to<ClusterSettingsInForce>,                   // from config
  caf::replies_to<NodeStopsRequest>::with<NodeStopsAnswer>, // from node
  caf::reacts_to<RecordProposed>,                           // from broker
  caf::reacts_to<RemovalHeard>,                             // from cluster, broker
  caf::reacts_to<DocumentLogTick>>;                         // from itself
/// document log → config, broker, cluster: entries are agreed on by me.
struct DocumentLogThere {
  DocumentLogActor log;
};

/// BROKER: shares the quotas of this node's stops with the other members of the cluster.
using BrokerActor = PeerListenerActor::extend<
  caf::reacts_to<RecordInForce>,                          // from the document log
  caf::reacts_to<DocumentLogThere>,                       // from the document log
  caf::reacts_to<NodeLeaves>,                             // from the document log
  caf::reacts_to<DirectoryInForce>,                       // from node
  caf::reacts_to<SharesSaid>,                             // from a stop
  caf::replies_to<WriteOffRequest>::with<WriteOffAnswer>, // from api
  caf::reacts_to<BrokerTick>>;                            // from itself

/// RESTS: tells the other nodes what providers said to this one, and hears what they said to them.
using RestActor = PeerListenerActor::extend<
  caf::reacts_to<DirectoryInForce>, // from node
  caf::reacts_to<RestsTold>,        // from a provider
  caf::reacts_to<RestTick>>;        // from itself

/// PERMIT JOURNAL: writes DATA/permits.journal.jsonl; has a thread of its own, for it waits for
/// disks.
using PermitJournalActor = caf::typed_actor<caf::replies_to<JournalAppend>::with<JournalAppended>>;

/// HISTORY: what all nodes counted, as far as it is known here. Its own thread waits for disks.
using HistoryActor = caf::typed_actor<
  caf::replies_to<TotalsRequest>::with<TotalsAnswer>,            // from api
  caf::replies_to<SeriesRequest>::with<SeriesAnswer>,            // from api
  caf::replies_to<BreakdownRequest>::with<BreakdownAnswer>,      // from api
  caf::replies_to<UsageAskRequest>::with<UsageAskAnswer>,        // from peer history
  caf::replies_to<UsageRowsHeard>::with<UsageRowsTaken>,         // from peer history
  caf::replies_to<UsageDayHeard>::with<UsageDayTaken>,           // from peer history
  caf::reacts_to<HistoryTick>,                                   // from itself
  caf::replies_to<HistoryStopRequest>::with<HistoryStopAnswer>>; // from node

/// LEDGER: the only writer of the usage store.
using LedgerActor = caf::typed_actor<
  caf::reacts_to<RecordsWritten>,                             // from a turn
  caf::reacts_to<StoreJobDone>,                               // from its store thread
  caf::reacts_to<LedgerTick>,                                 // from itself
  caf::replies_to<UsageStateRequest>::with<UsageStateAnswer>, // from history
  caf::replies_to<RequestsRequest>::with<RequestsAnswer>,     // from api, peer history
  caf::replies_to<HistogramRequest>::with<HistogramAnswer>,   // from api
  caf::replies_to<FindRequest>::with<FindAnswer>,             // from api
  caf::replies_to<MetricsRequest>::with<MetricsAnswer>,
  caf::reacts_to<RowsWished>,                                  // from dashboard
  caf::replies_to<EndedLookRequest>::with<EndedLookAnswer>,    // from dashboard
  caf::replies_to<LedgerStopRequest>::with<LedgerStopAnswer>>; // from node

/// CONFIG: the document in force and the one order of its versions. Its own thread waits for disks.
using ConfigActor = caf::typed_actor<
  caf::replies_to<ReloadRequest>::with<ReloadAnswer>,               // from node
  caf::reacts_to<DocumentInForce>,                                  // from node
  caf::reacts_to<EventWritten>,                                     // from events
  caf::reacts_to<DocumentLogThere>,                                 // from the document log
  caf::reacts_to<DocumentWanted>,                                   // from the document log
  caf::reacts_to<DocumentAgreed>,                                   // from the document log
  caf::reacts_to<FileWinsTick>,                                     // from itself
  caf::replies_to<ConfigReadRequest>::with<ConfigReadAnswer>,       // from api
  caf::replies_to<ConfigEditRequest>::with<ConfigEditAnswer>,       // from api
  caf::replies_to<ConfigRollbackRequest>::with<ConfigEditAnswer>,   // from api
  caf::replies_to<ConfigHistoryRequest>::with<ConfigHistoryAnswer>, // from api
  caf::replies_to<ConfigDiffRequest>::with<ConfigDiffAnswer>>;      // from api

/// EVENTS: the only writer and reader of the audit log. Has a thread of its own, for it waits for
/// disks.
using EventsActor = caf::typed_actor<
  caf::replies_to<EventHappened>::with<EventWritten>,
  caf::replies_to<EventsRequest>::with<EventsAnswer>>; // from api
/// WHAT-IF: replays the request log against edited documents. Has a thread of its own, which yields
/// to all others.
using WhatIfActor = caf::typed_actor<
  caf::replies_to<ReplayRequest>::with<ReplayAnswer>,       // from api
  caf::replies_to<ReplayLookRequest>::with<ReplayAnswer>,   // from api
  caf::replies_to<ReplayCancelRequest>::with<ReplayAnswer>, // from api
  caf::reacts_to<WhatIfTick>>;                              // from itself

/// DASHBOARD: the view of this moment that all pages are shown. Has a thread of its own, for it
/// writes much JSON.
using DashboardActor = caf::typed_actor<
  caf::reacts_to<DirectoryInForce>,                           // from node
  caf::reacts_to<DashboardTick>,                              // from itself
  caf::replies_to<PeerQuestion>::with<PeerAnswer>,            // from questions
  caf::replies_to<ViewRequest>::with<ViewAnswer>,             // from api
  caf::replies_to<StreamOpenRequest>::with<StreamOpenAnswer>, // from api
  caf::replies_to<SnapshotRequest>::with<StreamOpenAnswer>,   // from api
  caf::reacts_to<StreamClosed>>;                              // from api

/// ADMINS: who may ask under /admin/v1. Owns sessions, the sign-in code and the count of guesses.
using AdminsActor = PeerListenerActor::extend<
  caf::replies_to<CallerRequest>::with<CallerAnswer>,   // from api
  caf::replies_to<SignInRequest>::with<SignInAnswer>,   // from api
  caf::replies_to<SignOutRequest>::with<SignOutAnswer>, // from api
  caf::replies_to<PeerQuestion>::with<PeerAnswer>,      // from questions
  caf::reacts_to<AdminsTick>>;                          // from itself

/// CLUSTER: who is there. Keeps the addresses and the links.
using ClusterActor = caf::typed_actor<
  caf::reacts_to<ClusterStart>,                          // from node
  caf::reacts_to<ClusterVersion>,                        // from node
  caf::reacts_to<ClusterBegun>,                          // from the document log
  caf::reacts_to<NodeLeaves>,                            // from the document log
  caf::reacts_to<DocumentLogThere>,                      // from the document log
  caf::reacts_to<RecordInForce>,                         // from the document log
  caf::reacts_to<ClusterTick>,                           // from itself
  caf::replies_to<GreetRequest>::with<GreetAnswer>,      // from link server
  caf::replies_to<PlaceFound>::with<PlaceVerdict>,       // from a link
  caf::replies_to<GreetingHeard>::with<GreetingVerdict>, // from a link
  caf::reacts_to<LinkUp>,                                // from a link
  caf::reacts_to<LinkEnded>,                             // from a link
  caf::reacts_to<LinkHeard>,                             // from a link
  caf::reacts_to<LinkMeasured>,                          // from a link
  caf::reacts_to<RemovalHeard>,                          // from a link
  caf::reacts_to<PeersListened>,                         // from a listener
  caf::reacts_to<PeerSend>,                              // from anybody
  caf::replies_to<ClusterRequest>::with<ClusterAnswer>>; // from dashboard

/// PEER LINK: the other end of a link, at another node.
using PeerLinkActor = caf::typed_actor<caf::reacts_to<LinkFrame1>>;
/// LINK: one link with another node, from the first look at its port to its end.
using LinkActor = caf::typed_actor<
  caf::reacts_to<LinkFrame1>, // from the link of the other node
  caf::reacts_to<LinkSend>,   // from cluster
  caf::reacts_to<LinkEnd>,    // from cluster
  caf::reacts_to<LinkTick>>;  // from itself

/// LINK SERVER: the one actor of a node that others can find, at its cluster port.
using LinkDoorActor = caf::typed_actor<caf::replies_to<HelloRequest1>::with<HelloAnswer1>>;
using LinkServerActor = LinkDoorActor::extend<caf::reacts_to<PortTick>>; // from itself

/// LOOK: does what waits for names, sockets and disks; has a thread of its own, for one look.
using LookActor = caf::typed_actor<
  caf::replies_to<ResolveRequest>::with<ResolveAnswer>, // from cluster
  caf::replies_to<ProbeRequest>::with<ProbeAnswer>>;    // from a link

/// Who is who under one version of the document: the plan's stops by number.
struct Directory {
  std::shared_ptr<const Plan> plan;
  std::vector<StopActor> stops;
};

} // namespace gateway

#define GATEWAY_MESSAGE(name) CAF_ADD_TYPE_ID(gateway, (gateway::name))
CAF_BEGIN_TYPE_ID_BLOCK(gateway, caf::first_custom_type_id)
#include "actors/runtime/messages.def"
  CAF_ADD_TYPE_ID(gateway, (gateway::HelloRequest1))
  CAF_ADD_TYPE_ID(gateway, (gateway::HelloAnswer1))
  CAF_ADD_TYPE_ID(gateway, (gateway::LinkFrame1))
CAF_END_TYPE_ID_BLOCK(gateway)
#undef GATEWAY_MESSAGE

#define GATEWAY_MESSAGE(name) CAF_ALLOW_UNSAFE_MESSAGE_TYPE(gateway::name)
#include "actors/runtime/messages.def"
#undef GATEWAY_MESSAGE
