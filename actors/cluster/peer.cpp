#include "actors/cluster/peer.hpp"

#include <utility>

namespace gateway {

void Peer::begin_life(std::uint64_t epoch) noexcept {
  *this = Peer{times_};
  epoch_ = epoch;
}

bool Peer::hear(const PairMessage& message, bool knows_me, Instant now) noexcept {
  if (knows_me && message.echo > echoed_) echoed_ = message.echo;
  if (message.sent < newest_sent_) return false;
  newest_sent_ = message.sent;
  heard_at_ = now;
  is_lost_ = message.is_lost;
  is_leaving_ = message.is_leaving;
  has_left_ = message.has_left;
  hears_ = message.hears;
  record_ = message.record;
  if (message.echo == 0) is_new_ = true;
  return true;
}

bool Peer::is_fresh(Nanoseconds within, Instant now) const noexcept {
  return heard_at_ && now - *heard_at_ < within && echoed_ > 0
    && now.time_since_epoch().count() - echoed_ < within.count();
}

bool Peer::may_be_given(Instant now) const noexcept {
  return may_broker() && is_fresh(times_.may_be_given, now);
}

bool Peer::tick(Instant now) noexcept {
  const bool was_alive = is_alive();
  if (!is_fresh(times_.alive, now))
    alive_since_.reset();
  else if (!was_alive)
    alive_since_ = now;
  return was_alive != is_alive();
}

bool Peer::is_new() noexcept {
  return std::exchange(is_new_, false);
}

} // namespace gateway
