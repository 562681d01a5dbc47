#pragma once

#include "actors/router/walk.hpp"
#include "actors/runtime/waiting_walks.hpp"
#include "net/base/log.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

namespace gateway {

/// A stop's part in sharing its quotas: carries out the broker's orders, says how its books stand,
/// and keeps walks that lack permits which other nodes have to spare: those are here in some
/// milliseconds. Without a broker nothing of it happens. Thread: the stop's.
class ShareTalk {
public:
  static constexpr Nanoseconds patience = 100ms; // of a call, for all its hops
  static constexpr std::chrono::milliseconds look_every{20};
  static constexpr Nanoseconds between_news = 5ms;

  ShareTalk() = default;
  ShareTalk(BrokerActor broker, std::string stop)
      : broker_(std::move(broker)), stop_(std::move(stop)) {}

  template <class Self>
  void carry_out(
    Self* self, PermitBooks& books, const SharesOrdered& ordered, PermitMemory::Moment now) {
    if (auto done = books.recover(ordered.tales, now); !done) {
      // Unanswered, it stays lost, and nothing of it is used.
      log::error("lost permits not recovered of={} problem={}", stop_, done.error().message);
      return;
    }
    books.carry_out(ordered.orders, now.at);
    number_ = std::max(number_, ordered.number);
    walks_.ask_again(self);
    // Behind those who ask again: what is said is what they left.
    self->send(self, SharesSettled{});
  }

  template <class Self>
  void say(Self* self, PermitBooks& books, Instant now) {
    said_at_ = now;
    self->send(broker_, SharesSaid{stop_, number_, books.said(now)});
  }

  /// A call began to wait: the broker is to know soon.
  template <class Self>
  void tell_news(Self* self, PermitBooks& books, Instant now) {
    if (broker_ && books.has_news() && now - said_at_ >= between_news) say(self, books, now);
  }

  bool may_wait(Walk& walk, Instant now) const noexcept {
    if (!walk.hop_until) walk.hop_until = now + patience;
    return now < *walk.hop_until && !walks_.is_full();
  }

  template <class Self>
  caf::result<RouteAnswer> wait(Self* self, AdmitRequest request) {
    request.walk->has_asked = true;
    if (!std::exchange(looks_, true)) self->delayed_send(self, look_every, HopTick{});
    return walks_.wait(self, std::move(request));
  }

  /// Whoever waits asks again: it may be admitted now, or has waited long enough.
  template <class Self>
  void look(Self* self) {
    looks_ = false;
    walks_.ask_again(self);
  }

private:
  BrokerActor broker_;
  std::string stop_;
  std::uint64_t number_ = 0;
  Instant said_at_{};
  WaitingWalks walks_;
  bool looks_ = false;
};

} // namespace gateway
