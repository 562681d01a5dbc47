#pragma once

#include "actors/dashboard/pending_tick.hpp"
#include "actors/dashboard/stream_topics.hpp"
#include "net/base/time.hpp"

#include <cstddef>
#include <map>
#include <set>
#include <string>

namespace gateway {

/// Who listens to the stream, and to what of it. One that leaves is counted for as long as it may
/// come back and go on: what it missed is told as if it had been there.
/// The caller's clock; `now` does not go back.
class Audience {
public:
  static constexpr Milliseconds missed_for{30'000};

  void opened(const StreamTopics& topics);
  void closed(const StreamTopics& topics, Instant now);

  bool is_there() const noexcept { return all_.count > 0; }
  /// Somebody is there, or may come back.
  bool anybody(Instant now) const;
  bool wants_failovers(Instant now) const { return failovers_.is_wanted(now); }
  /// Filters of those with the topic request.
  std::set<std::string> filters(Instant now) const { return names(requests_, now); }
  /// Providers of topics `share:`.
  std::set<std::string> shares(Instant now) const { return names(shares_, now); }
  /// Models and keys of topics.
  PendingTick::First first(Instant now) const { return {names(models_, now), names(keys_, now)}; }

private:
  struct Wish {
    std::size_t count = 0;
    Instant left{}; // when the last one did
    bool is_wanted(Instant now) const noexcept {
      return count > 0 || (left != Instant{} && now - left < missed_for);
    }
  };
  using Wishes = std::map<std::string, Wish>;
  template <class Change>
  void each(const StreamTopics& topics, Change change);
  static std::set<std::string> names(const Wishes& wishes, Instant now);
  static void forget_old(Wishes& wishes, Instant now);

  Wish all_;
  Wish failovers_;
  Wishes requests_; // by filter
  Wishes shares_;
  Wishes models_;
  Wishes keys_;
};

} // namespace gateway
