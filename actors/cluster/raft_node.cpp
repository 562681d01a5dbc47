#include "actors/cluster/raft_node.hpp"

#include "actors/cluster/raft_guard.hpp"
#include "actors/cluster/raft_memory.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace gateway {
namespace {

// Structures whose names functions have too.
using ApplyRequest = struct raft_apply;
using TransferRequest = struct raft_transfer;

/// Requests of the library's, which live until it calls back.
struct BarrierRequest {
  struct raft_barrier request {};
  bool* is_done = nullptr;
};
struct ChangeRequest {
  struct raft_change request {};
  std::function<void(bool is_done)> done;
};

ServersChange change_of(int code) {
  switch (code) {
  case 0: return ServersChange::begun;
  case RAFT_CANTCHANGE: return ServersChange::busy;
  case RAFT_BADID:
  case RAFT_NOTFOUND: return ServersChange::unknown;
  case RAFT_DUPLICATEID:
  case RAFT_DUPLICATEADDRESS:
  case RAFT_BADROLE: return ServersChange::needless;
  default: return ServersChange::not_leader;
  }
}

/// What a call does with a list of voters.
template <class Call>
int with_voters(const std::vector<std::string>& names, Call call) {
  struct raft_configuration voters {};
  raft_configuration_init(&voters);
  for (const auto& name : names)
    // A name that comes twice is one server.
    static_cast<void>(
      raft_configuration_add(&voters, raft_server_id(name), name.c_str(), RAFT_VOTER));
  const int code = call(&voters);
  raft_configuration_close(&voters);
  return code;
}

} // namespace

RaftNode::RaftNode(RaftStorage& storage, const DocumentLogSettings& settings)
    : storage_(storage), settings_(settings), port_(storage, settings.seed),
      machine_(raft_, {settings.kept_entries, settings.kept_bytes}) {
  port_.on_send = [this](const std::string& to, RaftMessage message) {
    withhold_lost_vote(raft_, message, to);
    if (on_send) on_send(to, std::move(message));
  };
  port_.on_failure = [this] { machine_.stop(); };
  machine_.on_applied = [this](RaftMachine::Applied one) {
    if (is_restored_) tell_restored(one.index - 1);
    if (on_applied) on_applied(std::move(one));
  };
  machine_.on_restored = [this] { is_restored_ = true; };
  init();
}

RaftNode::~RaftNode() {
  close();
}

void RaftNode::init() {
  raft_ = {};
  leads_ = false;
  const auto& name = settings_.name;
  if (raft_init(&raft_, port_.io(), machine_.fsm(), raft_server_id(name), name.c_str()) != 0)
    broken_promise("out of memory");
  is_open_ = true;
  const auto count = [](Milliseconds time) { return static_cast<unsigned>(time.count()); };
  raft_set_election_timeout(&raft_, count(settings_.election));
  raft_set_heartbeat_timeout(&raft_, count(settings_.heartbeat));
  raft_set_install_snapshot_timeout(&raft_, count(settings_.snapshot_again));
  raft_set_snapshot_threshold(&raft_, static_cast<unsigned>(settings_.snapshot_entries));
  raft_set_pre_vote(&raft_, true);
}

void RaftNode::close() {
  if (!is_open_) return;
  port_.settle();
  raft_close(&raft_, nullptr);
  is_open_ = false;
}

int RaftNode::found(const std::vector<std::string>& voters) {
  return with_voters(voters, [&](auto* servers) { return raft_bootstrap(&raft_, servers); });
}

int RaftNode::recover(const std::vector<std::string>& voters) {
  return with_voters(voters, [&](auto* servers) { return raft_recover(&raft_, servers); });
}

bool RaftNode::start(Instant now) {
  port_.set_now(now);
  return start_library();
}

bool RaftNode::start_library() {
  if (const int failed = raft_start(&raft_)) {
    given_up_ = Error{
      ErrorKind::storage_unavailable,
      std::string("the document log does not start: ") + raft_strerror(failed)};
    return false;
  }
  settle();
  return !failure();
}

void RaftNode::tick(Instant now) {
  port_.set_now(now);
  port_.tick();
  settle();
}

void RaftNode::receive(const RaftMessage& message, const std::string& from, Instant now) {
  port_.set_now(now);
  if (!may_receive(raft_, message)) return;
  if (const auto index = forgets_servers_at(raft_, message)) restart_without(*index);
  if (failure()) return;
  port_.receive(message, {raft_server_id(from), from, RaftServer::Role::voter});
  settle();
}

bool RaftNode::append(std::string_view entry) {
  if (!is_leader() || raft_last_index(&raft_) - raft_.commit_index > entries_undecided_max)
    return false;
  auto* request = new ApplyRequest{};
  const auto buffer = raft_buffer_of(entry);
  const auto done = [](struct raft_apply* own, int, void*) { delete own; };
  if (raft_apply(&raft_, request, &buffer, 1, done) != 0) {
    raft_free(buffer.base);
    delete request;
    return false;
  }
  settle();
  return true;
}

void RaftNode::settle() {
  lead();
  port_.settle();
  if (is_restored_) tell_restored(raft_.last_applied);
  const bool is_long = machine_.bytes_since_snapshot() >= settings_.snapshot_bytes;
  const auto entries = is_long ? 1 : settings_.snapshot_entries;
  raft_set_snapshot_threshold(&raft_, static_cast<unsigned>(entries));
  if (raft_.state == RAFT_UNAVAILABLE && !failure())
    given_up_ = Error{
      ErrorKind::internal,
      "the document log stopped: a peer contradicts what was agreed on before"};
}

