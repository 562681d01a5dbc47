#include "actors/runtime/peer_network.hpp"

#include "actors/runtime/tls_errors.hpp"
#include "actors/runtime/tls_files.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/binary_deserializer.hpp>
#include <caf/io/basp/header.hpp>
#include <caf/io/basp/version.hpp>
#include <caf/io/basp_broker.hpp>
#include <caf/io/middleman.hpp>
#include <caf/io/network/multiplexer.hpp>
#include <caf/openssl/manager.hpp>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <sys/socket.h>
#include <vector>

namespace gateway {
namespace {

// Nodes of another major protocol don't even say hello: this build's messages mean nothing to them.
// The cluster's id is the hello's business: a node that joins knows none yet, and both sides are to
// read why two clusters don't mix.
constexpr const char* application = "gw/1";
constexpr caf::timespan heartbeat_every = Milliseconds{500};
constexpr caf::timespan silent_most = Milliseconds{2'000};

// CAF makes the id of a process from the machine's MAC addresses and the process' number, which are
// the same in two containers more often than not; such two can't talk to each other. Nothing of it
// is used before the modules are started, after all of them were initialized.
class OwnProcessId final : public caf::actor_system::module {
public:
  explicit OwnProcessId(caf::actor_system& system) : system_(system) {}

  void init(caf::actor_system_config&) override {
    std::random_device chance;
    caf::node_id::default_data::host_id_type bytes;
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(chance());
    // The system is no constant; CAF has no other door to this member.
    const_cast<caf::node_id&>(system_.node()) =
      caf::make_node_id(static_cast<std::uint32_t>(chance()), bytes);
  }
  void start() override {}
  void stop() override {}
  // The last one to be initialized, after the network layer has made its id. CAF 0.17 ships no
  // module of this kind.
  id_t id() const override { return network_manager; }
  void* subtype_ptr() override { return this; }

private:
  caf::actor_system& system_;
};

// Runs `work` with CAF's broker on the one thread that may touch it.
template <class Work>
void on_network_thread(caf::actor_system& system, Work work) {
  auto& network = system.middleman();
  const auto broker = network.named_broker<caf::io::basp_broker>(caf::atom("BASP"));
  network.backend().post([broker, work = std::move(work)]() mutable {
    auto* basp = dynamic_cast<caf::io::basp_broker*>(caf::actor_cast<caf::abstract_actor*>(broker));
    if (basp != nullptr && !basp->getf(caf::abstract_actor::is_terminated_flag)) work(*basp);
  });
}

// CAF's own way of closing waits until all is sent and the other side has closed as well, which one
// that is silent or hostile never does. Nothing of it counts from here on; CAF clears up when it
// sees that the socket is shut.
void cut(caf::io::basp_broker& basp, caf::io::connection_handle connection) {
  basp.connection_cleanup(connection, caf::sec::connection_timeout);
  ::shutdown(static_cast<int>(connection.id()), SHUT_RDWR);
}

Failed foreign(std::string_view what) {
  return fail(ErrorKind::upstream_invalid_response, std::string{what});
}

} // namespace

void speak_to_peers(caf::actor_system_config& config, const PeerTls& tls) {
  keep_tls_errors_apart();
  know_certificates_by_name();
  config.set("openssl.certificate", tls.name());
  config.set("openssl.key", tls.name());
  config.set("middleman.heartbeat-interval", heartbeat_every);
  config.set("middleman.connection-timeout", silent_most);
  config.set("middleman.app-identifiers", std::vector<std::string>{application});
  config.load<caf::io::middleman>().load<caf::openssl::manager>();
  config.module_factories.push_back([](caf::actor_system& system) -> caf::actor_system::module* {
    return new OwnProcessId(system);
  });
}

Result<caf::node_id> process_behind(caf::actor_system& system, std::string_view said) {
  using namespace caf::io::basp;
  const std::vector<char> bytes(said.begin(), said.end());
  caf::binary_deserializer source{system, bytes};
  header head;
  if (source(head) || head.operation != message_type::server_handshake)
    return foreign("is no cluster port of an LLM gateway");
  if (head.operation_data != version)
    return foreign("speaks another version of the network protocol: is it of another release?");
  caf::node_id process;
  std::vector<std::string> applications;
  caf::actor_id actor = 0;
  std::set<std::string> signatures;
  if (source(process, applications, actor, signatures) || !process)
    return foreign("is no cluster port of an LLM gateway");
  if (std::ranges::find(applications, application) == applications.end())
    return foreign(
      "speaks another cluster protocol (" + (applications.empty() ? "none" : applications.front())
      + ", not " + application + "): upgrade the older node");
  return process;
}

void drop_connection(caf::actor_system& system, const caf::node_id& process) {
  on_network_thread(system, [process](caf::io::basp_broker& basp) {
    // Two nodes that connect to each other at once have two.
    while (const auto connection = basp.instance.tbl().lookup_direct(process))
      cut(basp, *connection);
  });
}

void be_patient_with_new_connections(caf::actor_system& system) {
  on_network_thread(system, [](caf::io::basp_broker& basp) {
    for (auto& [handle, context] : basp.ctx)
      if (context.last_seen == caf::actor_clock::time_point{})
        context.last_seen = basp.clock().now();
  });
}

struct StrangerWatch::Seen {
  // In the order of their coming: handles are descriptors, which are used again.
  std::map<caf::io::connection_handle, Instant> since;
};

StrangerWatch::StrangerWatch() : seen_(std::make_shared<Seen>()) {}
StrangerWatch::~StrangerWatch() = default;

void StrangerWatch::close_overdue(caf::actor_system& system) {
  on_network_thread(system, [seen = seen_](caf::io::basp_broker& basp) {
    const auto now = BootClock::now();
    std::map<caf::io::connection_handle, Instant> strangers;
    for (const auto& connection : basp.connections()) {
      if (basp.instance.tbl().lookup_direct(connection)) continue;
      const auto known = seen->since.find(connection);
      strangers.emplace(connection, known == seen->since.end() ? now : known->second);
    }
    std::vector<std::pair<Instant, caf::io::connection_handle>> oldest;
    for (const auto& [connection, since] : strangers) oldest.emplace_back(since, connection);
    std::ranges::sort(oldest);
    std::size_t left = oldest.size();
    for (const auto& [since, connection] : oldest) {
      if (now - since < patience && left <= strangers_max) break;
      cut(basp, connection);
      strangers.erase(connection);
      --left;
    }
    seen->since = std::move(strangers);
  });
}

} // namespace gateway
