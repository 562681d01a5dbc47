#pragma once

#include "net/http/stream.hpp"

#include <boost/system/error_code.hpp>

#include <coroutine>
#include <cstddef>
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
  void await_suspend(std::coroutine_handle<> waiting) {
    initiate_([this, waiting](boost::system::error_code error, std::size_t bytes = 0) {
      moved_ = {error, bytes};
      waiting.resume();
    });
  }
  Moved await_resume() const noexcept { return moved_; }

private:
  Initiate initiate_;
  Moved moved_;
};

} // namespace gateway
