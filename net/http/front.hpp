#pragma once

#include "net/base/co.hpp"
#include "net/http/answer_head.hpp"
#include "net/http/deadlines.hpp"
#include "net/http/exchange.hpp"
#include "net/http/io_thread.hpp"
#include "net/http/limits.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <atomic>
#include <cstddef>
#include <list>
#include <memory>
#include <string_view>
#include <vector>

namespace gateway {

class Listener;
class Session;
class TlsServer;

/// What a session knows of where its client came in.
struct Door {
  std::shared_ptr<TlsServer> tls; // null: plain
  bool is_loopback = false;
};

/// One io thread's share of a server: accepts on that thread's listening sockets, knows the
/// thread's sessions, drains and ends them.
/// Thread: that one; `counts` may be read by any.
class Front {
public:
  /// Written by the front's thread alone, so that counting takes no locked instruction.
  struct Counts {
    std::atomic<std::size_t> connections{0};
    std::atomic<std::size_t> requests_in_flight{0};
    std::atomic<std::size_t> open_doors{0};
    std::atomic<std::size_t> body_bytes{0};
  };

  Front(const HttpLimits& limits, const std::vector<std::unique_ptr<Front>>& all);
  ~Front();
  Front(const Front&) = delete;
  Front& operator=(const Front&) = delete;

  void serve(IoThread& thread, Handler& handler);
  /// Accepts on socket number `index` of the listener, from now on.
  void open(Listener& listener, std::size_t index);
  void drain();
  void abort_all();

  const HttpLimits& limits() const noexcept { return limits_; }
  IoThread& thread() noexcept { return *thread_; }
  Handler& handler() noexcept { return *handler_; }
  bool is_draining() const noexcept { return is_draining_; }
  std::string_view date() noexcept;
  const Counts& counts() const noexcept { return counts_; }

  void request_began() noexcept { add(counts_.requests_in_flight, 1); }
  void request_ended() noexcept { add(counts_.requests_in_flight, -1); }

  /// Counts memory for a body. False, and nothing counted, where all fronts together have too much.
  bool lend_for_body(std::size_t bytes) noexcept;
  void take_back_of_body(std::size_t bytes) noexcept {
    add(counts_.body_bytes, -static_cast<std::ptrdiff_t>(bytes));
  }

private:
  friend class Session;
  struct OpenDoor;

  static void add(std::atomic<std::size_t>& count, std::ptrdiff_t change) noexcept {
    count.store(
      count.load(std::memory_order_relaxed) + static_cast<std::size_t>(change),
      std::memory_order_relaxed);
  }

  void enter(Session& session);
  void leave(Session& session) noexcept;

  Co<void> let_in(OpenDoor& door);
  /// False when the process has no descriptors or memory for more.
  bool accept_waiting(OpenDoor& door, std::size_t tries_max);
  void admit(OpenDoor& door, int socket, const boost::asio::ip::tcp::endpoint& client);
  bool is_full() const noexcept;
  void close_doors();
  void resume_accepting();

  const HttpLimits& limits_;
  const std::vector<std::unique_ptr<Front>>& all_;
  IoThread* thread_ = nullptr;
  Handler* handler_ = nullptr;
  std::list<OpenDoor> doors_;
  std::vector<Session*> sessions_;
  Deadline pause_;
  Deadline grace_;
  DateText date_;
  Counts counts_;
  bool is_draining_ = false;
};

} // namespace gateway
