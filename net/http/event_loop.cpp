#include "net/http/event_loop.hpp"

#include "net/http/ready_socket.hpp"
#include "net/http/timer.hpp"

#include <boost/system/system_error.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <utility>

namespace gateway {
namespace {

/// Without its descriptors there is no loop, and without a loop no node.
int made(int descriptor, const char* by) {
  if (descriptor >= 0) return descriptor;
  throw boost::system::system_error{errno, boost::system::system_category(), by};
}

} // namespace

EventLoop::EventLoop()
    : epoll_(made(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      alarm_(made(::timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC), "timerfd_create")),
      bell_(made(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), "eventfd")) {
  watch(alarm_, &timers_);
  watch(bell_, &posted_);
}

EventLoop::~EventLoop() {
  for (const int descriptor : {bell_, alarm_, epoll_}) ::close(descriptor);
}

// Both are told of by edges, and so need never be read.
void EventLoop::watch(int descriptor, void* told) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;
  event.data.ptr = told;
  made(::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event), "epoll_ctl");
}

void EventLoop::post(Task task) {
  bool is_first = false;
  {
    const std::lock_guard lock{posting_};
    is_first = posted_.empty();
    posted_.push_back(std::move(task));
    has_posted_.store(true, std::memory_order_release);
  }
  // Who posts behind another is heard with it: the bell has been rung and not been answered yet.
  if (is_first) ring_bell();
}

void EventLoop::ring_bell() noexcept {
  const std::uint64_t once = 1;
  // A counter that is full has been rung often enough.
  [[maybe_unused]] const auto written = ::write(bell_, &once, sizeof once);
}

void EventLoop::stop() noexcept {
  is_to_stop_.store(true, std::memory_order_release);
  ring_bell();
}

bool EventLoop::takes_stop() noexcept {
  return is_to_stop_.load(std::memory_order_relaxed)
    && is_to_stop_.exchange(false, std::memory_order_acquire);
}

bool EventLoop::has_work() const noexcept {
  return waits_ > 0 || !timers_.empty() || !going_on_.empty()
    || has_posted_.load(std::memory_order_acquire);
}

void EventLoop::run() {
  while (!takes_stop() && has_work()) run_once();
}

bool EventLoop::pass(bool may_wait) {
  set_alarm();
  const bool is_idle = going_on_.empty() && !has_posted_.load(std::memory_order_acquire);
  const bool waits = may_wait && is_idle && !is_to_stop_.load(std::memory_order_relaxed);
  constexpr int events_max = 128;
  std::array<epoll_event, events_max> events;
  const auto count = ::epoll_wait(epoll_, events.data(), events_max, waits ? -1 : 0);
  bool is_alarmed = false;
  // First all are told, then they go on: one that goes on may close another that was told.
  for (int i = 0; i < count; ++i) {
    const auto& event = events[static_cast<std::size_t>(i)];
    if (event.data.ptr == &timers_)
      is_alarmed = true;
    else if (event.data.ptr != &posted_)
      static_cast<ReadySocket*>(event.data.ptr)->told(event.events);
  }
  bool did = resume_all();
  if (is_alarmed) did = ring_timers() || did;
  return run_posted() || did;
}

void EventLoop::go_on(std::coroutine_handle<> waiting) {
  --waits_;
  going_on_.push_back(waiting);
}

bool EventLoop::resume_all() {
  resumed_.swap(going_on_);
  for (const auto waiting : resumed_) waiting.resume();
  const bool did = !resumed_.empty();
  resumed_.clear();
  return did;
}

bool EventLoop::run_posted() {
  if (!has_posted_.load(std::memory_order_acquire)) return false;
  {
    const std::lock_guard lock{posting_};
    taken_.swap(posted_);
    has_posted_.store(false, std::memory_order_relaxed);
  }
  for (auto& task : taken_) task();
  taken_.clear();
  return true;
}

// Only ever to an earlier time: an alarm that comes too soon costs less than one that is set anew
// whenever a timer is.
void EventLoop::set_alarm() noexcept {
  if (timers_.empty() || timers_.begin()->first >= alarm_due_) return;
  alarm_due_ = timers_.begin()->first;
  // Zero would switch it off.
  const auto due = std::max(alarm_due_.time_since_epoch(), Nanoseconds{1});
  const auto seconds = std::chrono::floor<std::chrono::seconds>(due);
  itimerspec when{};
  when.it_value.tv_sec = seconds.count();
  when.it_value.tv_nsec = (due - seconds).count();
  ::timerfd_settime(alarm_, TFD_TIMER_ABSTIME, &when, nullptr);
}

bool EventLoop::ring_timers() {
  alarm_due_ = Instant::max();
  const auto now = BootClock::now();
  bool did = false;
  // No more than there are now: one that sets itself again, to a time that is over, waits as well.
  for (auto left = timers_.size(); left > 0 && !timers_.empty(); --left) {
    if (timers_.begin()->first > now) break;
    timers_.begin()->second->ring();
    did = true;
  }
  return did;
}

} // namespace gateway
