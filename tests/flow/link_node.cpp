#include "tests/flow/link_node.hpp"

#include <caf/exit_reason.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <chrono>

namespace gateway {
namespace {

constexpr std::chrono::seconds long_enough{60};
constexpr Milliseconds look_every{20};

PeerListenerActor::behavior_type listener(
  PeerListenerActor::pointer self,
  const std::shared_ptr<Heard>& heard,
  const std::shared_ptr<Heard>& kept,
  const ClusterActor& cluster) {
  return {
    [heard](const PeerUp& up) { heard->note("up " + up.hello.name); },
    [heard](const PeerDown& down) { heard->note("down " + down.peer); },
    [heard](const PeerHeard& said) { heard->note(said.peer + " says " + said.bytes); },
    [=](const ClusterTaken& taken) {
      kept->note(taken.cluster);
      if (taken.is_begun) self->send(cluster, ClusterBegun{});
    },
  };
}

} // namespace

void Heard::note(std::string fact) {
  const std::lock_guard lock{mutex_};
  facts_.push_back(std::move(fact));
}

std::vector<std::string> Heard::facts() const {
  const std::lock_guard lock{mutex_};
  return facts_;
}

LinkNode::LinkNode(Spec spec) {
  // A time when even an expired certificate was in force: what peers say of it is to be seen.
  const auto then = wall_now() - std::chrono::hours{12};
  tls_ = *PeerTls::load(spec.certificates, then);
  threads_.start();
  config_ = std::make_unique<SystemConfig>(threads_.units(), tls_.get());
  system_ = std::make_unique<caf::actor_system>(*config_);
  static std::uint64_t lives = 0;
  ClusterSpec cluster;
  cluster.own.hello.protocol = spec.protocol;
  cluster.own.hello.cluster = spec.cluster;
  cluster.own.hello.name = spec.name;
  cluster.own.hello.id = spec.id.empty() ? "id-of-" + spec.name : spec.id;
  cluster.own.hello.incarnation = ++lives;
  cluster.own.new_cluster = "begun-by-" + spec.name;
  cluster.own.join = std::move(spec.join);
  cluster.tls = tls_;
  cluster.seen = [members = members_](const auto& seen) {
    *members =
      static_cast<std::size_t>(std::ranges::count_if(seen->members, &MemberState::is_linked));
  };
  cluster_ = spawn_cluster(*system_, std::move(cluster));
  caf::anon_send(
    cluster_,
    PeersListened{
      {FrameKind::log, FrameKind::pair}, system_->spawn(listener, heard_, kept_, cluster_)});
  port_ = *open_cluster_port(*system_, cluster_, {"127.0.0.1", 0});
  caf::anon_send(cluster_, ClusterStart{{"", port_}});
}

LinkNode::~LinkNode() {
  caf::anon_send_exit(cluster_, caf::exit_reason::user_shutdown);
  cluster_ = nullptr;
  threads_.run_on_all([&](std::size_t i) { threads_.unit(i).detach(); });
  system_.reset();
  threads_.stop();
}

ClusterState LinkNode::state() {
  ClusterState state;
  caf::scoped_actor self{*system_};
  self->request(cluster_, long_enough, ClusterRequest{})
    .receive(
      [&](ClusterAnswer& answer) { state = std::move(answer.state); }, [](const caf::error&) {});
  return state;
}

std::string LinkNode::linked() {
  std::string names;
  const auto seen = state();
  for (const auto& member : seen.members)
    if (member.is_linked && member.name != seen.self)
      names += (names.empty() ? "" : " ") + member.name;
  return names;
}

std::string LinkNode::problem() {
  const auto seen = state();
  return seen.unreached.empty() ? "" : seen.unreached.front().problem;
}

void LinkNode::send(const std::string& peer, FrameKind kind, std::string bytes) {
  caf::anon_send(cluster_, PeerSend{peer, kind, std::move(bytes)});
}

bool eventually(const std::function<bool()>& is_so) {
  std::mutex mutex;
  std::condition_variable never;
  std::unique_lock lock{mutex};
  const auto end = std::chrono::steady_clock::now() + long_enough;
  while (!is_so()) {
    if (std::chrono::steady_clock::now() > end) return false;
    never.wait_for(lock, look_every);
  }
  return true;
}

} // namespace gateway
