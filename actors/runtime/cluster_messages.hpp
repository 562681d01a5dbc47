#pragma once

#include "actors/cluster/cluster_record.hpp"
#include "actors/cluster/cluster_state.hpp"
#include "actors/cluster/document_state.hpp"
#include "actors/cluster/hello.hpp"
#include "actors/cluster/link_flow.hpp"
#include "actors/cluster/membership.hpp"
#include "actors/cluster/peer_questions.hpp"
#include "actors/cluster/peers_own.hpp"
#include "net/base/result.hpp"

#include <caf/actor.hpp>
#include <caf/meta/type_name.hpp>
#include <caf/node_id.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

/// What is said about other nodes, and the three messages that are said to them. Who understands it
/// stands in messages.hpp.
namespace gateway {

// --- what crosses nodes: bytes, whose layout is this executable's own business ---
// The number in a name is its layout's version: where a field differs, CAF reads a part and says
// nothing, but a type that it does not know never arrives.

/// link → link server of another node: who I am, and where my end of the link is.
struct HelloRequest1 {
  std::string hello; // hello.hpp
  caf::actor link;
};
/// link server → link.
struct HelloAnswer1 {
  std::string greeting; // hello.hpp
  caf::actor link;      // none where it is a refusal
};
/// link → link.
struct LinkFrame1 {
  std::uint8_t kind = 0; // FrameKind
  std::uint64_t number = 0;
  std::string bytes;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, HelloRequest1& m) {
  return f(caf::meta::type_name("HelloRequest1"), m.hello, m.link);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, HelloAnswer1& m) {
  return f(caf::meta::type_name("HelloAnswer1"), m.greeting, m.link);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, LinkFrame1& m) {
  return f(caf::meta::type_name("LinkFrame1"), m.kind, m.number, m.bytes);
}

// --- the transport: what the rest of a node says and hears ---

/// anybody → cluster: to this member. Lost where it is not linked, where there is no room, or on
/// the way; of state (link_flow.hpp) only the newest counts.
struct PeerSend {
  std::string peer;
  FrameKind kind = FrameKind::pair;
  std::string bytes; // at most frame_bytes_max
};
/// cluster → listener: this member is there, in a new life or again.
struct PeerUp {
  Hello hello;
};
/// cluster → listener: nothing comes from it any more.
struct PeerDown {
  std::string peer;
  bool for_good = false; // it was removed from the cluster
};
/// cluster → listener.
struct PeerHeard {
  std::string peer;
  FrameKind kind = FrameKind::pair;
  std::string bytes;
};

/// cluster → listener: this node belongs to that cluster from now on. `is_begun`: it is the one
/// that begins it, and says ClusterBegun when there is something to belong to.
struct ClusterTaken {
  std::string cluster;
  bool is_begun = false;
};
/// document log → cluster.
struct ClusterBegun {};

/// api or dashboard → cluster: who is there?
struct ClusterRequest {};
struct ClusterAnswer {
  ClusterState state;
};

// --- questions to other nodes ---

/// anybody → questions: ask these members.
struct PeersAsk {
  PeerTopic topic{};
  std::map<std::string, std::string> questions; // by peer
  Milliseconds patience{1'000};
};
struct PeersTold {
  std::map<std::string, std::string> answers; // by peer; who is missing did not answer in time
};
/// questions → answerer: a member asks.
struct PeerQuestion {
  PeerTopic topic{};
  std::string question;
};
struct PeerAnswer {
  std::optional<std::string> answer; // none: it can't be answered, and is not
};
/// questions → itself.
struct QuestionTick {};

// --- what the cluster agrees on ---

/// config → document log: may this become the next version? Asked of whoever leads, at any node.
struct AgreeRequest {
  std::uint64_t base = 0;                   // the version it was made of
  VersionNote note;                         // without its version
  std::string text;                         // the whole document
  std::shared_ptr<const Document> document; // the same, as it is read here
};
struct AgreeAnswer {
  /// None: no majority of the voters was found in time. It may still come to count.
  std::optional<EntryOutcome> outcome;
};
/// config → document log: what the version in force says of the cluster.
struct ClusterSettingsInForce {
  std::set<std::string> voters; // empty: it names nobody
  std::optional<Milliseconds> write_off;
};
/// document log → config: this node leads a cluster that has no document yet.
struct DocumentWanted {};
/// document log → config: this version is in force in the cluster.
struct DocumentAgreed {
  VersionNote note;
  std::string text;
  bool is_first = false; // of the cluster that this node has just joined
};
/// document log → itself.
struct DocumentLogTick {};

// --- who goes ---

/// node → document log: this node stops. Answered when nobody needs it any more: another one leads,
/// and where it leaves it is no member; or when that can't come. Perhaps never: the node has a
/// deadline.
struct NodeStopsRequest {
  bool leaves = false;
};
struct NodeStopsAnswer {
  bool is_out = false; // of the cluster
};
/// document log → cluster, broker: this node leaves the cluster.
struct NodeLeaves {};
/// broker → document log: this is to be agreed on: who goes, or what nobody needs any more.
struct RecordProposed {
  ClusterEntry entry;
};
/// link → cluster → document log, and broker → document log: this node was removed, say others.
struct RemovalHeard {
  std::string cluster; // the one that went on without it; empty: its own
};
/// api → broker: this node is off for good, says an operator. The same request again is none.
struct WriteOffRequest {
  std::string node; // its name
  std::string key;  // of the request; empty: it has none
};
struct WriteOffAnswer {
  enum class Verdict : std::uint8_t {
    under_way,  // the others are asked, or what it used last is waited for
    done,       // it is no member any more
    no_cluster, // this node shares nothing with anybody
    unknown,    // there is no such member
    itself,     // it can't be said by the node itself
    alive,      // it answers
  };
  Verdict verdict = Verdict::under_way;
  std::vector<std::string> waits_for; // members that have not closed it yet
  Milliseconds ready_in{0};           // then its removal is proposed, if nobody is waited for
  bool is_new = false;                // it was begun by this request
};

// --- between the cluster and its links ---

/// node → cluster: the cluster port listens, others reach it there.
struct ClusterStart {
  PeerAddress address;
};
/// node → cluster: this version of the document is in force.
struct ClusterVersion {
  std::uint64_t version = 0;
};
/// link server → cluster: may this one come in? `seen`: the host it comes from.
struct GreetRequest {
  Hello hello;
  caf::actor link;
  std::string seen;
};
struct GreetAnswer {
  Greeting greeting;
  caf::actor link; // this node's end; none where it is a refusal
};
/// link → cluster: behind the address you gave me is this process. What now?
struct PlaceFound {
  std::uint64_t link = 0;
  caf::node_id process;
};
struct PlaceVerdict {
  PlaceChoice choice = PlaceChoice::leave;
  Hello own; // to say there
};
/// link → cluster: it said who it is; nothing is said on the link before the answer.
struct GreetingHeard {
  std::uint64_t link = 0;
  Hello hello;
  caf::node_id process;
};
struct GreetingVerdict {
  std::optional<LinkRefusal> refusal;
};
/// link → cluster: frames come and go.
struct LinkUp {
  std::uint64_t link = 0;
};
/// link → cluster: it is over, or came to nothing.
struct LinkEnded {
  std::uint64_t link = 0;
  std::string why;
  bool was_refused = false; // by either side: not to be tried again at once
};
/// link → cluster.
struct LinkHeard {
  std::uint64_t link = 0;
  FrameKind kind = FrameKind::member;
  std::string bytes;
};
struct LinkMeasured {
  std::uint64_t link = 0;
  Nanoseconds round_trip{0};
  std::uint64_t dropped = 0;
};
/// cluster → link: to the other side.
struct LinkSend {
  FrameKind kind = FrameKind::member;
  std::string bytes;
};
/// cluster → link: another one takes its place, or the node stops.
struct LinkEnd {
  std::string why;
};
/// cluster, link, link server → itself.
struct ClusterTick {};
struct LinkTick {
  enum class For : std::uint8_t { turn, connection, talk };
  For what = For::talk;
};
struct PortTick {};

/// cluster → look: what does this name stand for?
struct ResolveRequest {
  PeerAddress name;
};
struct ResolveAnswer {
  Result<std::vector<PeerAddress>> found = fail(ErrorKind::internal, "");
};
/// link → look: is somebody there?
struct ProbeRequest {
  PeerAddress place;
};
struct ProbeAnswer {
  struct Found {
    std::string address; // an IP address of the place
    std::string said;    // BASP's server handshake
  };
  Result<Found> found = fail(ErrorKind::internal, "");
};

} // namespace gateway
