#include "net/demo/pause.hpp"

#include <coroutine>

namespace gateway {

void DemoPauses::end_all() noexcept {
  ended_ = true;
  for (auto* pause : pauses_) pause->end();
}

DemoPause::DemoPause(DemoPauses& pauses, Exchange& exchange)
    : pauses_(pauses), timer_(exchange.thread().loop(), [this] { waiting_.resume(); }),
      watch_(
        exchange.thread(),
        exchange.socket(),
        [](void* self) noexcept { static_cast<DemoPause*>(self)->end(); },
        this),
      ended_(pauses.ended_) {
  pauses_.pauses_.insert(this);
}

DemoPause::~DemoPause() {
  pauses_.pauses_.erase(this);
}

void DemoPause::end() noexcept {
  ended_ = true;
  if (timer_.is_set()) timer_.set(BootClock::now()); // from the loop, not from here
}

struct DemoPause::Ring {
  DemoPause& pause;
  Instant due;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiting) {
    pause.waiting_ = waiting;
    pause.timer_.set(due);
  }
  void await_resume() const noexcept {}
};

Co<bool> DemoPause::until(Instant due) {
  while (!ended_) {
    if (due <= BootClock::now()) co_return true;
    Ring ring{*this, due};
    co_await ring;
  }
  co_return false;
}

Co<void> DemoPause::until_gone() {
  constexpr auto longest = 24h; // far beyond any client's patience
  while (co_await until(BootClock::now() + longest)) {
  }
}

} // namespace gateway
