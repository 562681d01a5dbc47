#pragma once

#include "net/base/time.hpp"
#include "net/http/deadlines.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

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
/// Thread: everything but `stop_soon` is for the thread that runs `io`.
class IoThread {
public:
  explicit IoThread(std::size_t number);
  ~IoThread();

  std::size_t number() const noexcept { return number_; }
  boost::asio::io_context& io() noexcept { return io_; }
  Deadlines& deadlines() noexcept { return deadlines_; }

  /// Starts the tick that sweeps deadlines and looks after watched peers; `stop_ticking` ends it,
  /// after which the loop runs out of work by itself.
  void start_ticking();
  void stop_ticking();

private:
  friend class PeerWatch;
  void on_tick();
  void look_for_gone_peers();

  std::size_t number_;
  // No lock around each operation of a socket: sockets are their thread's own, which others only
  // post to.
  boost::asio::io_context io_{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};
  boost::asio::steady_timer timer_{io_};
  Deadlines deadlines_;
  std::vector<PeerWatch*> watches_;
  unsigned ticks_ = 0;
  bool ticking_ = false;
};

} // namespace gateway
