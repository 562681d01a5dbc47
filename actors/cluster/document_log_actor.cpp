#include "actors/cluster/departure.hpp"
#include "actors/cluster/document_log.hpp"
#include "actors/cluster/membership.hpp"
#include "actors/cluster/record_shares.hpp"
#include "actors/quota/document_quotas.hpp"
#include "actors/runtime/cast.hpp"
#include "net/base/log.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace gateway {
namespace document_log_actor {
namespace {

constexpr std::chrono::milliseconds tick_every{50};
// What was not decided by then is given up by the log.
constexpr std::chrono::seconds document_again{15};
constexpr std::chrono::seconds hand_on_again{10};

struct LogKeeper {
  LogKeeper() = default;
  static inline const char* name = "document-log";

  std::shared_ptr<DocumentLogSpec> spec;
  OpenedLog opened;
  DocumentLog* log = nullptr; // none: in no cluster yet
  std::map<std::string, Hello> linked;
  std::map<std::uint64_t, caf::typed_response_promise<AgreeAnswer>> asked; // by proposal
  std::optional<std::uint64_t> entering; // the proposal of a step, while it is undecided
  bool is_changing_servers = false;
  std::uint64_t told_version = 0; // of the document
  std::uint64_t told_record = 0;
  std::set<std::uint32_t> told_candidates;
  LogRoles told_roles;
  Instant document_due{}; // to be asked for again
  Instant hand_on_due{};
  bool has_said_failure = false;
  bool has_told_joined = false;
  ClusterSettingsInForce settings;
  Departure departure;
  std::optional<caf::typed_response_promise<NodeStopsAnswer>> stopping; // waited for
  std::optional<MembersGone> going; // to be proposed once they do not vote
  bool is_removed = false;
  bool has_just_joined = false; // what the node had before is another cluster's, or nobody's
};

using Self = DocumentLogActor::stateful_pointer<LogKeeper>;

// What was in force when this node was there last, until the log knows more.
const ClusterRecord& record_in_force(const LogKeeper& keeper) {
  const auto& record = keeper.log->state().record();
  const auto* const known = keeper.opened.known.get();
  return known != nullptr && known->record().version() > record.version() ? known->record()
                                                                          : record;
}

std::set<std::uint32_t> candidates_of(const LogKeeper& keeper) {
  return broker_candidates(record_in_force(keeper), keeper.log->servers());
}

bool is_stranger(const LogKeeper& keeper, const std::string& peer) {
  const auto at = keeper.linked.find(peer);
  return at != keeper.linked.end() && is_stranger(record_in_force(keeper), peer, at->second.id);
}

bool is_removed(const LogKeeper& keeper) {
  return keeper.departure.is_over(keeper.log->state().record(), keeper.spec->self.number);
}

// -- what was agreed on is told -------------------------------------------------------------------

void tell_record(Self self) {
  auto& keeper = self->state;
  const auto& record = record_in_force(keeper);
  if (
    is_removed(keeper) && !std::exchange(keeper.is_removed, true)
    && !keeper.departure.is_under_way())
    keeper.spec->removed();
  const auto* const me = record.member_of_node(keeper.spec->self.node);
  if (me == nullptr) return;
  auto candidates = candidates_of(keeper);
  if (record.version() == keeper.told_record && candidates == keeper.told_candidates) return;
  if (record.version() == keeper.log->state().record().version())
    keeper.spec->keep(keeper.log->state());
  keeper.told_record = record.version();
  keeper.told_candidates = candidates;
  keeper.spec->self.number = me->number;
  self->send(
    keeper.spec->router,
    SharesInForce{std::make_shared<const ShareTable>(shares_of(record, me->number))});
  const RecordInForce in_force{
    std::make_shared<const ClusterRecord>(record), me->number, std::move(candidates)};
  self->send(keeper.spec->cluster, in_force);
  self->send(keeper.spec->broker, in_force);
}

void tell_document(Self self) {
  auto& keeper = self->state;
  const auto& state = keeper.log->state();
  if (state.version() == keeper.told_version) return;
  const auto newest = state.since(state.version() - 1);
  const auto note = newest.empty() ? EntryNote{} : newest.back().note;
  DocumentAgreed agreed{
    {state.version(), note.at, note.by, note.via, note.note, note.summary},
    state.text(),
    std::exchange(keeper.has_just_joined, false)};
  keeper.told_version = state.version();
  self->send(keeper.spec->config, std::move(agreed));
}

void tell_joined(Self self) {
  auto& keeper = self->state;
  const auto& state = keeper.log->state();
  if (keeper.has_told_joined || state.version() == 0) return;
  if (state.record().member_of_node(keeper.spec->self.node) == nullptr) return;
  keeper.has_told_joined = true;
  keeper.spec->joined();
}

void pump(Self self) {
  auto& keeper = self->state;
  auto& log = *keeper.log;
  for (auto& out : log.take_outgoing())
    self->send(keeper.spec->cluster, PeerSend{out.to, FrameKind::log, std::move(out.bytes)});
  for (const auto& changed : log.take_servers_changed()) {
    keeper.is_changing_servers = false;
    log::info(
      "cluster log server={} role={} changed={}",
      changed.name,
      role_text(log.servers(), changed.name),
      changed.is_done);
  }
  // Shares before the document that has their quotas: what a stop knows nothing of it does not use.
  if (!log.take_happened().empty()) {
    tell_record(self);
    tell_document(self);
    tell_joined(self);
  }
  for (const auto& [proposal, outcome] : log.take_decided()) {
    if (keeper.entering == proposal) keeper.entering.reset();
    const auto waiting = keeper.asked.find(proposal);
    if (waiting == keeper.asked.end()) continue;
    waiting->second.deliver(AgreeAnswer{outcome});
    keeper.asked.erase(waiting);
  }
  if (const auto failure = log.failure(); failure && !std::exchange(keeper.has_said_failure, true))
    log::error("the cluster's log does nothing any more problem={}", failure->message);
}

// -- who belongs to the cluster -------------------------------------------------------------------

/// Its number. None: it can't be now, and will be asked for again.
std::optional<std::uint64_t> propose(Self self, ClusterEntry one) {
  auto& keeper = self->state;
  DocumentEntry entry;
  entry.record.emplace_back(std::move(one));
  auto proposal = keeper.log->propose(std::move(entry), keeper.spec->clocks.now());
  if (proposal) return *proposal;
  log::warn("not proposed problem={}", proposal.error().message);
  return std::nullopt;
}

struct Step {
  Self self;