void RaftNode::lead() {
  const bool led = std::exchange(leads_, raft_.state == RAFT_LEADER);
  if (led || !leads_) return;
  leads_for_sure_ = false;
  // The only voter becomes leader without an election, in a term that may have been another's.
  if (is_only_voter(settings_.name) && !port_.begin_term(raft_)) return;
  // Before it hears of anything else, a new leader puts an entry of its own term at the end: only
  // that may be counted for a majority. A majority that has entries of earlier terms can lose them
  // again, and the library would take them for agreed on.
  auto* barrier = new BarrierRequest;
  barrier->is_done = &leads_for_sure_;
  barrier->request.data = barrier;
  const auto done = [](struct raft_barrier* request, int status) {
    const std::unique_ptr<BarrierRequest> own{static_cast<BarrierRequest*>(request->data)};
    *own->is_done = status == 0;
  };
  if (raft_barrier(&raft_, &barrier->request, done) != 0) delete barrier;
}

void RaftNode::restart_without(std::uint64_t index) {
  if (auto cut = storage_.truncate(index); !cut) {
    given_up_ = cut.error();
    return;
  }
  close();
  machine_.reset();
  init();
  start_library();
}

void RaftNode::tell_restored(std::uint64_t index) {
  is_restored_ = false;
  // The servers are those of the snapshot, and the log behind it is empty.
  raft_.configuration_uncommitted_index = 0;
  if (on_restored) on_restored(index);
}

template <class Call>
ServersChange RaftNode::change(const std::string& name, Call call) {
  if (!is_leader() || !leads_for_sure_) return ServersChange::not_leader;
  if (is_changing_) return ServersChange::busy;
  auto request = std::make_unique<ChangeRequest>();
  request->request.data = request.get();
  request->done = [this, name](bool is_done) {
    is_changing_ = false;
    if (on_servers_changed) on_servers_changed(name, is_done);
  };
  is_changing_ = true;
  const int code = call(&request->request, [](struct raft_change* own, int status) {
    const std::unique_ptr<ChangeRequest> ended{static_cast<ChangeRequest*>(own->data)};
    ended->done(status == 0);
  });
  if (code != 0)
    is_changing_ = false;
  else
    static_cast<void>(request.release()); // until the library calls back
  settle();
  return change_of(code);
}

ServersChange RaftNode::add(const std::string& name) {
  return change(name, [&](struct raft_change* request, raft_change_cb done) {
    return raft_add(&raft_, request, raft_server_id(name), name.c_str(), done);
  });
}

bool RaftNode::is_only_voter(const std::string& name) const {
  const auto all = servers();
  const auto is_other = [&](const RaftServer& one) {
    return one.role == RaftServer::Role::voter && one.name != name;
  };
  const auto is_it = [&](const RaftServer& one) {
    return one.role == RaftServer::Role::voter && one.name == name;
  };
  return std::ranges::any_of(all, is_it) && std::ranges::none_of(all, is_other);
}

std::optional<ServersChange> RaftNode::keeps_vote(const std::string& name) const {
  if (is_only_voter(name)) return ServersChange::last_voter;
  if (name == settings_.name) return ServersChange::hand_on;
  return std::nullopt;
}

ServersChange RaftNode::assign(const std::string& name, RaftServer::Role role) {
  if (const auto why = keeps_vote(name); why && role != RaftServer::Role::voter) return *why;
  return change(name, [&](struct raft_change* request, raft_change_cb done) {
    return raft_assign(&raft_, request, raft_server_id(name), static_cast<int>(role), done);
  });
}

ServersChange RaftNode::remove(const std::string& name) {
  if (const auto why = keeps_vote(name)) return *why;
  return change(name, [&](struct raft_change* request, raft_change_cb done) {
    return raft_remove(&raft_, request, raft_server_id(name), done);
  });
}

ServersChange RaftNode::hand_on(const std::string& name) {
  if (!is_leader()) return ServersChange::not_leader;
  auto* request = new TransferRequest{};
  const auto id = name.empty() ? 0 : raft_server_id(name);
  const auto done = [](struct raft_transfer* own) { delete own; };
  const int code = raft_transfer(&raft_, request, id, done);
  if (code != 0) delete request;
  settle();
  return change_of(code);
}

std::string RaftNode::leader() const {
  if (is_leader()) return settings_.name;
  if (raft_.state != RAFT_FOLLOWER || raft_.follower_state.current_leader.id == 0) return "";
  return raft_.follower_state.current_leader.address;
}

std::vector<RaftServer> RaftNode::servers() const {
  std::vector<RaftServer> made;
  for (unsigned i = 0; i < raft_.configuration.n; ++i) {
    const auto& one = raft_.configuration.servers[i];
    const auto has = raft_.state == RAFT_LEADER ? raft_.leader_state.progress[i].match_index : 0;
    made.push_back({one.id, one.address, static_cast<RaftServer::Role>(one.role), has});
  }
  return made;
}

std::optional<Error> RaftNode::failure() const {
  if (port_.failure()) return port_.failure();
  if (machine_.failure()) return machine_.failure();
  return given_up_;
}

} // namespace gateway
