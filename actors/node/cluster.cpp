#include "actors/node/cluster.hpp"

#include "actors/cluster/record_shares.hpp"
#include "net/base/log.hpp"
#include "persistence/checksum.hpp"
#include "persistence/json_file.hpp"
#include "persistence/packed_bytes.hpp"
#include "persistence/raft_store.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <caf/send.hpp>

#include <cstdio>
#include <filesystem>
#include <random>

namespace gateway {
namespace {

bool is_anywhere(const std::string& host) {
  return host.empty() || host == "0.0.0.0" || host == "::";
}

bool may_vote(const ServeOptions& options) {
  return options.voter && !options.no_voter;
}

std::string in_force_path(const std::string& folder) {
  return folder + "/in-force";
}

void keep_in_force(const std::string& folder, const DocumentState& state) {
  const auto bytes = state.snapshot();
  std::string text;
  append_packed(text, crc32_of(bytes));
  append_packed_text(text, bytes);
  if (auto kept = write_replaced(in_force_path(folder), text); !kept)
    log::error("what is in force is not kept problem={}", kept.error().message);
}

Result<OpenedLog> open_log(const ServeOptions& options, bool is_begun, bool is_new) {
  const auto folder = options.data + "/document.log";
  if (is_new) {
    std::error_code error;
    std::filesystem::remove_all(folder, error);
    if (error) return fail(ErrorKind::storage_unavailable, folder + ": " + error.message());
  }
  OpenedLog opened;
  opened.known = read_in_force(folder);
  GATEWAY_TRY(opened.storage, RaftStore::open(real_files(), folder));
  if (is_begun) {
    if (auto founded = DocumentLog::found(*opened.storage, {options.node}); !founded)
      return fail(std::move(founded.error()));
  }
  DocumentLog::Settings settings;
  settings.name = options.node;
  settings.seed = std::random_device{}();
  GATEWAY_TRY(opened.log, DocumentLog::start(*opened.storage, settings, BootClock::now()));
  return opened;
}

// Null: this node is in no cluster.
const ClusterRecord* record_at_start(const OpenedLog& opened) {
  if (!opened.log) return nullptr;
  const auto& applied = opened.log->state().record();
  const bool is_older = opened.known && opened.known->record().version() > applied.version();
  return is_older ? &opened.known->record() : &applied;
}

} // namespace

std::shared_ptr<const DocumentState> read_in_force(const std::string& folder) {
  const auto text = read_file(in_force_path(folder));
  if (!text) return nullptr;
  PackedReader reader{*text};
  const auto checksum = reader.number();
  const auto bytes = reader.text();
  auto state = reader.ok() && reader.at_end() && checksum == crc32_of(bytes)
    ? DocumentState::read(bytes)
    : fail(ErrorKind::invalid_value, "it is damaged");
  if (state) return std::make_shared<const DocumentState>(*std::move(state));
  log::warn("what was in force is not known problem={}", state.error().message);
  return nullptr;
}

Result<void> look_at_cluster_port(const PeerAddress& listen) {
  using Tcp = boost::asio::ip::tcp;
  boost::asio::io_context io;
  boost::system::error_code error;
  const auto found = Tcp::resolver{io}.resolve(listen.host, std::to_string(listen.port), error);
  if (!error) {
    Tcp::acceptor acceptor{io};
    const auto endpoint = found.begin()->endpoint();
    acceptor.open(endpoint.protocol(), error);
    acceptor.set_option(Tcp::acceptor::reuse_address{true});
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(1, error);
  }
  if (!error) return {};
  return fail(
    ErrorKind::invalid_value,
    "--cluster-listen " + text_of(listen) + " can't be listened on: " + error.message() + ".");
}

Result<OpenedLog> open_document_log(const ServeOptions& options, NodeIdentity& identity) {
  if (!options.cluster_listen) return OpenedLog{};
  if (!identity.cluster.empty()) return open_log(options, false, false);
  if (!options.join.empty()) return OpenedLog{};
  // The log first: a cluster that has an id and no log could never agree on anything.
  auto opened = open_log(options, true, true);
  if (!opened) return opened;
  identity.cluster = random_id();
  log::info("cluster begins id={}", identity.cluster);
  return opened;
}

std::optional<std::uint32_t>
number_at_start(const NodeIdentity& identity, const OpenedLog& opened, PermitMemory& memory) {
  const auto* const record = record_at_start(opened);
  const auto* const member = record != nullptr ? record->member_of_node(identity.id) : nullptr;
  return member != nullptr ? member->number : memory.members().self();
}

std::shared_ptr<const ShareTable> shares_at_start(
  const ServeOptions& options, const NodeIdentity& identity, const OpenedLog& opened) {
  if (!options.cluster_listen) return nullptr;
  if (const auto* const record = record_at_start(opened))
    if (const auto* const member = record->member_of_node(identity.id))
      return std::make_shared<const ShareTable>(shares_of(*record, member->number));
  return std::make_shared<const ShareTable>(std::vector<ShareTable::Row>{});
}

DocumentLogSpec document_log_spec(
  const ServeOptions& options,
  const NodeIdentity& identity,
  std::optional<std::uint32_t> number,
  OpenedLog opened) {
  DocumentLogSpec spec;
  spec.opened = std::move(opened);
  spec.self = {options.node, identity.id, "", number};
  spec.may_vote = may_vote(options);
  spec.keep = [folder = options.data + "/document.log"](const DocumentState& state) {
    keep_in_force(folder, state);
  };
  if (options.cluster_advertise) spec.self.address = text_of(*options.cluster_advertise);
  spec.begin = [options, own = NodeIdentity(identity)](
                 const std::string& cluster, bool is_begun) mutable -> Result<OpenedLog> {
    auto begun = open_log(options, is_begun, true);
    if (!begun) return begun;
    own.cluster = cluster;
    if (auto kept = store_identity(options.data, own); !kept) return fail(std::move(kept.error()));
    return begun;
  };
  return spec;
}

ClusterActor make_cluster(caf::actor_system& system, ClusterParts parts) {
  ClusterSpec spec;
  auto& hello = spec.own.hello;
  hello.cluster = parts.identity.cluster;
  hello.name = parts.options.node;
  hello.id = parts.identity.id;
  hello.incarnation = parts.identity.incarnation;
  hello.version = std::move(parts.version);
  hello.config_version = parts.config_version;
  hello.may_vote = may_vote(parts.options);
  hello.recovered_from = parts.identity.recovered_from;
  hello.number = parts.number;
  spec.own.new_cluster = random_id();
  spec.own.join = parts.options.join;
  spec.own.seed = std::random_device{}();
  spec.tls = std::move(parts.tls);
  spec.seen = std::move(parts.seen);
  spec.removed = std::move(parts.removed);
  return spawn_cluster(system, std::move(spec));
}

Result<void>
open_cluster(caf::actor_system& system, const ClusterActor& cluster, const ServeOptions& options) {
  if (!options.cluster_listen) return {};
  const auto& listen = *options.cluster_listen;
  GATEWAY_TRY(const auto port, open_cluster_port(system, cluster, listen));
  PeerAddress reached{is_anywhere(listen.host) ? "" : listen.host, port};
  if (options.cluster_advertise) reached = *options.cluster_advertise;
  caf::anon_send(cluster, ClusterStart{std::move(reached)});
  std::printf("cluster port at %s\n", text_of({listen.host, port}).c_str());
  std::fflush(stdout);
  return {};
}

} // namespace gateway
