#include "net/demo/pause.hpp"

#include "net/http/awaiting.hpp"

namespace gateway {

void DemoPauses::end_all() noexcept {
  ended_ = true;
  for (auto* pause : pauses_) pause->end();
}

DemoPause::DemoPause(DemoPauses& pauses, Exchange& exchange)
    : pauses_(pauses), timer_(exchange.thread().io()),
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
  timer_.cancel();
}

Co<bool> DemoPause::until(Instant due) {
  while (!ended_) {
    const auto left = due - BootClock::now();
    if (left <= Nanoseconds{0}) co_return true;
    timer_.expires_after(left);
    Awaiting waiting{[this](auto done) { timer_.async_wait(std::move(done)); }};
    co_await waiting;
  }
  co_return false;
}

Co<void> DemoPause::until_gone() {
  constexpr auto longest = 24h; // far beyond any client's patience, far below a timer's overflow
  while (co_await until(BootClock::now() + longest)) {
  }
}

} // namespace gateway
