#include "net/http/stream.hpp"

#include "net/http/awaiting.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <array>
#include <sys/socket.h>

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

} // namespace

Stream::Stream(IoThread& thread, Socket socket)
    : thread_(thread), socket_(std::move(socket)), deadline_(
                                                     [](void* self) noexcept {
                                                       auto& stream = *static_cast<Stream*>(self);
                                                       if (!stream.stopped_)
                                                         stream.stopped_ = asio::error::timed_out;
                                                       stream.end_pending();
                                                     },
                                                     this) {
  error_code ignored; // a socket that died meanwhile tells so at its first read
  socket_.non_blocking(true, ignored);
  socket_.set_option(asio::ip::tcp::no_delay{true}, ignored);
}

Stream::~Stream() = default;

error_code Stream::reason(error_code seen) const noexcept {
  return seen && stopped_ ? stopped_ : seen;
}

Co<error_code> Stream::connect(const asio::ip::tcp::endpoint& to) {
  if (stopped_) co_return stopped_;
  Awaiting connected{[&](auto done) { socket_.async_connect(to, std::move(done)); }};
  const auto moved = co_await connected;
  co_return stopped_ ? stopped_ : moved.error;
}

Co<error_code> Stream::become_tls_client(
  asio::ssl::context& context, std::string host, PrepareTls prepare, void* owner) {
  if (stopped_) co_return stopped_;
  if (!tls_) {
    tls_ = std::make_unique<Tls>(socket_, context);
    error_code error;
    // SNI carries names only; an address is checked against the certificate but not sent (RFC
    // 6066).
    boost::asio::ip::make_address(host, error);
    // What the macro SSL_set_tlsext_host_name stands for, without its old-style cast.
    auto* const native = tls_->native_handle();
    constexpr auto name_kind = TLSEXT_NAMETYPE_host_name;
    if (error && SSL_ctrl(native, SSL_CTRL_SET_TLSEXT_HOSTNAME, name_kind, host.data()) != 1)
      co_return asio::error::invalid_argument;
    tls_->set_verify_mode(asio::ssl::verify_peer);
    tls_->set_verify_callback(asio::ssl::host_name_verification{host});
    if (prepare != nullptr) prepare(tls_->native_handle(), owner);
  }
  Awaiting shake{
    [&](auto done) { tls_->async_handshake(asio::ssl::stream_base::client, std::move(done)); }};
  const auto moved = co_await shake;
  co_return reason(moved.error);
}

Co<error_code> Stream::become_tls_server(asio::ssl::context& context) {
  if (stopped_) co_return stopped_;
  tls_ = std::make_unique<Tls>(socket_, context);
  Awaiting shake{
    [&](auto done) { tls_->async_handshake(asio::ssl::stream_base::server, std::move(done)); }};
  const auto moved = co_await shake;
  co_return reason(moved.error);
}

Co<Moved> Stream::read_some(char* into, std::size_t room) {
  if (stopped_) co_return Moved{stopped_, 0};
  Moved moved;
  if (tls_) {
    Awaiting read{
      [&](auto done) { tls_->async_read_some(asio::buffer(into, room), std::move(done)); }};
    moved = co_await read;
  } else {
    Awaiting read{
      [&](auto done) { socket_.async_read_some(asio::buffer(into, room), std::move(done)); }};
    moved = co_await read;
  }
  moved.error = reason(moved.error);
  co_return moved;
}

Co<error_code> Stream::wait_readable() {
  if (stopped_) co_return stopped_;
  Awaiting ready{[&](auto done) { socket_.async_wait(Socket::wait_read, std::move(done)); }};
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
      return {errno, boost::system::system_category()};
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
    Awaiting room{[&](auto done) { socket_.async_wait(Socket::wait_write, std::move(done)); }};
    const auto waited = co_await room;
    if (waited.error) co_return Moved{reason(waited.error), moved};
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
        tls_->async_write_some(
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
    Awaiting farewell{[&](auto done) { tls_->async_shutdown(std::move(done)); }};
    co_await farewell;
  }
  error_code ignored; // the peer may have closed first
  socket_.shutdown(Socket::shutdown_send, ignored);
}

void Stream::lift_time_out() noexcept {
  if (stopped_ == asio::error::timed_out) stopped_ = {};
}

void Stream::expires_at(Instant due) noexcept {
  lift_time_out();
  thread_.deadlines().arm(deadline_, due);
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
  error_code ignored; // nothing pending is as good as cancelled
  socket_.cancel(ignored);
  // An operation of TLS is several of the socket's: told between two of them it hears nothing, and
  // waits on in the next. So it is told again at every tick until somebody disarms the deadline.
  if (tls_) thread_.deadlines().arm(deadline_, BootClock::now());
}

void Stream::close() noexcept {
  error_code ignored; // the peer may have closed first
  socket_.shutdown(Socket::shutdown_both, ignored);
  socket_.close(ignored);
}

void Stream::abort() noexcept {
  error_code ignored; // as in close
  socket_.set_option(asio::socket_base::linger{true, 0}, ignored);
  socket_.close(ignored);
}

bool Stream::is_stale() noexcept {
  char byte = 0;
  const auto seen = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return seen >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

void* Stream::native_tls() noexcept {
  return tls_ ? tls_->native_handle() : nullptr;
}

int Stream::native_handle() noexcept {
  return socket_.native_handle();
}

Stream::Socket& Stream::socket() noexcept {
  return socket_;
}

} // namespace gateway
