#pragma once

#include "net/http/event_loop.hpp"

#include <functional>
#include <utility>

namespace gateway {

/// Rings once at a moment, or soon after it: for few things and exact times. What only has to end
/// some time is a Deadline.
/// Thread: the loop's.
class Timer {
public:
  Timer(EventLoop& loop, std::function<void()> on_ring)
      : loop_(loop), on_ring_(std::move(on_ring)) {}
  ~Timer() { cancel(); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  /// From the loop, at `due` and at no other time that was said before.
  void set(Instant due) {
    cancel();
    place_ = loop_.timers_.emplace(due, this);
    is_set_ = true;
  }
  void cancel() noexcept {
    if (std::exchange(is_set_, false)) loop_.timers_.erase(place_);
  }
  bool is_set() const noexcept { return is_set_; }

private:
  friend class EventLoop;
  void ring() {
    cancel();
    const auto ring = on_ring_; // which may be the end of this
    ring();
  }

  EventLoop& loop_;
  const std::function<void()> on_ring_;
  EventLoop::Timers::iterator place_;
  bool is_set_ = false;
};

} // namespace gateway
