#include "net/http/stream.hpp"

#include "net/http/awaiting.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <array>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace gateway {
namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::size_t gathered_max = 64; // pieces of one sendmsg; the kernel's bound is 1024

std::size_t bytes_of(std::span<const iovec> pieces) noexcept {
  std::size_t bytes = 0;
  for (const auto& piece : pieces) bytes += piece.iov_len;
  return bytes;
}

/// Takes what was written off the front.
void drop_front(std::span<iovec>& pieces, std::size_t bytes) noexcept {
  while (!pieces.empty() && bytes >= pieces.front().iov_len) {
    bytes -= pieces.front().iov_len;
    pieces = pieces.subspan(1);
  }
  if (bytes == 0) return;
  auto& front = pieces.front();
  front.iov_base = static_cast<char*>(front.iov_base) + bytes;
  front.iov_len -= bytes;
}

error_code last_error() noexcept {
  return {errno, boost::system::system_category()};
}

bool is_ipv6(int socket) noexcept {
  sockaddr_storage address{};
  socklen_t bytes = sizeof address;
  return ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &bytes) == 0
    && address.ss_family == AF_INET6;
}

} // namespace

struct Stream::Tls {
  Tls(asio::io_context& io, asio::ssl::context& context) : socket(io), stream(socket, context) {}
  asio::ip::tcp::socket socket;
  asio::ssl::stream<asio::ip::tcp::socket&> stream;
};

/// Until a plain socket can be written, or is connected.
struct Stream::RoomWait {
  explicit RoomWait(ReadySocket& its) noexcept : socket(its) {}
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiting) {
    wait.waiting = waiting;
    socket.wait_for_room(wait);
  }
  error_code await_resume() const noexcept { return wait.moved.error; }

  ReadySocket& socket;
  ReadySocket::Wait wait;
};

Stream::Stream(IoThread& thread, int socket)
    : thread_(thread), socket_(Readiness::of(thread.io()), socket),
      deadline_(
        [](void* self) noexcept {
          auto& stream = *static_cast<Stream*>(self);
          if (!stream.stopped_) stream.stopped_ = asio::error::timed_out;
          stream.end_pending();
        },
        this) {
  // A socket that died meanwhile tells so at its first read.
  const int no_delay = 1;
  (void)::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &no_delay, sizeof no_delay);
}

Stream::~Stream() = default;

error_code Stream::reason(error_code seen) const noexcept {
  return seen && stopped_ ? stopped_ : seen;
}

Co<error_code> Stream::connect(const asio::ip::tcp::endpoint& to) {
  if (stopped_) co_return stopped_;
  if (::connect(socket_.native_handle(), to.data(), static_cast<socklen_t>(to.size())) == 0)
    co_return error_code{};
  if (errno != EINPROGRESS && errno != EINTR) co_return last_error();
  RoomWait connected{socket_};
  const auto failed = co_await connected;
  if (stopped_ || failed) co_return stopped_ ? stopped_ : failed;
  int error = 0;
  socklen_t bytes = sizeof error;
  if (::getsockopt(socket_.native_handle(), SOL_SOCKET, SO_ERROR, &error, &bytes) != 0)
    co_return last_error();
  co_return error_code{error, boost::system::system_category()};
}

error_code Stream::begin_tls(asio::ssl::context& context) {
  tls_ = std::make_unique<Tls>(thread_.io(), context);
  const int socket = socket_.release();
  error_code error;
  const auto protocol = is_ipv6(socket) ? asio::ip::tcp::v6() : asio::ip::tcp::v4();
  tls_->socket.assign(protocol, socket, error);
  if (error)
    ::close(socket); // the loop can't watch one more
  else
    tls_->socket.non_blocking(true, error);
  return error;
}

Co<error_code> Stream::become_tls_client(
  asio::ssl::context& context, std::string host, PrepareTls prepare, void* owner) {
  if (stopped_) co_return stopped_;
  if (const auto failed = begin_tls(context)) co_return failed;
  error_code error;
  // SNI carries names only; an address is checked against the certificate but not sent (RFC
  // 6066).
  boost::asio::ip::make_address(host, error);
  // What the macro SSL_set_tlsext_host_name stands for, without its old-style cast.
  auto* const native = tls_->stream.native_handle();
  constexpr auto name_kind = TLSEXT_NAMETYPE_host_name;
  if (error && SSL_ctrl(native, SSL_CTRL_SET_TLSEXT_HOSTNAME, name_kind, host.data()) != 1)
    co_return asio::error::invalid_argument;
  tls_->stream.set_verify_mode(asio::ssl::verify_peer);
  tls_->stream.set_verify_callback(asio::ssl::host_name_verification{host});
  if (prepare != nullptr) prepare(native, owner);
  Awaiting shake{[&](auto done) {
    tls_->stream.async_handshake(asio::ssl::stream_base::client, std::move(done));
  }};
  const auto moved = co_await shake;
  co_return reason(moved.error);
}

Co<error_code> Stream::become_tls_server(asio::ssl::context& context) {
  if (stopped_) co_return stopped_;
  if (const auto failed = begin_tls(context)) co_return failed;
  Awaiting shake{[&](auto done) {
    tls_->stream.async_handshake(asio::ssl::stream_base::server, std::move(done));
  }};
  const auto moved = co_await shake;
  co_return reason(moved.error);
}

