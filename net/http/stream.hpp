#pragma once

#include "net/base/co.hpp"
#include "net/base/time.hpp"
#include "net/http/io_thread.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

#include <coroutine>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <sys/uio.h>

namespace boost::asio::ssl {
class context;
template <class Next>
class stream;
} // namespace boost::asio::ssl

namespace gateway {

/// How many bytes an operation moved, and why it ended if it did.
struct Moved {
  boost::system::error_code error;
  std::size_t bytes = 0;
};

/// A connected TCP socket, plain or TLS, with one deadline for whatever it waits on.
/// A plain write is one direct gathered `sendmsg`; only a full socket waits for the loop.
/// Errors: `timed_out` when the deadline passed, `operation_aborted` after `cancel`, else the
/// socket's. Thread: the io thread it was made on; one reader and one writer at a time.
class Stream {
public:
  using Socket = boost::asio::ip::tcp::socket;

  Stream(IoThread& thread, Socket socket);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  /// Connects a stream made from an open socket.
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

  /// Reads what is there, at least one byte; eof is `asio::error::eof`.
  Co<Moved> read_some(char* into, std::size_t room);

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
  void no_deadline() noexcept;

  /// Ends what is pending and everything after it with `operation_aborted`, for good.
  void cancel() noexcept;
  /// Closes in order: what was written is still delivered.
  void close() noexcept;
  /// Closes at once; unsent bytes are dropped (SO_LINGER 0).
  void abort() noexcept;

  /// True if the peer has closed or sent something nobody asked for: not fit for another request.
  bool is_stale() noexcept;

  bool is_tls() const noexcept { return tls_ != nullptr; }
  /// The TLS session's handle for resumption, null if plain. Owned by the stream.
  void* native_tls() noexcept;
  int native_handle() noexcept;
  Socket& socket() noexcept;
  IoThread& thread() noexcept { return thread_; }

private:
  using Tls = boost::asio::ssl::stream<Socket&>;

  boost::system::error_code reason(boost::system::error_code seen) const noexcept;
  Co<Moved> write_tls(std::span<iovec> pieces);
  void lift_time_out() noexcept;
  void end_pending() noexcept;

  IoThread& thread_;
  Socket socket_;
  std::unique_ptr<Tls> tls_;
  Deadline deadline_;
  boost::system::error_code stopped_; // why nothing more is moved, if so
};

} // namespace gateway
