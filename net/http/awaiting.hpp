#pragma once

#include "net/http/operation.hpp"

#include <coroutine>
#include <utility>

namespace gateway {

/// Awaits one Asio operation: `Awaiting ready{[&](auto done) { socket.async_wait(…, done); }};`
/// and then `co_await ready`: built in a named local, as g++ 12 breaks temporaries in `co_await`.
/// `done` may be called with (error) or (error, bytes); the coroutine resumes inside the handler.
template <class Initiate>
class Awaiting {
public:
  explicit Awaiting(Initiate initiate) : initiate_(std::move(initiate)) {}

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiting) { initiate_(operation_.begin(waiting)); }
  Moved await_resume() const noexcept { return operation_.moved(); }

private:
  Initiate initiate_;
  Operation operation_;
};

} // namespace gateway
