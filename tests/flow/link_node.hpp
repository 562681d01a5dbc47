#pragma once

#include "actors/runtime/cast.hpp"
#include "actors/runtime/io_threads.hpp"
#include "actors/runtime/system_config.hpp"
#include "tests/net/peer/authority.hpp"

#include <caf/actor_system.hpp>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace gateway {

/// What a node heard of its peers, for a test's thread to look at.
class Heard {
public:
  void note(std::string fact);
  std::vector<std::string> facts() const;

private:
  mutable std::mutex mutex_;
  std::vector<std::string> facts_;
};

/// The links of one node in a real actor system: the cluster port, certificates and all that is
/// said between nodes, without the rest of a node. Several of them run in one process.
class LinkNode {
public:
  struct Spec {
    std::string name;
    std::string certificates; // the folder
    std::vector<PeerAddress> join;
    std::string cluster = "c1";
    ProtocolRange protocol = {};
    std::string id = {}; // of the data folder; empty: its own
  };
  explicit LinkNode(Spec spec);
  ~LinkNode();

  PeerAddress address() const { return {"127.0.0.1", port_}; }
  ClusterState state();
  /// The names of those it is linked with, sorted and with a blank between them.
  std::string linked();
  /// What it says of the only place that it can't reach; empty if there is none.
  std::string problem();
  void send(const std::string& peer, FrameKind kind, std::string bytes);
  const Heard& heard() const { return *heard_; }
  std::string kept_cluster() const { return kept_->facts().empty() ? "" : kept_->facts().back(); }
  std::size_t members() const { return *members_; }
  /// Takes what was exchanged in the folder of its certificates.
  bool reload_certificates() { return static_cast<bool>(tls_->reload(wall_now())); }
  caf::actor_system& system() { return *system_; }

private:
  IoThreads threads_{1};
  std::shared_ptr<PeerTls> tls_;
  std::unique_ptr<SystemConfig> config_;
  std::unique_ptr<caf::actor_system> system_;
  ClusterActor cluster_;
  std::shared_ptr<Heard> heard_ = std::make_shared<Heard>();
  std::shared_ptr<Heard> kept_ = std::make_shared<Heard>();
  std::shared_ptr<std::atomic<std::size_t>> members_ =
    std::make_shared<std::atomic<std::size_t>>(1);
  std::uint16_t port_ = 0;
};

/// Waits until it is so; false after a time that is long for any machine.
bool eventually(const std::function<bool()>& is_so);

} // namespace gateway
