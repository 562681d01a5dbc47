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
namespace {

constexpr std::chrono::milliseconds tick_every{50};
constexpr int ticks_between_steps = 4;
// What was not decided by then is given up by the log.
constexpr std::chrono::seconds document_again{15};
constexpr std::chrono::seconds hand_on_again{10};

constexpr std::string_view what_to_do =
  "it is let into nothing; write the member off, or start it under a name of its own";

struct LogKeeper {
  LogKeeper() = default;
  static inline const char* name = "document-log";

  std::shared_ptr<DocumentLogSpec> spec;
  OpenedLog opened;
  DocumentLog* log = nullptr; // none: in no cluster yet
  std::map<std::string, Hello> linked;
  std::map<std::uint64_t, caf::typed_response_promise<AgreeAnswer>> asked; // by proposal
  std::optional<std::uint64_t> joining; // the proposal of a member, while it is undecided
  bool is_changing_servers = false;
  int ticks = 0;
  std::uint64_t told_version = 0; // of the document
  std::uint64_t told_record = 0;
  std::set<std::uint32_t> told_candidates;
  LogRoles told_roles;
  std::optional<Instant> asked_for_document;
  std::optional<Instant> handed_on;
  bool has_said_failure = false;
  bool has_told_joined = false;
  std::set<std::string> voters; // as the document in force names them
  bool is_leaving = false;
  std::optional<caf::typed_response_promise<NodeStopsAnswer>> stopping; // waited for
  std::optional<MembersGone> going; // to be proposed once they do not vote
  bool is_removed = false;
  bool has_just_joined = false; // what the node had before is another cluster's, or nobody's
};

using Self = DocumentLogActor::stateful_pointer<LogKeeper>;

MemberJoined member_of(const Hello& hello) {
  return {hello.name, hello.id, text_of(hello.address)};
}

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
  return was_removed(keeper.log->state().record(), keeper.spec->self.node);
}

// -- what was agreed on is told -------------------------------------------------------------------

void tell_record(Self self) {
  auto& keeper = self->state;
  const auto& record = record_in_force(keeper);
  if (is_removed(keeper) && !std::exchange(keeper.is_removed, true) && !keeper.is_leaving)
    keeper.spec->removed();
  const auto* const me = record.member_of_node(keeper.spec->self.node);
  if (me == nullptr) return;
  auto candidates = candidates_of(keeper);
  if (record.version() == keeper.told_record && candidates == keeper.told_candidates) return;
  if (record.version() == keeper.log->state().record().version())
    keeper.spec->keep(keeper.log->state());
  keeper.told_record = record.version();
  keeper.told_candidates = candidates;
  self->send(keeper.spec->cluster, MembersRemoved{removed_members(record)});
  self->send(
    keeper.spec->router,
    SharesInForce{std::make_shared<const ShareTable>(shares_of(record, me->number))});
  self->send(
    keeper.spec->broker,
    RecordInForce{
      std::make_shared<const ClusterRecord>(record), me->number, std::move(candidates)});
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
    if (keeper.joining == proposal) keeper.joining.reset();
    const auto waiting = keeper.asked.find(proposal);
    if (waiting == keeper.asked.end()) continue;
    waiting->second.deliver(AgreeAnswer{outcome});
    keeper.asked.erase(waiting);
  }
  if (const auto failure = log.failure(); failure && !std::exchange(keeper.has_said_failure, true))
    log::error("the cluster's log does nothing any more problem={}", failure->message);
}

// -- who belongs to the cluster -------------------------------------------------------------------

struct Step {
  Self self;

  void operator()(std::monostate) const {}
  void operator()(MemberJoined node) const {
    auto& keeper = self->state;
    DocumentEntry entry;
    log::info("member joins the cluster name={} address={}", node.name, node.address);
    entry.record.emplace_back(std::move(node));
    if (auto proposal = keeper.log->propose(std::move(entry), keeper.spec->clocks.now()))
      keeper.joining = *proposal;
  }
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
    if (keeper.handed_on && now - *keeper.handed_on < hand_on_again) return;
    keeper.handed_on = now;
    keeper.log->hand_on(next.name);
  }

private:
  void begun(DocumentLog::Change change) const {
    self->state.is_changing_servers = change == DocumentLog::Change::begun;
  }
};

