#include "actors/node/cluster.hpp"

#include "actors/cluster/record_shares.hpp"
#include "net/base/log.hpp"
#include "persistence/raft_store.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <caf/send.hpp>
#include <fmt/chrono.h>

#include <cstdio>
#include <filesystem>
#include <random>

namespace gateway {
namespace {

constexpr std::chrono::days expires_soon{14};

bool is_anywhere(const std::string& host) {
  return host.empty() || host == "0.0.0.0" || host == "::";
}

bool may_vote(const ServeOptions& options) {
  return options.voter && !options.no_voter;
}

// Before anything else is started: the network layer's own word on it comes late, and is short.
Result<void> look_at_port(const PeerAddress& listen) {
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

Result<OpenedLog> open_log(const ServeOptions& options, bool is_begun, bool is_new) {
  const auto folder = options.data + "/document.log";
  if (is_new) {
    std::error_code error;
    std::filesystem::remove_all(folder, error);
    if (error) return fail(ErrorKind::storage_unavailable, folder + ": " + error.message());
  }
  OpenedLog opened;
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

} // namespace

Result<std::shared_ptr<const PeerCertificates>> prepare_cluster(const ServeOptions& options) {
  if (!options.cluster_listen) return std::shared_ptr<const PeerCertificates>{};
  const auto now = wall_now();
  GATEWAY_TRY(auto certificates, PeerCertificates::load(options.cluster_tls, now));
  if (auto free = look_at_port(*options.cluster_listen); !free)
    return fail(std::move(free.error()));
  const auto left = certificates->expires - now;
  if (left < expires_soon)
    log::warn(
      "certificate of the cluster port expires soon days_left={}",
      std::chrono::duration_cast<std::chrono::days>(left).count());
  return certificates;
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

std::shared_ptr<const ShareTable> shares_at_start(
  const ServeOptions& options, const NodeIdentity& identity, const OpenedLog& opened) {
  if (!options.cluster_listen) return nullptr;
  if (opened.log) {
    const auto& record = opened.log->state().record();
    if (const auto* const member = record.member_of_node(identity.id))
      return std::make_shared<const ShareTable>(shares_of(record, member->number));
  }
  return std::make_shared<const ShareTable>(std::vector<ShareTable::Row>{});
}

DocumentLogSpec
document_log_spec(const ServeOptions& options, const NodeIdentity& identity, OpenedLog opened) {
  DocumentLogSpec spec;
  spec.opened = std::move(opened);
  spec.self = {options.node, identity.id, ""};
  spec.may_vote = may_vote(options);
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
  spec.own.new_cluster = random_id();
  spec.own.join = parts.options.join;
  spec.own.seed = std::random_device{}();
  spec.certificates = std::move(parts.certificates);
  spec.seen = std::move(parts.seen);
  spec.removed = std::move(parts.removed);
  return spawn_cluster(system, std::move(spec));
}

Result<void>
open_cluster(caf::actor_system& system, const ClusterActor& cluster, const ServeOptions& options) {
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
