#pragma once

#include "net/base/co.hpp"
#include "net/base/time.hpp"
#include "net/http/io_thread.hpp"
#include "net/http/ready_socket.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

#include <coroutine>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <sys/uio.h>

namespace boost::asio::ssl {
class context;
} // namespace boost::asio::ssl

namespace gateway {

class TlsLayer;

/// A TCP socket, plain or TLS, with one deadline for whatever it waits on.
/// A write is one direct gathered `sendmsg`; only a full socket waits for the loop. A read waits
/// first, see ReadySocket.
/// Errors: `timed_out` when the deadline passed, `operation_aborted` after `cancel`, else the
/// socket's. Thread: the io thread it was made on; one reader and one writer at a time.
class Stream {
public:
  /// `socket` is open and non-blocking, and closed with this.
  Stream(IoThread& thread, int socket);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  /// Connects a stream whose socket is not yet connected.
  Co<boost::system::error_code> connect(const boost::asio::ip::tcp::endpoint& to);

  /// Called with an SSL* before its handshake, to offer a session for resumption, say.
  using PrepareTls = void (*)(void* tls, void* owner) noexcept;

  /// Turns the stream into a TLS one. `host` is sent as SNI and checked against the certificate.
  Co<boost::system::error_code> become_tls_client(
    boost::asio::ssl::context& context,
    std::string host,
    PrepareTls prepare = nullptr,
    void* owner = nullptr);
  Co<boost::system::error_code> become_tls_server(boost::asio::ssl::context& context);

  /// `co_await stream.read_some(…)`: what is there, at least one byte; eof is `asio::error::eof`.
  class Reading {
  public:
    Reading(Stream& stream, char* into, std::size_t room) noexcept : stream_(stream) {
      wait_.into = into;
      wait_.room = room;
    }
    bool await_ready() const noexcept { return stream_.stopped_.failed(); }
    bool await_suspend(std::coroutine_handle<> waiting);
    Moved await_resume();

  private:
    Stream& stream_;
    ReadySocket::Wait wait_;
    std::optional<Co<Moved>> of_tls_;
  };
  Reading read_some(char* into, std::size_t room) noexcept { return {*this, into, room}; }

  /// Ends when there is something to read, or the peer has closed: a wait that needs no buffer.
  Co<boost::system::error_code> wait_readable();

  /// Writes all pieces, in order. The span's iovecs are consumed.
  Co<Moved> write(std::span<iovec> pieces);

  /// Writes what the socket takes at once, without a coroutine; leaves the rest in `pieces`.
  /// Over TLS that is nothing. Errors: also `operation_aborted` or `timed_out`, as a write's.
  boost::system::error_code write_now(std::span<iovec>& pieces) noexcept;

  /// Tells the peer that nothing more comes (over TLS with a close_notify, whose answer is waited
  /// for); what was written is still delivered, and reading goes on.
  Co<void> end_writing();

  /// From now on a pending or later wait ends with `timed_out` at `due`; `no_deadline` lifts it.
  /// Both give a stream that has timed out another chance: a late request can still be told so.
  void expires_at(Instant due) noexcept;
  /// The same without a look at the clock, two ticks later at most.
  void expires_after(Nanoseconds time) noexcept;
  void no_deadline() noexcept;

  /// Ends what is pending and everything after it with `operation_aborted`, for good.
  void cancel() noexcept;
  /// Closes in order: what was written is still delivered.
  void close() noexcept;
  /// Closes at once; unsent bytes are dropped (SO_LINGER 0).
  void abort() noexcept;

  /// True if the peer has closed or sent something nobody asked for: not fit for another request.
  bool is_stale() noexcept;

  bool is_tls() const noexcept;
  /// The TLS session's handle for resumption, null if plain. Owned by the stream.
  void* native_tls() noexcept;
  int native_handle() const noexcept { return socket_.native_handle(); }
  IoThread& thread() noexcept { return thread_; }

private:
  struct Tls;

  boost::system::error_code reason(boost::system::error_code seen) const noexcept;
  boost::system::error_code send_plain(std::span<iovec>& pieces) noexcept;
  void lift_time_out() noexcept;

  // Steps of TLS, and what they move (stream_tls.cpp).
  Co<boost::system::error_code> shake_hands();
  Co<Moved> read_tls(char* into, std::size_t room);
  Co<Moved> write_tls(std::span<iovec> pieces);
  Co<void> say_good_bye();
  Co<boost::system::error_code> hear_peer();
  boost::system::error_code take_heard();
  boost::system::error_code send_now();
  Co<boost::system::error_code> send_all();

  IoThread& thread_;
  ReadySocket socket_;
  std::unique_ptr<Tls> tls_;
  Deadline deadline_;
  boost::system::error_code stopped_; // why nothing more is moved, if so
};

} // namespace gateway
