#pragma once

#include "net/http/server.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace gateway::testing {

/// A handler from a function.
class Answering : public Handler {
public:
  using Function = std::function<Co<void>(Exchange&)>;
  explicit Answering(Function function) : function_(std::move(function)) {}
  Co<void> handle(Exchange& exchange) override { return function_(exchange); }

private:
  Function function_;
};

/// Short times, so that tests of time-outs wait milliseconds.
HttpLimits impatient();

/// A server on loopback with io threads of its own, ended in order by its destructor.
class RunningServer {
public:
  explicit RunningServer(
    Answering::Function function,
    HttpLimits limits = {},
    std::shared_ptr<TlsServer> tls = {},
    std::size_t threads = 1);
  ~RunningServer();
  RunningServer(const RunningServer&) = delete;
  RunningServer& operator=(const RunningServer&) = delete;

  std::uint16_t port() const noexcept { return port_; }
  Server& server() noexcept { return server_; }

  /// Runs `work` on an io thread and waits for its end.
  void on_thread(std::size_t index, const std::function<void()>& work);
  void stop_accepting();
  void abort_all();
  /// True as soon as `holds` does, asked between turns of the first io thread; false after ten
  /// seconds.
  bool becomes(const std::function<bool()>& holds);

private:
  Answering handler_;
  Server server_;
  std::vector<std::unique_ptr<IoThread>> ios_;
  std::vector<std::thread> threads_;
  std::uint16_t port_ = 0;
};

/// Answers 200 with the request's method, path, query and body, a line each.
Co<void> echo(Exchange& exchange);

} // namespace gateway::testing
