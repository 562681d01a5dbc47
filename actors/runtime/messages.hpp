#pragma once

#include "actors/config/edit.hpp"
#include "actors/ledger/metrics.hpp"
#include "actors/provider/call_settled.hpp"
#include "actors/provider/provider_state.hpp"
#include "actors/quota/permit_books.hpp"
#include "actors/router/walk.hpp"
#include "net/unified/failure.hpp"
#include "net/unified/limit_report.hpp"
#include "persistence/record_batch.hpp"
#include "persistence/request_record.hpp"
#include "persistence/trace_log.hpp"
#include "persistence/usage_query.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/type_id.hpp>
#include <caf/typed_actor.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// The whole protocol between the actors of a node on one page: what is said, then who
/// understands what, then the type ids. All of these stay inside one process, so they carry
/// pointers where a copy would say the same; none is ever sent to another node.
namespace gateway {

struct Directory;

// --- what is said ---

/// call → router: who may answer this? The walk is handed on with the message, not shared.
struct RouteRequest {
  std::shared_ptr<Walk> walk;
  std::shared_ptr<const Directory> directory; // the version that the request began under
};
/// router → provider → pool → …: may this call start here? A refusing stop asks the next one
/// itself.
struct AdmitRequest {
  std::shared_ptr<Walk> walk;
  std::shared_ptr<const Directory> directory;
};
/// the stop that ends the walk → call: admitted, or refused by all (walk.refusal says why).
struct RouteAnswer {
  std::shared_ptr<Walk> walk;
  std::shared_ptr<const Directory> directory;
};

/// turn → provider, pool, key: all of a thread's settlements of one turn.
struct SettleBatch {
  std::vector<CallSettled> calls;
};
/// stop → stop: a later stop of the same candidate refused; nothing was sent.
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
  std::vector<TraceEntry> traces;
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
/// router → provider, pool, key: your part of the version in force.
struct StopConfigured {
  std::shared_ptr<const Plan> plan;
};

/// api → provider: how are you? / api → pool, key: how full are your books?
struct StateRequest {};
struct StateAnswer {
  ProviderState provider; // of a provider; else only its quotas are filled
};

/// api → ledger: totals for scripts.
struct TotalsRequest {
  UsageQuery query;
};
struct TotalsAnswer {
  std::optional<UsageAnswer> usage;
  Error problem; // where there is no usage
};
/// api → ledger: one request by its id or by a client's x-request-id.
struct FindRequest {
  std::string id;
};
struct FindAnswer {
  std::optional<RequestRecord> record;
  std::string trace;   // JSON, empty if it was not kept
  std::string problem; // the store could not be read
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
/// node → ledger: write what is not on disk yet and say when it is.
struct LedgerStopRequest {};
struct LedgerStopAnswer {};

/// node → config: read the file again (SIGHUP).
struct ReloadRequest {};
struct ReloadAnswer {
  bool taken = false;
  std::uint64_t version = 0;
};
/// node → config: every io thread begins its requests under this version now.
struct DocumentInForce {
  std::uint64_t version = 0;
};

/// api → config: the document as people may see it.
struct ConfigReadRequest {
  std::optional<std::uint64_t> version; // none: the one in force
};
struct ConfigReadAnswer {
  std::optional<VersionNote> note; // none: that version is not kept
  std::string document;            // JSON, secrets in their read form
  bool locked = false;             // the one in force is
  bool active = false;             // it is the one in force
};
/// api → config: a patch on the version that the editor saw. Answered when the new version is in
/// force for the next request, wherever it arrives.
struct ConfigEditRequest {
  std::uint64_t base = 0;
  std::string patch; // RFC 6902, JSON
  std::string by;
  std::string note;
  bool dry_run = false;
};
/// api → config: the content of an earlier version as a new one.
struct ConfigRollbackRequest {
  std::uint64_t base = 0;
  std::uint64_t to = 0;
  std::string by;
  std::string note;
};
struct ConfigEditAnswer {
  EditVerdict verdict = EditVerdict::failed;
  std::uint64_t version = 0; // in force now
  std::vector<Problem> problems;
  /// What it changed; where it is stale, what others changed since its base.
  std::vector<Change> changes;
  std::vector<VersionNote> since; // stale: the versions that came in between, newest first
  std::string message;            // failed: why
};
/// api → config: versions before this one, newest first (0: all).
struct ConfigHistoryRequest {
  std::uint64_t before = 0;
  std::size_t limit = 0;
};
struct ConfigHistoryAnswer {
  std::vector<VersionNote> items;
  std::uint64_t active = 0;
  bool more = false;
};
/// api → config: what differs between two versions that are kept.
struct ConfigDiffRequest {
  std::uint64_t from = 0;
  std::uint64_t to = 0;
};
struct ConfigDiffAnswer {
  std::optional<std::vector<Change>> changes; // none: one of them is not kept
};

// --- who understands what ---

/// STOP: somebody who must admit a call: a provider, a pool, a key. Owns its permit books.
using StopActor = caf::typed_actor<
  caf::replies_to<AdmitRequest>::with<RouteAnswer>,  // from router or the stop before
  caf::reacts_to<SettleBatch>,                       // from a turn
  caf::reacts_to<PermitsReturned>,                   // from a later stop
  caf::replies_to<CallCounted>::with<CallCounted>,   // from a call
  caf::reacts_to<JournalAppended>,                   // from the permit journal
  caf::reacts_to<StopTick>,                          // from itself
  caf::reacts_to<StopConfigured>,                    // from router
  caf::replies_to<StateRequest>::with<StateAnswer>>; // from api

/// ROUTER: turns a model name into ranked candidates and sends the walk to the first.
using RouterActor = caf::typed_actor<
  caf::replies_to<RouteRequest>::with<RouteAnswer>, // from a call
  caf::reacts_to<DocumentPublished>,                // from config
  caf::reacts_to<RouterTick>>;                      // from itself

/// PERMIT JOURNAL: writes DATA/permits.journal.jsonl; has a thread of its own, for it waits for
/// disks.
using PermitJournalActor = caf::typed_actor<caf::replies_to<JournalAppend>::with<JournalAppended>>;

/// LEDGER: the only writer of the usage store.
using LedgerActor = caf::typed_actor<
  caf::reacts_to<RecordsWritten>,                     // from a turn
  caf::reacts_to<StoreJobDone>,                       // from its store thread
  caf::reacts_to<LedgerTick>,                         // from itself
  caf::replies_to<TotalsRequest>::with<TotalsAnswer>, // from api
  caf::replies_to<FindRequest>::with<FindAnswer>,     // from api
  caf::replies_to<MetricsRequest>::with<MetricsAnswer>,
  caf::replies_to<LedgerStopRequest>::with<LedgerStopAnswer>>; // from node

/// CONFIG: the document in force and the one order of its versions. Has a thread of its own, for it
/// waits for disks.
using ConfigActor = caf::typed_actor<
  caf::replies_to<ReloadRequest>::with<ReloadAnswer>,               // from node
  caf::reacts_to<DocumentInForce>,                                  // from node
  caf::replies_to<ConfigReadRequest>::with<ConfigReadAnswer>,       // from api
  caf::replies_to<ConfigEditRequest>::with<ConfigEditAnswer>,       // from api
  caf::replies_to<ConfigRollbackRequest>::with<ConfigEditAnswer>,   // from api
  caf::replies_to<ConfigHistoryRequest>::with<ConfigHistoryAnswer>, // from api
  caf::replies_to<ConfigDiffRequest>::with<ConfigDiffAnswer>>;      // from api

/// Who is who under one version of the document: the plan's stops by number.
struct Directory {
  std::shared_ptr<const Plan> plan;
  std::vector<StopActor> stops;
};

} // namespace gateway

CAF_BEGIN_TYPE_ID_BLOCK(gateway, caf::first_custom_type_id)
  CAF_ADD_TYPE_ID(gateway, (gateway::RouteRequest))
  CAF_ADD_TYPE_ID(gateway, (gateway::AdmitRequest))
  CAF_ADD_TYPE_ID(gateway, (gateway::RouteAnswer))
  CAF_ADD_TYPE_ID(gateway, (gateway::SettleBatch))
  CAF_ADD_TYPE_ID(gateway, (gateway::PermitsReturned))
  CAF_ADD_TYPE_ID(gateway, (gateway::CallCounted))
  CAF_ADD_TYPE_ID(gateway, (gateway::RecordsWritten))
  CAF_ADD_TYPE_ID(gateway, (gateway::DocumentPublished))
  CAF_ADD_TYPE_ID(gateway, (gateway::StopConfigured))
  CAF_ADD_TYPE_ID(gateway, (gateway::StateRequest))
  CAF_ADD_TYPE_ID(gateway, (gateway::StateAnswer))
  CAF_ADD_TYPE_ID(gateway, (gateway::TotalsRequest))
  CAF_ADD_TYPE_ID(gateway, (gateway::TotalsAnswer))
  CAF_ADD_TYPE_ID(gateway, (gateway::FindRequest))
  CAF_ADD_TYPE_ID(gateway, (gateway::FindAnswer))
  CAF_ADD_TYPE_ID(gateway, (gateway::MetricsRequest))
  CAF_ADD_TYPE_ID(gateway, (gateway::MetricsAnswer))
  CAF_ADD_TYPE_ID(gateway, (gateway::LedgerStopRequest))
  CAF_ADD_TYPE_ID(gateway, (gateway::LedgerStopAnswer))
  CAF_ADD_TYPE_ID(gateway, (gateway::ReloadRequest))
  CAF_ADD_TYPE_ID(gateway, (gateway::ReloadAnswer))
  CAF_ADD_TYPE_ID(gateway, (gateway::StoreJobDone))
  CAF_ADD_TYPE_ID(gateway, (gateway::JournalAppend))
  CAF_ADD_TYPE_ID(gateway, (gateway::JournalAppended))
  CAF_ADD_TYPE_ID(gateway, (gateway::StopTick))
  CAF_ADD_TYPE_ID(gateway, (gateway::LedgerTick))
  CAF_ADD_TYPE_ID(gateway, (gateway::RouterTick))
  CAF_ADD_TYPE_ID(gateway, (gateway::DocumentInForce))
  CAF_ADD_TYPE_ID(gateway, (gateway::ConfigReadRequest))
  CAF_ADD_TYPE_ID(gateway, (gateway::ConfigReadAnswer))
  CAF_ADD_TYPE_ID(gateway, (gateway::ConfigEditRequest))
  CAF_ADD_TYPE_ID(gateway, (gateway::ConfigRollbackRequest))
  CAF_ADD_TYPE_ID(gateway, (gateway::ConfigEditAnswer))
  CAF_ADD_TYPE_ID(gateway, (gateway::ConfigHistoryRequest))
  CAF_ADD_TYPE_ID(gateway, (gateway::ConfigHistoryAnswer))
  CAF_ADD_TYPE_ID(gateway, (gateway::ConfigDiffRequest))
  CAF_ADD_TYPE_ID(gateway, (gateway::ConfigDiffAnswer))
CAF_END_TYPE_ID_BLOCK(gateway)

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(gateway::RouteRequest)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(gateway::AdmitRequest)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(gateway::RouteAnswer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(gateway::SettleBatch)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(gateway::PermitsReturned)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(gateway::CallCounted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(gateway::RecordsWritten)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(gateway::DocumentPublished)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(gateway::StopConfigured)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(gateway::StateRequest)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(gateway::StateAnswer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(gateway::TotalsRequest)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(gateway::TotalsAnswer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(gateway::FindRequest)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(gateway::FindAnswer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(gateway::MetricsRequest)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(gateway::MetricsAnswer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(gateway::LedgerStopRequest)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(gateway::LedgerStopAnswer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(gateway::ReloadRequest)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(gateway::ReloadAnswer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(gateway::StoreJobDone)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(gateway::JournalAppend)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(gateway::JournalAppended)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(gateway::StopTick)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(gateway::LedgerTick)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(gateway::RouterTick)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(gateway::DocumentInForce)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(gateway::ConfigReadRequest)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(gateway::ConfigReadAnswer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(gateway::ConfigEditRequest)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(gateway::ConfigRollbackRequest)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(gateway::ConfigEditAnswer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(gateway::ConfigHistoryRequest)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(gateway::ConfigHistoryAnswer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(gateway::ConfigDiffRequest)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(gateway::ConfigDiffAnswer)
