#pragma once

#include "net/base/task.hpp"
#include "net/base/time.hpp"

#include <atomic>
#include <coroutine>
#include <cstddef>
#include <map>
#include <mutex>
#include <vector>

namespace gateway {

class ReadySocket;
class Timer;

/// What one io thread waits with: its plain sockets, its timers and what other threads hand it, all
/// in one epoll, which is looked at once a pass. (Asio's loop tries each read before it waits for
/// it, and an epoll of ours within its own has to be asked twice: reference/request-path.md, 8.)
/// Thread: the one that runs it, but for `post` and `stop`.
class EventLoop {
public:
  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  /// Has the loop do `task` in one of its next passes, never at once. Thread: any.
  void post(Task task);

  /// One pass: waits until there is something to do, and does all of it. Who goes on in it, and is
  /// ready again at once, waits for the next pass: nobody keeps the others waiting.
  void run_once() { pass(true); }
  /// A pass that does not wait. False if there was nothing to do.
  bool poll() { return pass(false); }
  /// Pass after pass, until `stop` or until there is nothing more to wait for but other threads.
  void run();

  /// Ends the run that is under way, or else the next, behind the pass it is at. Thread: any.
  void stop() noexcept;
  /// True once for a `stop`: for whoever runs it pass by pass.
  bool takes_stop() noexcept;

private:
  friend class ReadySocket;
  friend class Timer;
  using Timers = std::multimap<Instant, Timer*>;

  bool pass(bool may_wait);
  bool has_work() const noexcept;
  void go_on(std::coroutine_handle<> waiting);
  bool resume_all();
  void watch(int descriptor, void* told);
  void set_alarm() noexcept;
  bool ring_timers();
  bool run_posted();
  void ring_bell() noexcept;

  const int epoll_;
  const int alarm_; // a timerfd, for the first of the timers
  const int bell_;  // an eventfd, for other threads
  Timers timers_;
  Instant alarm_due_ = Instant::max();            // what the alarm is set to
  std::size_t waits_ = 0;                         // of sockets
  std::vector<std::coroutine_handle<>> going_on_; // what they waited for is over
  std::vector<std::coroutine_handle<>> resumed_;  // its memory, between two passes
  std::vector<Task> taken_;                       // likewise, of what was posted
  std::mutex posting_;
  std::vector<Task> posted_;
  std::atomic<bool> has_posted_{false};
  std::atomic<bool> is_to_stop_{false};
};

} // namespace gateway
