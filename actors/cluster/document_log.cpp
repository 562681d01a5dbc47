#include "actors/cluster/document_log.hpp"

#include "actors/cluster/document_proposals.hpp"
#include "actors/cluster/raft_guard.hpp"
#include "actors/cluster/raft_node.hpp"

#include <utility>

namespace gateway {
namespace {

// More goes with the next messages.
constexpr std::size_t append_bytes_max = 1024 * 1024;
constexpr std::size_t name_bytes_max = 64; // contract, section 3

/// As many entries as one message should have, and one at least. The receiver's answer says which
/// it has, so the leader goes on from there.
void shorten(RaftAppend& append) {
  std::size_t bytes = 0;
  std::size_t kept = 0;
  for (const auto& entry : append.entries) {
    bytes += entry.bytes.size();
    if (kept > 0 && bytes > append_bytes_max) break;
    ++kept;
  }
  append.entries.resize(kept);
}

Result<void> check_names(const std::vector<std::string>& names) {
  if (names.empty() || names.size() > raft_servers_max)
    return fail(ErrorKind::invalid_value, "a cluster is begun by at least one node");
  for (const auto& name : names)
    if (name.empty() || name.size() > name_bytes_max)
      return fail(ErrorKind::invalid_value, "a node's name has 1 to 64 bytes");
  return {};
}

/// What does not pass must not come into the log: no node could go on behind it.
Result<void> check_entry(std::string_view bytes) {
  if (bytes.size() > raft_entry_bytes_max)
    return fail(ErrorKind::invalid_value, "a change is too long for the document log");
  if (auto read = decode_document_entry(bytes); !read) return fail(std::move(read.error()));
  return {};
}

} // namespace

struct DocumentLog::Inside {
  Inside(RaftStorage& storage, const Settings& wanted);

  void send(const std::string& to, RaftMessage message);
  void send_proposals(Instant now);
  void applied(RaftMachine::Applied one);

