#pragma once

#include "net/base/task.hpp"
#include "net/base/time.hpp"
#include "net/http/deadlines.hpp"
#include "net/http/event_loop.hpp"
#include "net/http/timer.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace boost::asio {
class thread_pool;
} // namespace boost::asio

namespace gateway {

class IoThread;

/// Tells when the peer of a socket has gone while nobody reads from it (POLLRDHUP, looked at
/// twice a second). `gone` may cancel an operation or set a flag; it must not destroy anything.
class PeerWatch {
public:
  using Gone = void (*)(void* owner) noexcept;

  PeerWatch(IoThread& thread, int socket, Gone gone, void* owner);
  ~PeerWatch();
  PeerWatch(const PeerWatch&) = delete;
  PeerWatch& operator=(const PeerWatch&) = delete;

private:
  friend class IoThread;
  IoThread& thread_;
  int socket_;
  Gone gone_;
  void* owner_;
  std::size_t place_;
};

/// What belongs to one io thread: its loop, its deadlines, its watch over peers. The thread that
/// runs the loop is not made here: the gateway's is in actors/runtime, a demo provider has its own.
/// Thread: the one that runs `loop`, but for `post`.
class IoThread {
public:
  explicit IoThread(std::size_t number);
  ~IoThread();

  std::size_t number() const noexcept { return number_; }
  EventLoop& loop() noexcept { return loop_; }
  Deadlines& deadlines() noexcept { return deadlines_; }

  /// See EventLoop. Thread: any.
  void post(Task task) { loop_.post(std::move(task)); }

  /// Does on a thread of its own what may block, one after another.
  void run_aside(Task task);

  /// Starts the tick that sweeps deadlines and looks after watched peers; `stop_ticking` ends it,
  /// after which the loop runs out of work by itself.
  void start_ticking();
  void stop_ticking();

private:
  friend class PeerWatch;
  void on_tick();
  void look_for_gone_peers();

  std::size_t number_;
  EventLoop loop_;
  Timer tick_{loop_, [this] { on_tick(); }};
  Deadlines deadlines_;
  std::vector<PeerWatch*> watches_;
  unsigned ticks_ = 0;
  std::unique_ptr<boost::asio::thread_pool> aside_; // first to end: what it does posts to the loop
};

} // namespace gateway