void Stream::Reading::await_suspend(std::coroutine_handle<> waiting) {
  wait_.waiting = waiting;
  if (stream_.tls_)
    stream_.tls_->stream.async_read_some(
      asio::buffer(wait_.into, wait_.room), operation_.begin(waiting));
  else
    stream_.socket_.read(wait_);
}

Moved Stream::Reading::await_resume() const noexcept {
  if (!wait_.waiting) return {stream_.stopped_, 0};
  const auto& moved = stream_.tls_ ? operation_.moved() : wait_.moved;
  return {stream_.reason(moved.error), moved.bytes};
}

Co<error_code> Stream::wait_readable() {
  if (stopped_) co_return stopped_;
  if (!tls_) {
    Reading ready{*this, nullptr, 0};
    const auto waited = co_await ready;
    co_return waited.error;
  }
  Awaiting ready{
    [&](auto done) { tls_->socket.async_wait(asio::ip::tcp::socket::wait_read, std::move(done)); }};
  const auto waited = co_await ready;
  co_return reason(waited.error);
}

error_code Stream::write_now(std::span<iovec>& pieces) noexcept {
  if (stopped_) return stopped_;
  while (!tls_ && !pieces.empty()) {
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = std::min<std::size_t>(pieces.size(), gathered_max);
    const auto sent = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      drop_front(pieces, static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return {};
    } else if (errno != EINTR) {
      return last_error();
    }
  }
  return {};
}

Co<Moved> Stream::write(std::span<iovec> pieces) {
  if (stopped_) co_return Moved{stopped_, 0};
  if (tls_) co_return co_await write_tls(pieces);
  const auto total = bytes_of(pieces);
  while (true) {
    const auto failed = write_now(pieces);
    const auto moved = total - bytes_of(pieces);
    if (failed || pieces.empty()) co_return Moved{failed, moved};
    RoomWait room{socket_};
    const auto error = co_await room;
    if (error) co_return Moved{reason(error), moved};
  }
}

Co<Moved> Stream::write_tls(std::span<iovec> pieces) {
  // One record for small pieces: a head and its body would else be two TLS records and two writes.
  std::string joined;
  std::size_t total = 0;
  while (!pieces.empty()) {
    constexpr std::size_t record_bytes = std::size_t{16} * 1024;
    joined.clear();
    while (!pieces.empty() && joined.size() < record_bytes) {
      auto& front = pieces.front();
      const auto taken = std::min(front.iov_len, record_bytes - joined.size());
      joined.append(static_cast<const char*>(front.iov_base), taken);
      front.iov_base = static_cast<char*>(front.iov_base) + taken;
      front.iov_len -= taken;
      if (front.iov_len == 0) pieces = pieces.subspan(1);
    }
    for (std::size_t done_bytes = 0; done_bytes < joined.size();) {
      Awaiting write{[&](auto done) {
        tls_->stream.async_write_some(
          asio::buffer(joined.data() + done_bytes, joined.size() - done_bytes), std::move(done));
      }};
      const auto moved = co_await write;
      total += moved.bytes;
      if (moved.error) co_return Moved{reason(moved.error), total};
      if (stopped_) co_return Moved{stopped_, total};
      done_bytes += moved.bytes;
    }
  }
  co_return Moved{{}, total};
}

Co<void> Stream::end_writing() {
  if (stopped_) co_return;
  if (tls_) {
    Awaiting farewell{[&](auto done) { tls_->stream.async_shutdown(std::move(done)); }};
    co_await farewell;
  }
  ::shutdown(native_handle(), SHUT_WR); // the peer may have closed first
}

void Stream::lift_time_out() noexcept {
  if (stopped_ == asio::error::timed_out) stopped_ = {};
}

void Stream::expires_at(Instant due) noexcept {
  lift_time_out();
  thread_.deadlines().arm(deadline_, due);
}

void Stream::expires_after(Nanoseconds time) noexcept {
  lift_time_out();
  thread_.deadlines().arm_after(deadline_, time);
}

void Stream::no_deadline() noexcept {
  lift_time_out();
  deadline_.disarm();
}

void Stream::cancel() noexcept {
  stopped_ = asio::error::operation_aborted;
  end_pending();
}

void Stream::end_pending() noexcept {
  if (!tls_) return socket_.give_up();
  error_code ignored; // nothing pending is as good as cancelled
  tls_->socket.cancel(ignored);
  // An operation of TLS is several of the socket's: told between two of them it hears nothing, and
  // waits on in the next. So it is told again at every tick until somebody disarms the deadline.
  thread_.deadlines().arm(deadline_, BootClock::now());
}

void Stream::close() noexcept {
  ::shutdown(native_handle(), SHUT_RDWR); // the peer may have closed first
  close_socket();
}

void Stream::abort() noexcept {
  const linger drop_unsent{1, 0};
  (void)::setsockopt(native_handle(), SOL_SOCKET, SO_LINGER, &drop_unsent, sizeof drop_unsent);
  close_socket();
}

void Stream::close_socket() noexcept {
  error_code ignored; // what can't be closed is closed already
  if (tls_)
    tls_->socket.close(ignored);
  else
    socket_.close();
}

bool Stream::is_stale() noexcept {
  char byte = 0;
  const auto seen = ::recv(native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return seen >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

void* Stream::native_tls() noexcept {
  return tls_ ? tls_->stream.native_handle() : nullptr;
}

int Stream::native_handle() noexcept {
  return tls_ ? tls_->socket.native_handle() : socket_.native_handle();
}

} // namespace gateway
