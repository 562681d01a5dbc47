#pragma once

#include "net/base/result.hpp"
#include "net/demo/provider.hpp"
#include "net/demo/settings.hpp"
#include "net/http/io_thread.hpp"
#include "net/http/server.hpp"
#include "net/http/timer.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// Simulated providers, each behind a port of its own, all on the one thread that calls `run`.
/// Thread: `add` before `run`; `order`, `close` on any.
class DemoHost {
public:
  DemoHost();
  ~DemoHost();
  DemoHost(const DemoHost&) = delete;
  DemoHost& operator=(const DemoHost&) = delete;

  /// Listens; answers with `http://HOST:PORT`.
  /// Errors: invalid_value: an unknown dialect, or an address that can't be had.
  Result<std::string> add(DemoSettings settings, const Listen& where);

  /// Serves until `close`. Once.
  void run();
  /// Serves until SIGTERM or SIGINT. Once.
  void run_until_signalled();
  /// Ends every answer under way and makes `run` return soon.
  void close();

  /// False if there is no provider of that name.
  bool order(std::string_view provider, const DemoFaultOrder& order);

private:
  struct Place {
    std::unique_ptr<DemoProvider> provider;
    std::unique_ptr<Server> server;
  };

  void begin_end();
  void wait_for_end();

  IoThread thread_{0};
  Timer ending_{thread_.loop(), [this] { wait_for_end(); }};
  std::vector<Place> places_;
  bool closing_ = false;
};

} // namespace gateway
