#pragma once

#include "actors/cluster/pair_message.hpp"
#include "net/base/time.hpp"

#include <cstdint>
#include <optional>

namespace gateway {

/// How often nodes speak and when they count as gone. Durations of one clock: none crosses a node.
struct SharingTimes {
  Nanoseconds ping = 400ms;
  Nanoseconds alive = 2s;         // heard and echoed within
  Nanoseconds may_be_given = 1s;  // the same, for permits: what is on its way to the dead is lost
  Nanoseconds broker_proves = 2s; // a lower number lives for so long before it is followed
  Nanoseconds gap = 250ms;        // between two messages to one, where nobody waits
  Nanoseconds urgent_gap = 20ms;  // where somebody does, a few times in a row
  Nanoseconds full_pass = 60s;    // everything is said again
  Nanoseconds pause = 60s;        // a thread stops for no longer between looking and writing (A4)
};

/// Another member as this node hears it.
class Peer {
public:
  explicit Peer(const SharingTimes& times) noexcept : times_(times) {}

  /// A life of it that is newer than what was known: nothing of the older one counts.
  void begin_life(std::uint64_t epoch) noexcept;
  /// Its epoch is the one known, and it knows mine, if `knows_me`. False: it was overtaken by a
  /// newer one; only its counters count.
  bool hear(const PairMessage& message, bool knows_me, Instant now) noexcept;
  /// Follows who is alive. True: it has just come or gone.
  bool tick(Instant now) noexcept;

  bool is_alive() const noexcept { return alive_since_.has_value(); }
  std::optional<Instant> alive_since() const noexcept { return alive_since_; }
  bool may_broker() const noexcept { return is_alive() && !is_lost_ && !is_leaving_; }
  bool may_be_given(Instant now) const noexcept;
  bool is_leaving() const noexcept { return is_leaving_; }
  bool has_left() const noexcept { return has_left_; }
  bool hears(std::uint32_t member) const noexcept { return hears_.contains(member); }

  std::uint64_t epoch() const noexcept { return epoch_; }
  /// The version of the record that is in force there; 0: this life of it did not say.
  std::uint64_t record() const noexcept { return record_; }
  std::int64_t newest_sent() const noexcept { return newest_sent_; }
  /// My newest message that it has surely heard, by its `sent`; 0: none in this life of mine.
  std::int64_t echoed() const noexcept { return echoed_; }
  /// It does not remember me any more: it was started anew, or I was.
  bool is_new() noexcept;

private:
  bool is_fresh(Nanoseconds within, Instant now) const noexcept;

  SharingTimes times_;
  std::uint64_t epoch_ = 0;
  std::uint64_t record_ = 0;
  std::int64_t newest_sent_ = 0;
  std::int64_t echoed_ = 0;
  std::optional<Instant> heard_at_;
  std::optional<Instant> alive_since_;
  bool is_lost_ = false;
  bool is_leaving_ = false;
  bool has_left_ = false;
  bool is_new_ = true;
  std::set<std::uint32_t> hears_;
};

} // namespace gateway