  Settings settings;
  DocumentPeers peers;
  DocumentProposals proposals;
  std::uint64_t told = 0; // the last entry that anybody was told of
  std::vector<Happened> happened;
  std::vector<Decided> decided;
  std::vector<ServersChanged> servers_changed;
  RaftNode node; // the last: what it leaves open it tells of when it ends
};

DocumentLog::Inside::Inside(RaftStorage& storage, const Settings& wanted)
    : settings(wanted), peers([this] { return node.random_number(); }), node(storage, wanted) {
  node.on_send = [this](const std::string& to, RaftMessage message) {
    send(to, std::move(message));
  };
  node.on_applied = [this](RaftMachine::Applied one) { applied(std::move(one)); };
  node.on_restored = [this](std::uint64_t index) {
    if (index <= told) return;
    told = index;
    happened.push_back({index, std::nullopt, {}});
  };
  node.on_servers_changed = [this](const std::string& name, bool is_done) {
    servers_changed.push_back({name, is_done});
  };
}

void DocumentLog::Inside::send(const std::string& to, RaftMessage message) {
  auto* append = std::get_if<RaftAppend>(&message);
  if (append != nullptr) shorten(*append);
  const auto bytes = encode(message);
  if (append != nullptr && bytes.size() >= message_part_bytes_max) {
    // It takes a while, and nobody shall think meanwhile that there is no leader.
    append->entries.clear();
    peers.send(to, DocumentPeers::Kind::agreement, encode(message));
  }
  peers.send(to, DocumentPeers::Kind::agreement, bytes);
}

void DocumentLog::Inside::send_proposals(Instant now) {
  const DocumentProposals::Target target{node.leader(), node.term()};
  for (const auto& entry : proposals.due(target, now)) {
    if (target.leader == settings.name)
      node.append(entry);
    else
      peers.send(target.leader, DocumentPeers::Kind::proposal, entry);
  }
  for (const auto proposal : proposals.take_expired(now))
    decided.push_back({proposal, std::nullopt});
}

void DocumentLog::Inside::applied(RaftMachine::Applied one) {
  if (proposals.settle(one.entry.proposal)) decided.push_back({one.entry.proposal, one.outcome});
  if (one.index <= told) return;
  told = one.index;
  happened.push_back({one.index, std::move(one.entry), std::move(one.outcome)});
}

DocumentLog::DocumentLog(std::unique_ptr<Inside> inside) : inside_(std::move(inside)) {}
DocumentLog::~DocumentLog() = default;

Result<void> DocumentLog::found(RaftStorage& storage, const std::vector<std::string>& founders) {
  if (auto named = check_names(founders); !named) return named;
  RaftNode node{storage, {}};
  const int code = node.found(founders);
  if (node.failure()) return fail(*node.failure());
  if (code != 0)
    return fail(ErrorKind::invalid_value, "there is a document log already: nobody founds twice");
  return {};
}

Result<void> DocumentLog::recover(RaftStorage& storage, const std::vector<std::string>& voters) {
  if (auto named = check_names(voters); !named) return named;
  RaftNode node{storage, {}};
  const int code = node.recover(voters);
  if (node.failure()) return fail(*node.failure());
  if (code != 0) return fail(ErrorKind::invalid_value, "there is no document log to go on from");
  return {};
}

Result<std::unique_ptr<DocumentLog>>
DocumentLog::start(RaftStorage& storage, const Settings& settings, Instant now) {
  if (auto named = check_names({settings.name}); !named) return fail(std::move(named.error()));
  auto inside = std::make_unique<Inside>(storage, settings);
  if (!inside->node.start(now)) return fail(*inside->node.failure());
  return std::unique_ptr<DocumentLog>{new DocumentLog{std::move(inside)}};
}

void DocumentLog::tick(Instant now) {
  if (failure()) return;
  inside_->node.tick(now);
  if (!failure()) inside_->send_proposals(now);
  inside_->peers.send_parts(parts_per_tick);
}

Result<void> DocumentLog::receive(
  const std::string& from, std::string_view bytes, Instant now, bool only_follow) {
  if (failure()) return {};
  GATEWAY_TRY(const auto received, inside_->peers.receive(from, bytes));
  if (!received) return {};
  if (received->kind == DocumentPeers::Kind::proposal) {
    if (only_follow) return {};
    if (auto read = check_entry(received->bytes); !read) return read;
    // Whoever sent it sends it again, to whom it takes for the leader by then.
    static_cast<void>(inside_->node.append(received->bytes));
    return {};
  }
  GATEWAY_TRY(auto message, decode_raft_message(received->bytes));
  const bool is_of_leader =
    std::holds_alternative<RaftAppend>(message) || std::holds_alternative<RaftInstall>(message);
  if (only_follow && !is_of_leader) return {};
  inside_->node.receive(without_overstatement(std::move(message)), from, now);
  return {};
}

Result<std::uint64_t> DocumentLog::propose(DocumentEntry entry, Instant now) {
  if (const auto failed = failure()) return fail(*failed);
  entry.proposal = inside_->node.random_number();
  auto bytes = encode(entry);
  if (auto read = check_entry(bytes); !read) return fail(std::move(read.error()));
  const auto until = now + inside_->settings.patience;
  if (!inside_->proposals.add(entry.proposal, std::move(bytes), until))
    return fail(ErrorKind::overloaded, "too many changes wait for the cluster to agree");
  inside_->send_proposals(now);
  return entry.proposal;
}

DocumentLog::Change DocumentLog::add_server(const std::string& name) {
  return check_names({name}) ? inside_->node.add(name) : Change::unknown;
}

DocumentLog::Change DocumentLog::assign(const std::string& name, RaftServer::Role role) {
  return inside_->node.assign(name, role);
}

DocumentLog::Change DocumentLog::remove_server(const std::string& name) {
  return inside_->node.remove(name);
}

DocumentLog::Change DocumentLog::hand_on(const std::string& name) {
  return inside_->node.hand_on(name);
}

std::vector<DocumentLog::Outgoing> DocumentLog::take_outgoing() {
  return inside_->peers.take();
}

std::vector<DocumentLog::Happened> DocumentLog::take_happened() {
  return std::exchange(inside_->happened, {});
}

std::vector<DocumentLog::Decided> DocumentLog::take_decided() {
  return std::exchange(inside_->decided, {});
}

std::vector<DocumentLog::ServersChanged> DocumentLog::take_servers_changed() {
  return std::exchange(inside_->servers_changed, {});
}

bool DocumentLog::is_leader() const {
  return inside_->node.is_leader();
}

std::string DocumentLog::leader() const {
  return inside_->node.leader();
}

std::uint64_t DocumentLog::term() const {
  return inside_->node.term();
}

std::uint64_t DocumentLog::committed() const {
  return inside_->node.committed();
}

std::vector<RaftServer> DocumentLog::servers() const {
  return inside_->node.servers();
}

const DocumentState& DocumentLog::state() const {
  return inside_->node.state();
}

std::optional<Error> DocumentLog::failure() const {
  return inside_->node.failure();
}

} // namespace gateway
