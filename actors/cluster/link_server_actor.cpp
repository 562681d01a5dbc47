#include "actors/runtime/cast.hpp"
#include "actors/runtime/peer_network.hpp"
#include "net/base/log.hpp"

#include <caf/io/middleman_actor.hpp>
#include <caf/openssl/manager.hpp>
#include <caf/openssl/publish.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <utility>

namespace gateway {
namespace link_server_actor {
namespace {

constexpr std::chrono::seconds answer_max{2};
constexpr Milliseconds look_for_strangers_every{500};
// Hellos that are answered at this moment; a peer says one at a time.
constexpr std::size_t hellos_max = 256;

struct LinkServer {
  LinkServer() = default;
  static inline const char* name = "link_server";

  ClusterActor cluster;
  StrangerWatch strangers;
  std::size_t hellos = 0;
};

using Self = LinkServerActor::stateful_pointer<LinkServer>;
using Promise = caf::typed_response_promise<HelloAnswer1>;

// A port that listens on IPv6 sees addresses of IPv4 in this form.
std::string plain(const std::string& host) {
  constexpr std::string_view mapped = "::ffff:";
  return host.starts_with(mapped) ? host.substr(mapped.size()) : host;
}

void deliver(Self self, Promise promise, const Greeting& greeting, caf::actor link) {
  --self->state.hellos;
  promise.deliver(HelloAnswer1{encode(greeting), std::move(link)});
}

void refuse(Self self, Promise promise, std::string why) {
  deliver(
    self, std::move(promise), LinkRefusal{LinkRefusal::Reason::malformed, std::move(why)}, {});
}

void greet(Self self, const Promise& promise, GreetRequest request) {
  self->request(self->state.cluster, answer_max, std::move(request))
    .then(
      [self, promise](GreetAnswer& answer) {
        deliver(self, promise, answer.greeting, std::move(answer.link));
      },
      [self, promise](const caf::error&) { refuse(self, promise, "This node stops."); });
}

caf::result<HelloAnswer1> hear_hello(Self self, HelloRequest1& request) {
  auto promise = self->make_response_promise<HelloAnswer1>();
  ++self->state.hellos;
  auto hello = decode_hello(request.hello);
  if (!hello || !request.link || request.link.node() == self->system().node()) {
    refuse(self, promise, "A hello that no node says.");
    return promise;
  }
  if (self->state.hellos > hellos_max) {
    refuse(self, promise, "Too many nodes say hello at once.");
    return promise;
  }
  // Only the network layer knows where it comes from.
  const auto process = request.link.node();
  GreetRequest greeting{*std::move(hello), std::move(request.link), ""};
  self
    ->request(self->system().openssl_manager().actor_handle(), answer_max, caf::get_atom_v, process)
    .then(
      [self, promise, greeting](const caf::node_id&, const std::string& host, std::uint16_t) {
        auto seen = greeting;
        seen.seen = plain(host);
        greet(self, promise, std::move(seen));
      },
      [self, promise, greeting](const caf::error&) { greet(self, promise, greeting); });
  return promise;
}

LinkServerActor::behavior_type link_server(Self self, const ClusterActor& cluster) {
  self->state.cluster = cluster;
  self->link_to(cluster);
  self->set_default_handler(caf::drop);
  self->send(self, PortTick{});
  return {
    [self](HelloRequest1& request) { return hear_hello(self, request); },
    [self](PortTick) {
      self->state.strangers.close_overdue(self->system());
      self->delayed_send(self, look_for_strangers_every, PortTick{});
    },
  };
}

} // namespace
} // namespace link_server_actor

Result<std::uint16_t> open_cluster_port(
  caf::actor_system& system, const ClusterActor& cluster, const PeerAddress& listen) {
  const auto server = system.spawn(link_server_actor::link_server, cluster);
  const auto port = caf::openssl::publish(server, listen.port, listen.host.c_str(), true);
  if (port) return *port;
  caf::anon_send_exit(server, caf::exit_reason::user_shutdown);
  return fail(
    ErrorKind::invalid_value,
    "--cluster-listen " + text_of(listen)
      + " can't be listened on: is the address this machine's, and the port free?");
}

} // namespace gateway
