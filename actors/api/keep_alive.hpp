#pragma once

#include "net/base/co.hpp"
#include "net/http/exchange.hpp"

#include <coroutine>
#include <utility>

namespace gateway {

/// Sends a comment into an open event stream whenever nothing else was sent for a while, so that
/// proxies between us and the client do not think it dead. Before anything else is written, await
/// `quiet()`: two writes must not meet.
/// Thread: the exchange's.
class KeepAlive {
public:
  static constexpr std::chrono::seconds pause{15};

  explicit KeepAlive(Exchange& exchange)
      : exchange_(exchange),
        deadline_([](void* self) noexcept { static_cast<KeepAlive*>(self)->speak(); }, this) {}

  /// Starts the pause anew; to be called after each write.
  void wrote() { exchange_.thread().deadlines().arm_after(deadline_, pause); }
  void stop() noexcept { deadline_.disarm(); }

  struct Quiet {
    KeepAlive& keep_alive;
    bool await_ready() const noexcept { return !keep_alive.writing_; }
    void await_suspend(std::coroutine_handle<> waiting) noexcept { keep_alive.waiting_ = waiting; }
    void await_resume() const noexcept {}
  };
  Quiet quiet() noexcept { return {*this}; }

private:
  void speak() noexcept {
    if (!std::exchange(writing_, true)) start(write());
  }

  Co<void> write() {
    // A client that has gone is noticed by whoever writes next.
    [[maybe_unused]] const auto written = co_await exchange_.write(": keep-alive\n\n");
    writing_ = false;
    if (waiting_) {
      std::exchange(waiting_, nullptr).resume();
      co_return; // the stream may have ended, and this object with it
    }
    wrote();
  }

  Exchange& exchange_;
  Deadline deadline_;
  bool writing_ = false;
  std::coroutine_handle<> waiting_;
};

} // namespace gateway
