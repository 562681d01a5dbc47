#pragma once

#include "actors/quota/permit_layout.hpp"
#include "net/base/result.hpp"
#include "net/base/time.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// What one member is to another, in every message: whose life it is, and of whose life it knows.
struct Lives {
  std::uint64_t epoch = 0;      // of the sender
  std::uint64_t your_epoch = 0; // of the receiver, as the sender has seen it; 0: never

  friend bool operator==(const Lives&, const Lives&) = default;
};

/// What one node says to another of the quotas they share, all in one: counters, reports to a
/// broker, targets from it; it is the ping too. State, never a difference: it may be lost, come
/// twice, late or in another order. One message may leave entries out; what it has is whole.
struct PairMessage {
  static constexpr std::uint8_t version = 2;
  static constexpr std::size_t bytes_max = 64 * 1024;
  static constexpr std::size_t entries_max = 900;
  static constexpr std::size_t needs_max = 16;

  /// How much the sender needs: what it says to its broker, for its own clients too.
  struct Report {
    std::int64_t hold = 0; // lies at the sender, its pool too, or on the way from it to its clients
    std::int64_t want = 0; // waiting, and not covered by what is idle there
    std::int64_t demand = 0;         // what it would have out if nothing was scarce
    std::int64_t owed = 0;           // of a limit that was lowered, or overrun
    std::vector<std::int64_t> needs; // costs of what waits, first come first; small limits only

    friend bool operator==(const Report&, const Report&) = default;
  };
  /// What the broker says to its client.
  struct Target {
    std::int64_t hold = 0;
    bool is_contended = false; // somebody waits
    bool is_bound = false;     // somebody owes: until that is paid, no more than `hold` may be out

    friend bool operator==(const Target&, const Target&) = default;
  };
  struct Entry {
    std::uint32_t quota = 0;
    std::int64_t given = 0;    // ever, by the sender to the receiver
    std::int64_t received = 0; // ever, by the sender from the receiver
    Milliseconds wait{0};      // what is new in `given` cools for so long
    std::optional<Report> report;
    std::optional<Target> target;

    friend bool operator==(const Entry&, const Entry&) = default;
  };

  Lives lives;
  std::int64_t sent = 0; // the sender's boot clock, ns; grows with every message
  std::int64_t echo = 0; // the newest `sent` of the receiver's that was heard in this life
  /// The version of the cluster's record in force at the sender, once no stop there takes of a
  /// quota that it says is removed without taking of what took its place.
  std::uint64_t record = 0;
  bool is_lost = false;          // the sender's book; then there are no entries
  bool is_leaving = false;       // the sender wants nothing any more
  bool has_left = false;         // and has nothing: this life of it moves nothing from here on
  std::set<std::uint32_t> hears; // members that are alive to the sender, and itself
  std::vector<Entry> entries;

  friend bool operator==(const PairMessage&, const PairMessage&) = default;
};

/// At most `bytes_max`, if there are no more than `entries_max`.
std::string encode(const PairMessage& message);
/// Errors: invalid_value, for what `encode` never makes.
Result<PairMessage> decode_pair_message(std::string_view bytes);

} // namespace gateway