void take_step(Self self) {
  auto& keeper = self->state;
  if (!keeper.log->is_leader() || keeper.joining || keeper.is_changing_servers) return;
  MembershipView view;
  view.self = keeper.spec->self.name;
  // Links of other clusters do not come up. On those who leave nothing is built any more.
  for (const auto& [name, hello] : keeper.linked) {
    if (!hello.is_leaving) view.here.push_back(member_of(hello));
    if (!hello.may_vote || hello.is_leaving) view.unwilling.insert(name);
  }
  if (!keeper.is_leaving) view.here.push_back(keeper.spec->self);
  if (!keeper.spec->may_vote || keeper.is_leaving) view.unwilling.insert(view.self);
  view.voters = keeper.voters;
  view.servers = keeper.log->servers();
  std::visit(Step{self}, next_membership_step(keeper.log->state().record(), view));
  // Once there is somebody to hold its quotas, the founder's document is the first version.
  const auto& state = keeper.log->state();
  const auto now = keeper.spec->clocks.now();
  const bool was_asked =
    keeper.asked_for_document && now - *keeper.asked_for_document <= document_again;
  const bool is_member = state.record().member_of_node(keeper.spec->self.node) != nullptr;
  if (state.version() > 0 || was_asked || !is_member) return;
  keeper.asked_for_document = now;
  self->send(keeper.spec->config, DocumentWanted{});
}

// -- who goes -------------------------------------------------------------------------------------

void propose(Self self, ClusterEntry one) {
  auto& keeper = self->state;
  DocumentEntry entry;
  entry.record.emplace_back(std::move(one));
  // One that does not come to count is asked for again.
  if (auto proposal = keeper.log->propose(std::move(entry), keeper.spec->clocks.now()); !proposal)
    log::warn("members not removed problem={}", proposal.error().message);
}

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

void take_removal(Self self, MembersToRemove& removal) {
  auto& keeper = self->state;
  if (auto* const gone = std::get_if<MembersGone>(&removal.entry))
    keeper.going = std::move(*gone);
  else if (keeper.log != nullptr)
    propose(self, std::move(removal.entry));
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
    keeper.log == nullptr || is_only_member(keeper.log->state().record(), keeper.spec->self.node);
  if (request.leaves && is_alone) return caf::make_error(caf::sec::invalid_argument);
  if (request.leaves) {
    keeper.is_leaving = true;
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
  const bool leads = keeper.log->is_leader() || keeper.log->leader().empty();
  if (keeper.is_leaving ? !is_removed(keeper) : leads) return;
  std::exchange(keeper.stopping, std::nullopt)->deliver(NodeStopsAnswer{});
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
  if (++keeper.ticks % ticks_between_steps == 0) {
    take_step(self);
    remove_members(self);
    tell_record(self); // the voters may be others
    tell_roles(self);
  }
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
    log::error("a member's name with another data folder name={}: {}", up.hello.name, what_to_do);
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
  keeper.joining.reset();
  keeper.told_version = keeper.told_record = 0;
  if (taken.is_begun) self->send(keeper.spec->cluster, ClusterBegun{});
}

void hear(Self self, const PeerHeard& said) {
  auto& keeper = self->state;
  if (keeper.log == nullptr) return;
  // A stranger's votes don't count. But this node's record may be old, and the stranger lead by
  // now.
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
  self->send(self, DocumentLogTick{});
  return {
    [self](const PeerUp& up) { take_peer(self, up); },
    [self](const PeerDown& down) { self->state.linked.erase(down.peer); },
    [self](const PeerHeard& said) { hear(self, said); },
    [self](const ClusterTaken& taken) { begin(self, taken); },
    [self](AgreeRequest& request) { return agree(self, request); },
    [self](VotersNamed& named) { self->state.voters = std::move(named.voters); },
    [self](NodeStopsRequest request) { return stop(self, request); },
    [self](MembersToRemove& removal) { take_removal(self, removal); },
    [self](DocumentLogTick) { tick(self); },
  };
}

} // namespace

DocumentLogActor spawn_document_log(caf::actor_system& system, DocumentLogSpec spec) {
  return system.spawn<caf::detached>(
    document_log, std::make_shared<DocumentLogSpec>(std::move(spec)));
}

} // namespace gateway