  void operator()(std::monostate) const {}
  void operator()(MemberJoined node) const {
    log::info("member joins the cluster name={} address={}", node.name, node.address);
    self->state.entering = propose(self, std::move(node));
  }
  void operator()(const ContactSet& one) const { self->state.entering = propose(self, one); }
  void operator()(const AddServer& add) const { begun(self->state.log->add_server(add.name)); }
  void operator()(const AssignServer& assign) const {
    begun(self->state.log->assign(assign.name, assign.role));
  }
  void operator()(const RemoveServer& remove) const {
    begun(self->state.log->remove_server(remove.name));
  }
  // Nothing is agreed on meanwhile, so one that fails is not tried again at once.
  void operator()(const HandOn& next) const {
    auto& keeper = self->state;
    const auto now = keeper.spec->clocks.now();
    if (now < keeper.hand_on_due) return;
    keeper.hand_on_due = now + hand_on_again;
    keeper.log->hand_on(next.name);
  }

private:
  void begun(DocumentLog::Change change) const {
    self->state.is_changing_servers = change == DocumentLog::Change::begun;
  }
};

void take_step(Self self) {
  auto& keeper = self->state;
  if (!keeper.log->is_leader() || keeper.entering || keeper.is_changing_servers) return;
  MembershipView view;
  view.self = keeper.spec->self.name;
  // Links of other clusters do not come up.
  for (const auto& [name, hello] : keeper.linked)
    view.meet(
      {name, hello.id, text_of(hello.address), hello.number}, hello.may_vote, hello.is_leaving);
  view.meet(keeper.spec->self, keeper.spec->may_vote, keeper.departure.is_under_way());
  view.voters = keeper.settings.voters;
  view.write_off = keeper.settings.write_off;
  view.servers = keeper.log->servers();
  std::visit(Step{self}, next_membership_step(keeper.log->state().record(), view));
  // Once there is somebody to hold its quotas, the founder's document is the first version.
  const auto& state = keeper.log->state();
  const auto now = keeper.spec->clocks.now();
  const bool is_member = state.record().member_of_node(keeper.spec->self.node) != nullptr;
  if (state.version() > 0 || now < keeper.document_due || !is_member) return;
  keeper.document_due = now + document_again;
  self->send(keeper.spec->config, DocumentWanted{});
}

// -- who goes -------------------------------------------------------------------------------------

// Who leaves stops voting first, so that those who stay go on by themselves when it is gone.
void remove_members(Self self) {
  auto& keeper = self->state;
  if (!keeper.going) return;
  const auto& record = keeper.log->state().record();
  const bool waits = !keeper.going->is_written_off
    && is_any_voter(record, keeper.log->servers(), keeper.going->members);
  if (waits) return;
  log::info("members are removed count={}", keeper.going->members.size());
  propose(self, *std::exchange(keeper.going, std::nullopt));
}

void take_proposal(Self self, RecordProposed& proposed) {
  auto& keeper = self->state;
  if (auto* const gone = std::get_if<MembersGone>(&proposed.entry))
    keeper.going = std::move(*gone);
  else if (keeper.log != nullptr)
    propose(self, std::move(proposed.entry));
}

// A leader hands on first, so that nobody has to find out that it is gone.
bool hands_on(Self self) {
  auto& keeper = self->state;
  if (keeper.log == nullptr || !keeper.log->is_leader()) return false;
  std::set<std::string> names;
  for (const auto& [name, hello] : keeper.linked) names.insert(name);
  const auto heir = best_voter(keeper.log->servers(), names);
  if (heir.empty()) return false;
  const bool is_begun = keeper.log->hand_on(heir) == DocumentLog::Change::begun;
  log::info("leadership is handed on to={} begun={}", heir, is_begun);
  return is_begun;
}

caf::result<NodeStopsAnswer> stop(Self self, NodeStopsRequest request) {
  auto& keeper = self->state;
  const bool is_alone =
    keeper.log == nullptr || is_only_member(record_in_force(keeper), keeper.spec->self.node);
  if (request.leaves && is_alone) return NodeStopsAnswer{};
  if (request.leaves) {
    keeper.departure.begin(keeper.spec->clocks.now());
    self->send(keeper.spec->cluster, NodeLeaves{});
    self->send(keeper.spec->broker, NodeLeaves{});
  } else if (!hands_on(self)) {
    return NodeStopsAnswer{};
  }
  keeper.stopping = self->make_response_promise<NodeStopsAnswer>();
  return *keeper.stopping;
}

void look_whether_to_stop(Self self) {
  auto& keeper = self->state;
  if (!keeper.stopping) return;
  const bool is_out = is_removed(keeper);
  const bool leads = keeper.log->is_leader() || keeper.log->leader().empty();
  const bool waits = keeper.departure.is_under_way()
    ? !keeper.departure.is_in_vain(keeper.spec->self.number, keeper.spec->clocks.now())
    : leads;
  if (!waits || is_out)
    std::exchange(keeper.stopping, std::nullopt)->deliver(NodeStopsAnswer{is_out});
}

void tell_roles(Self self) {
  auto& keeper = self->state;
  LogRoles roles{keeper.log->leader(), keeper.log->term(), voters_of(keeper.log->servers())};
  if (std::exchange(keeper.told_roles, roles) != roles) keeper.spec->roles(std::move(roles));
}

void tick(Self self) {
  auto& keeper = self->state;
  self->delayed_send(self, tick_every, DocumentLogTick{});
  if (keeper.log == nullptr) return;
  keeper.log->tick(keeper.spec->clocks.now());
  take_step(self);
  remove_members(self);
  tell_record(self); // the voters may be others
  tell_roles(self);
  pump(self);
  look_whether_to_stop(self);
}

caf::result<AgreeAnswer> agree(Self self, AgreeRequest& request) {
  auto& keeper = self->state;
  if (keeper.log == nullptr) return AgreeAnswer{};
  DocumentEntry entry;
  const auto& state = keeper.log->state();
  auto& note = request.note;
  entry.edit = edit_of(
    state, request.base, request.text, {note.at, note.by, note.via, note.note, note.summary});
  QuotasSet quotas;
  for (auto& spec : quotas_of(*request.document)) quotas.quotas.push_back({std::move(spec), {}});
  const auto candidates = candidates_of(keeper);
  if (!candidates.empty()) quotas.heir = *candidates.begin();
  if (!state.record().members().empty()) entry.record.emplace_back(std::move(quotas));
  auto proposal = keeper.log->propose(std::move(entry), keeper.spec->clocks.now());
  if (!proposal) {
    log::warn("config not proposed problem={}", proposal.error().message);
    return AgreeAnswer{};
  }
  auto promise = self->make_response_promise<AgreeAnswer>();
  keeper.asked.emplace(*proposal, promise);
  pump(self);
  return promise;
}

void take_peer(Self self, const PeerUp& up) {
  self->state.linked[up.hello.name] = up.hello;
  if (self->state.log != nullptr && is_stranger(self->state, up.hello.name))
    log::error(
      "a member's name with another data folder name={}: it is let into nothing; write the member "
      "off, or start it under a name of its own",
      up.hello.name);
}

void begin(Self self, const ClusterTaken& taken) {
  auto& keeper = self->state;
  keeper.log = nullptr;
  keeper.opened = {};
  auto opened = keeper.spec->begin(taken.cluster, taken.is_begun);
  if (!opened) {
    log::error("cluster={} can't be joined problem={}", taken.cluster, opened.error().message);
    return;
  }
  keeper.opened = *std::move(opened);
  keeper.log = keeper.opened.log.get();
  keeper.has_just_joined = !taken.is_begun;
  keeper.is_changing_servers = false;
  keeper.entering.reset();
  keeper.told_version = keeper.told_record = 0;
  if (taken.is_begun) self->send(keeper.spec->cluster, ClusterBegun{});
}

void hear(Self self, const PeerHeard& said) {
  auto& keeper = self->state;
  if (keeper.log == nullptr) return;
  // A stranger's votes don't count; but this record may be old, and the stranger lead by now.
  const auto heard = keeper.log->receive(
    said.peer, said.bytes, keeper.spec->clocks.now(), is_stranger(keeper, said.peer));
  if (!heard) log::warn("peer={} problem={}", said.peer, heard.error().message);
  pump(self);
}

DocumentLogActor::behavior_type document_log(Self self, std::shared_ptr<DocumentLogSpec> spec) {
  self->state.opened = std::move(spec->opened);
  self->state.log = self->state.opened.log.get();
  self->state.spec = std::move(spec);
  self->send(self->state.spec->cluster, PeersListened{{FrameKind::log}, PeerListenerActor{self}});
  self->send(self->state.spec->config, DocumentLogThere{DocumentLogActor{self}});
  self->send(self->state.spec->broker, DocumentLogThere{DocumentLogActor{self}});
  self->send(self->state.spec->cluster, DocumentLogThere{DocumentLogActor{self}});
  self->send(self, DocumentLogTick{});
  return {
    [self](const PeerUp& up) { take_peer(self, up); },
    [self](const PeerDown& down) { self->state.linked.erase(down.peer); },
    [self](const PeerHeard& said) { hear(self, said); },
    [self](const ClusterTaken& taken) { begin(self, taken); },
    [self](AgreeRequest& request) { return agree(self, request); },
    [self](ClusterSettingsInForce& settings) { self->state.settings = std::move(settings); },
    [self](NodeStopsRequest request) { return stop(self, request); },
    [self](RecordProposed& proposed) { take_proposal(self, proposed); },
    [self](const RemovalHeard&) { self->state.departure.hear_of_removal(); },
    [self](DocumentLogTick) { tick(self); },
  };
}

} // namespace
} // namespace document_log_actor

DocumentLogActor spawn_document_log(caf::actor_system& system, DocumentLogSpec spec) {
  return system.spawn<caf::detached>(
    document_log_actor::document_log, std::make_shared<DocumentLogSpec>(std::move(spec)));
}

} // namespace gateway
