#pragma once

#include "net/base/time.hpp"

#include <cstdint>
#include <vector>

/// A book in a cluster: the part of a quota's permits that lies at this node, what was ever given
/// to and received from each other member, and what may be asked of it. The owner of the quota
/// carries out orders and says how the book stands then; who gives what to whom is decided in
/// actors/cluster.
namespace gateway {

/// Where permits lie that are not out: usable here, or here for others.
enum class Part : std::uint8_t { own, pool };

/// What two members ever gave each other of one quota, as this one's book has it.
struct PairCounters {
  std::uint32_t member = 0;
  std::int64_t given = 0;
  std::int64_t received = 0;
  /// What was given last cools until then, wherever it lies; none: it was usable.
  Instant given_until{};

  friend bool operator==(const PairCounters&, const PairCounters&) = default;
};

/// Of a book that was lost: what the others say of it.
struct ToldShare {
  std::vector<PairCounters> pairs; // what each has ever given to it, and received from it
  Instant used_by{};               // by then all that its older lives sent was written
  /// What is left of it comes from older lives of this node alone, whose journal tells by when.
  bool is_in_journal = false;
};

/// One quota's book as it stands, for the broker.
struct ShareState {
  std::uint64_t answers = 0; // the newest batch of orders that was carried out; 0: none
  std::uint64_t version = 0; // of the entry of the cluster record that is in force here
  std::int64_t init = 0;
  std::int64_t hold = 0; // init + Σ received − Σ given; below 0 where a limit was lowered
  std::int64_t idle = 0;
  std::int64_t pool = 0;
  std::int64_t cooling = 0;
  std::int64_t in_flight = 0;
  std::int64_t owed = 0;
  std::vector<PairCounters> pairs; // of members that count
};

/// What a quota's calls need here, as its owner sees it.
struct ShareDemand {
  std::int64_t waiting = 0;        // cost of the calls that wait
  std::vector<std::int64_t> needs; // of the first of them, each; at most PairMessage::needs_max
  std::int64_t steady = 0;         // what would be out if nothing was scarce
  std::int64_t soon = 0;           // what is used in half a second
  std::int64_t typical = 1;        // what a dear call costs
};

/// One move. Each is safe whenever it is carried out, and as often: a book gives only what it has.
struct ShareOrder {
  enum class Kind : std::uint8_t {
    give,         // up to `amount` of `part` to `member`
    give_cooling, // the part of what cools that is due next, to `member`
    receive,      // `member` has ever given `amount`: what is new goes to `part`
    move,         // up to `amount` to `part` from the other one
    hold_back,    // from now on no more than `amount` may be out; below 0: as much as there is
  };
  Kind kind = Kind::move;
  Part part = Part::own;
  std::uint32_t member = 0;
  std::int64_t amount = 0;
  std::int64_t acknowledged = 0; // give, give_cooling: what the member has ever received
  Nanoseconds wait{0};           // receive: it cools for so long first

  friend bool operator==(const ShareOrder&, const ShareOrder&) = default;
};

} // namespace gateway
