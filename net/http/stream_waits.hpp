#pragma once

#include "net/http/stream.hpp"
#include "net/http/tls_layer.hpp"

#include <string>

namespace gateway {

/// Until a stream's socket can be written, or is connected.
struct Stream::RoomWait {
  explicit RoomWait(ReadySocket& its) noexcept : socket(its) {}
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiting) {
    wait.waiting = waiting;
    socket.wait_for_room(wait);
  }
  boost::system::error_code await_resume() const noexcept { return wait.moved.error; }

  ReadySocket& socket;
  ReadySocket::Wait wait;
};

/// Until there is something to read, or the peer has closed.
struct Stream::SomethingWait {
  explicit SomethingWait(ReadySocket& its) noexcept : socket(its) {}
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiting) {
    wait.waiting = waiting;
    socket.read(wait);
  }
  boost::system::error_code await_resume() const noexcept { return wait.moved.error; }

  ReadySocket& socket;
  ReadySocket::Wait wait;
};

struct Stream::Tls {
  Tls(ssl_ctx_st* context, TlsLayer::Side side) : layer(context, side) {}
  TlsLayer layer;
  std::string unsent; // in the order in which TLS made it, whoever had it do so
};

} // namespace gateway
