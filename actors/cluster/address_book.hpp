#pragma once

#include "actors/cluster/hello.hpp"
#include "actors/cluster/peer_address.hpp"
#include "net/base/time.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace gateway {

/// Where other nodes may be, and when to try whom: of the addresses that a person gave (a name may
/// stand for many), and of all that members tell of each other. Knows no socket and no clock.
/// A place is tried until it is linked, with growing pauses; one that nobody speaks of any more is
/// forgotten.
class AddressBook {
public:
  static constexpr std::size_t places_max = 512;
  static constexpr std::size_t dials_max = 16; // at a time
  static constexpr Milliseconds pause_least{100};
  static constexpr Milliseconds pause_most{5'000};
  static constexpr Milliseconds resolved_again{5'000};
  static constexpr std::chrono::minutes kept_for{10};

  /// `self`: this node's name. `join`: as given, names unresolved. `seed`: of the jitter.
  AddressBook(std::string self, std::vector<PeerAddress> join, std::uint64_t seed);

  // -- what is found out --

  /// What a name given stands for at this moment.
  void resolved(const PeerAddress& name, const std::vector<PeerAddress>& found, Instant now);
  /// True: that is news.
  bool not_resolved(const PeerAddress& name, std::string why, Instant now);
  /// By a member that is linked: of those that it is linked with itself.
  void told(const std::vector<KnownMember>& members, Instant now);
  void is_ourselves(const PeerAddress& place);
  /// This place is of a member that is linked.
  void belongs_to(const PeerAddress& place, const std::string& name);
  /// True: that is news, the last try went another way.
  bool failed(const PeerAddress& place, std::string why, Instant now);
  /// It answered, and does not want to talk, or must not: not soon again. True: as above.
  bool refused(const PeerAddress& place, std::string why, Instant now);
  /// `dialled`: the place that led there, if this node began.
  void linked(
    const std::string& name,
    const PeerAddress& address,
    const std::optional<PeerAddress>& dialled,
    Instant now);
  void unlinked(const std::string& name, Instant now);
  /// Nobody has that name any more; a place that a person gave is looked at on.
  void removed(const std::string& name, Instant now);

  // -- what follows --

  struct Due {
    std::vector<PeerAddress> names;  // to be resolved
    std::vector<PeerAddress> places; // to be dialled
  };
  /// Each is under way then, until its outcome is told.
  Due take_due(Instant now);

  /// Who is linked, for others to know.
  std::vector<KnownMember> linked_members() const;

  struct Place {
    PeerAddress address;
    std::string name;    // of the member last met there; empty: never
    std::string problem; // of the last try; empty: none yet, or it is under way for the first time
  };
  /// Places that were tried in vain, and names that stand for nothing.
  std::vector<Place> out_of_reach() const;
  /// Distinct places that a person gave, this node's own not counted.
  std::size_t places_given() const;
  bool is_every_name_resolved() const;
  /// Members that are linked, or told of.
  std::set<std::string> names() const;

private:
  struct Entry {
    std::string name;
    std::string problem;
    bool is_given = false;
    bool is_ours = false;
    bool is_under_way = false;
    int failures = 0;
    Instant next_try{};
    Instant spoken_of{};
  };
  struct Name {
    std::string problem;
    bool is_under_way = false;
    Instant next_try{};
    std::vector<PeerAddress> found;
  };

  Entry* entry_for(const PeerAddress& place, Instant now);
  bool is_linked(const Entry& entry) const { return linked_.contains(entry.name); }
  Nanoseconds pause(int failures);
  bool put_off(const PeerAddress& place, std::string why, Instant now, int failures);
  void forget(Instant now);

  std::string self_;
  std::map<PeerAddress, Name> names_;
  std::map<PeerAddress, Entry> places_;
  std::map<std::string, PeerAddress> linked_; // by name, where it is reached
  std::mt19937_64 chance_;
};

} // namespace gateway
