#pragma once

#include "actors/admins/caller.hpp"
#include "actors/config/edit.hpp"
#include "actors/dashboard/broadcaster.hpp"
#include "actors/keys/virtual_key.hpp"
#include "actors/what_if/replay_report.hpp"
#include "persistence/event_log.hpp"
#include "persistence/request_search.hpp"
#include "persistence/usage_copies.hpp"
#include "persistence/usage_query.hpp"
#include "persistence/usage_series.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// What actors say to each other for the people who watch and steer: the document and its versions,
/// the audit log, replays, the dashboard, sessions, the past. Who understands it stands in
/// messages.hpp.
namespace gateway {

struct Directory;

/// node → config: read the file again (SIGHUP).
struct ReloadRequest {};
struct ReloadAnswer {
  bool taken = false;
  std::uint64_t version = 0;
};
/// config → itself: the file of --config-wins is not the cluster's document yet.
struct FileWinsTick {};
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
  Editor editor;
  std::string note;
  bool dry_run = false;
};
/// api → config: the content of an earlier version as a new one.
struct ConfigRollbackRequest {
  std::uint64_t base = 0;
  std::uint64_t to = 0;
  Editor editor;
  std::string note;
  bool dry_run = false;
};
struct ConfigEditAnswer {
  EditVerdict verdict = EditVerdict::failed;
  std::uint64_t version = 0; // in force now
  std::vector<Problem> problems;
  /// What it changed; where it is stale, what others changed since its base.
  std::vector<Change> changes;
  std::vector<VersionNote> since; // stale: the versions that came in between, newest first
  std::string message;            // failed: why
  // A dry run that is valid: both documents, for a replay.
  std::shared_ptr<const Document> before;
  std::shared_ptr<const Document> after;
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

/// anybody → events: this happened. Answered when it is on the disk; send it anonymously where
/// nobody waits for that. An `at` of 0 is now; `node` is filled in.
struct EventHappened {
  EventRecord event;
  std::uint64_t ticket = 0; // comes back
};
struct EventWritten {
  std::uint64_t ticket = 0;
  bool stands = false;
};
/// api → events: a page of the audit log.
struct EventsRequest {
  EventQuery query;
};
struct EventsAnswer {
  EventPage page;
  FoundCount count;
  std::string problem; // the store could not be read
};
/// api → what-if: replay the log against an edited document.
struct ReplayRequest {
  std::shared_ptr<const Document> before;
  std::shared_ptr<const Document> after;
  Milliseconds last{0};
  std::string range;           // as it was asked for, "24h"
  std::uint64_t bytes_max = 0; // of the log, the newest of it; 0: all
  bool wait = false;           // answer when it is done
};
/// api → what-if: how far is it? / forget it, running or not.
struct ReplayLookRequest {
  std::uint64_t id = 0;
};
struct ReplayCancelRequest {
  std::uint64_t id = 0;
};
/// Without a report: there is none of that id, or (to a ReplayRequest) too many are running.
struct ReplayAnswer {
  std::optional<ReplayReport> report;
};
/// what-if → itself: the next slice of each running replay.
struct WhatIfTick {};

/// node → dashboard: this version is in force.
struct DirectoryInForce {
  std::shared_ptr<const Directory> directory;
};
/// dashboard → itself.
struct DashboardTick {};
/// api → dashboard: what is the case now, of what had ended when this was asked?
struct ViewRequest {
  enum class Part : std::uint8_t { providers, provider, cluster, budgets };
  Part part = Part::providers;
  std::string id;  // of the provider
  ViewPage page;   // of a list
  ViewScope scope; // of what is not the answering node's alone
};
struct ViewAnswer {
  std::string json; // members of the answer's object, without braces and scope
  bool known = true;
  std::vector<std::string> nodes; // other ones that it covers
};
/// api → dashboard: a browser listens. Say StreamClosed when it does no more.
struct StreamOpenRequest {
  std::shared_ptr<const StreamTopics> topics;
  std::optional<std::uint64_t> before; // where an earlier stream ended, if it may go on
};
/// api → dashboard: one that listens has missed events and begins anew.
struct SnapshotRequest {
  ViewScope scope;
};
struct StreamOpenAnswer {
  Broadcaster::Opened opened;
  std::vector<std::string> nodes; // other ones whose figures are in
};
struct StreamClosed {
  std::shared_ptr<const StreamTopics> topics;
};

/// api → admins: who asks, by the key or else by the session that was sent?
struct CallerRequest {
  Secret key;
  Secret session;
  std::string client; // its address
  std::shared_ptr<const KeyTable> keys;
};
struct CallerAnswer {
  std::optional<Caller> caller;
  Error refusal; // where there is no caller
};
/// api → admins: a session for whoever has this key or code.
struct SignInRequest {
  Secret token;
  std::string client;
  std::shared_ptr<const KeyTable> keys;
};
struct SignInAnswer {
  std::optional<Caller> caller;
  Secret session; // for the cookie
  Error refusal;  // where there is no caller
};
/// api → admins: that session is over.
struct SignOutRequest {
  EndedSession session;
};
struct SignOutAnswer {};
/// admins → itself, while refused sign-ins wait to be told of, or other nodes to be asked.
struct AdminsTick {
  bool asks = false;
};

/// api → history: totals for scripts.
struct TotalsRequest {
  UsageQuery query;
};
struct TotalsAnswer {
  Result<UsageAnswer> usage = fail(ErrorKind::internal, "");
};
/// api → history: a chart.
struct SeriesRequest {
  UsageSeriesQuery query;
};
struct SeriesAnswer {
  Result<UsageSeriesAnswer> series = fail(ErrorKind::internal, "");
};
/// api → history: the largest values of a range.
struct BreakdownRequest {
  UsageSeriesQuery query;
};
struct BreakdownAnswer {
  Result<UsageBreakdown> breakdown = fail(ErrorKind::internal, "");
};
/// api → ledger: a page of the request log.
struct RequestsRequest {
  RequestPaging::Wanted wanted;
};
struct RequestsAnswer {
  Result<RequestPage> page = fail(ErrorKind::internal, "");
};
/// api → ledger: how many requests ended how, over time.
struct HistogramRequest {
  RequestQuery query;
  UsageGrid grid;
};
struct HistogramAnswer {
  Result<RequestHistogram> histogram = fail(ErrorKind::internal, "");
};
/// api → ledger: one request by its id or by a client's x-request-id.
struct FindRequest {
  std::string id;
};
struct FindAnswer {
  Result<std::optional<RequestRecord>> record = std::optional<RequestRecord>{};
  std::string trace; // JSON, empty if it was not kept
};

/// api → peer history: take over what these members counted since; all that are linked where none
/// is named.
struct UsageSyncRequest {
  std::vector<std::string> peers;
  Milliseconds patience{1'000};
};
struct UsageSynced {
  std::vector<std::string> peers; // whose figures are here as of now
};
/// peer history → history: a member asks about usage, or this node itself what there is.
struct UsageAskRequest {
  std::string question; // usage_copies.hpp
};
struct UsageAskAnswer {
  std::optional<std::string> answer; // none: it can't be answered
};
/// peer history → history: another node said so of what it counted.
struct UsageRowsHeard {
  std::string rows; // usage_rows.hpp
  std::string id;   // of the source that was asked for; empty: whoever was asked
};
struct UsageRowsTaken {
  Result<UsageSource> source = fail(ErrorKind::internal, ""); // how far it is known here now
};
/// peer history → history: a closed day's file of another node.
struct UsageDayHeard {
  std::string id; // of the source
  Day day{};
  std::string text;
};
struct UsageDayTaken {
  std::string problem; // empty: there is none
};
/// peer history → itself: now and then, or when somebody has waited long enough for others.
struct PeerHistoryTick {
  std::uint64_t round = 0; // 0: now and then
};
/// history → ledger: what is counted up to now. `version`: UsageTotals::seal.
struct UsageStateRequest {};
struct UsageStateAnswer {
  std::shared_ptr<const UsageState> state;
  std::uint64_t version = 0;
};
/// history → itself.
struct HistoryTick {
  bool goes_on = false; // with the closed days
};
/// node → history: write what is not on disk yet and say when it is.
struct HistoryStopRequest {};
struct HistoryStopAnswer {};

} // namespace gateway
