#pragma once

#include "actors/cluster/address_book.hpp"
#include "actors/cluster/cluster_record.hpp"
#include "actors/cluster/cluster_state.hpp"
#include "actors/cluster/formation.hpp"
#include "actors/cluster/hello.hpp"
#include "actors/cluster/peers_own.hpp"
#include "net/base/time.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace gateway {

/// Everything that one node decides about its links: whom to dial, who may come in, which of two
/// links stays, and what cluster it belongs to. A driver (the cluster's actor) puts in what happens
/// and carries out what follows. Knows no actor, no socket and no clock. Thread: one.
class Peers {
public:
  using Own = PeersOwn;
  struct Moment {
    Instant now{};
    WallTime wall{};
  };
  using Link = std::uint64_t; // its number; never used again, and never 0

  explicit Peers(Own own);

  /// The cluster port listens; others reach it there.
  void listens_at(PeerAddress address) { own_.hello.address = std::move(address); }
  void runs_version(std::uint64_t config_version);
  /// It leaves the cluster, and says so.
  void leaves();
  /// Who is a member, this node as number `self`. Of whoever was one and is none nobody comes in.
  void follow(const ClusterRecord& record, std::uint32_t self, Instant now);

  /// What BeginCluster asked for is done, and kept.
  void began();

  // -- the life of a link --

  Link begin(const PeerAddress& place);
  using Verdict = PlaceChoice;
  /// Behind the place of a link is this process.
  Verdict found(Link link, const std::string& process);
  /// It says that it is this; nothing is wrong with that if nothing comes back.
  std::optional<LinkRefusal> greeted(Link link, Hello hello, Moment at);
  struct Admission {
    Link link = 0; // 0: it is refused
    Greeting greeting;
  };
  /// Somebody came. `seen`: the host that it came from.
  Admission admit(Hello hello, const std::string& process, const std::string& seen, Moment at);
  void up(Link link, Moment at);
  void measured(Link link, Nanoseconds round_trip, std::uint64_t dropped, WallTime wall);
  /// A member says how it is now.
  void told(Link link, Hello hello, Moment at);
  /// `was_refused`: by either side, so that it is not worth trying again at once.
  void ended(Link link, const std::string& why, bool was_refused, Moment at);

  void resolved(const PeerAddress& name, const std::vector<PeerAddress>& found, Instant now);
  void not_resolved(const PeerAddress& name, const std::string& why, Instant now);

  // -- what follows --

  AddressBook::Due tick(Instant now);
  struct EndLink {
    Link link = 0;
    std::string why;
  };
  struct IsUp { // or it begins to leave
    Hello hello;
  };
  struct IsDown {
    std::string peer;
    bool for_good = false; // it was removed from the cluster
  };
  /// This node is to begin a cluster: `began` says when it has. Nobody hears of it before.
  struct BeginCluster {
    std::string cluster;
  };
  struct KeepCluster {
    std::string cluster;
  };
  struct TellAll {}; // own() is news to all
  struct IsRemoved { // this node is: its cluster was recovered without it, as that one
    std::string cluster;
  };
  using Event = std::variant<EndLink, IsUp, IsDown, BeginCluster, KeepCluster, TellAll, IsRemoved>;
  /// In the order to be carried out.
  std::vector<Event> take_events();

  // -- what there is to know --

  Hello own() const;
  std::optional<Link> link_of(const std::string& peer) const;
  /// Empty: it is not up.
  std::string peer_of(Link link) const;
  std::vector<Link> up_links() const;
  std::vector<Hello> linked() const;
  ClusterState state(WallTime wall) const;

private:
  struct Entry {
    std::optional<PeerAddress> place; // that was dialled; none: the peer began
    std::string process;              // once it is known
    std::optional<Hello> hello;       // once it was found good
    bool is_up = false;
    WallTime since{};
    WallTime heard_at{};
    std::optional<Nanoseconds> round_trip;
    std::uint64_t dropped = 0;
    std::optional<Instant> ends_at; // it left, and has yet to hear that it has
  };
  using Entries = std::map<Link, Entry>;

  static MemberState state_of(const Entry& entry);
  std::vector<LinkedLife> lives(Link but) const;
  void replace(const std::string& id, Link but, Moment at);
  void remove(Entries::iterator which, const std::string& why, Instant now);
  void take_cluster(const std::string& cluster);
  void forget(const std::string& name, Instant now);
  void part_ways(Link link, const Entry& entry);
  void log_refusal(const Hello& hello, const LinkRefusal& refusal);
  bool was_removed(const Hello& hello) const;
  Judgement judge_hello(const Hello& hello, Link link, bool began) const;

  Own own_;
  AddressBook book_;
  Formation formation_;
  bool is_beginning_ = false;
  Entries links_;
  Link links_made_ = 0;
  std::map<std::string, MemberState> gone_;      // were linked in this life, and are not
  std::map<std::uint32_t, std::string> members_; // names, as the record has them
  std::uint32_t members_known_ = 0;              // ClusterRecord::known
  std::map<std::string, std::string> refused_;   // by name: what was last logged of it
  std::vector<Event> events_;
};

} // namespace gateway
