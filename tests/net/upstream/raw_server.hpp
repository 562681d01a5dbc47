#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

namespace gateway {

/// The server's end of one connection: a blocking socket that says exactly what a test wants.
/// Nothing waits longer than ten seconds, so that a failing test ends.
class RawPeer {
public:
  explicit RawPeer(int socket);
  ~RawPeer();
  RawPeer(const RawPeer&) = delete;
  RawPeer& operator=(const RawPeer&) = delete;

  /// One request, head and body, or what came of it before the client closed.
  std::string read_request();
  /// All until the client closes or resets; says so where it does neither in time.
  std::string read_to_end();
  void send(std::string_view bytes);
  /// Closes in order, after all that was sent.
  void close();
  /// Ends with a reset.
  void reset();
  int socket() const noexcept { return socket_; }

private:
  std::string unread_;
  int socket_;
};

/// A listening socket on a free port of the loopback interface.
class LoopbackListener {
public:
  explicit LoopbackListener(int backlog = 64);
  ~LoopbackListener();
  LoopbackListener(const LoopbackListener&) = delete;
  LoopbackListener& operator=(const LoopbackListener&) = delete;

  std::uint16_t port() const noexcept { return port_; }
  /// The next connection's socket, or -1 once the listener was closed.
  int accept() const;
  void close();

private:
  int socket_;
  std::uint16_t port_ = 0;
};

/// A server that follows a script, once per connection and one connection after the other.
/// The script runs on a thread of its own: it must not use the test's assertions.
class RawServer {
public:
  using Script = std::function<void(RawPeer&)>;

  explicit RawServer(Script script);
  ~RawServer();

  std::uint16_t port() const noexcept { return listener_.port(); }
  int accepted() const noexcept { return accepted_; }

private:
  LoopbackListener listener_;
  Script script_;
  std::atomic<int> accepted_ = 0;
  std::thread thread_;
};

} // namespace gateway
