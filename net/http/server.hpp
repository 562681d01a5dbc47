#pragma once

#include "net/base/result.hpp"
#include "net/http/exchange.hpp"
#include "net/http/io_thread.hpp"
#include "net/http/limits.hpp"
#include "net/http/listener.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace gateway {

class Front;
class TlsServer;

/// The front door of a process: listens on each io thread with a socket of that thread's own and
/// runs one session per connection, which never changes threads.
///
/// Life: `bind` every address → `serve` on each thread → `stop_accepting` on each thread → wait
/// until `is_quiet` (or the time is up) → `abort_all` on each thread → run the loops until
/// `is_quiet` → stop the loops → destroy. Handlers outlive the sessions.
/// Thread: `bind` and `addresses` before the threads run; counters on any; the rest as said.
class Server {
public:
  explicit Server(HttpLimits limits = {});
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Opens one listening socket per thread on the address (the same number at every call). A port
  /// that another process listens on is refused, even where that one shares its port as we do.
  /// Errors: invalid_value, naming the address and the reason.
  Result<void> bind(const Listen& where, std::size_t threads, std::shared_ptr<TlsServer> tls = {});

  /// As people type them: `http://127.0.0.1:8080`, in the order of `bind`.
  std::vector<std::string> addresses() const;

  /// Starts accepting on the listeners number `index` of every address. On that thread, or before
  /// it runs.
  void serve(IoThread& thread, std::size_t index, Handler& handler);

  /// Begins the drain of that thread: what waits in its listen queues, or is connecting, is
  /// still accepted and served for `drain_grace`, then its listeners close. Idle sessions close
  /// after that, the others after the answer they are at, which says `connection: close`. On that
  /// thread.
  void stop_accepting(std::size_t index);

  /// Ends every session of the thread at once: what is pending fails as if the client had gone.
  /// On that thread.
  void abort_all(std::size_t index);

  /// No door is open and no connection is left. Any thread, as the counts below.
  bool is_quiet() const noexcept;
  std::size_t connections() const noexcept;
  /// Requests whose head was read and whose answer is not yet written.
  std::size_t requests_in_flight() const noexcept;

private:
  HttpLimits limits_;
  std::vector<std::unique_ptr<Listener>> listeners_; // one per address
  std::vector<std::unique_ptr<Front>> fronts_;       // one per thread, by index
};

} // namespace gateway
