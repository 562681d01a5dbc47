#include "net/http/stream.hpp"

#include "net/http/stream_tls.hpp"

#include <boost/asio/error.hpp>

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

} // namespace

Stream::Stream(IoThread& thread, int socket)
    : thread_(thread), socket_(thread.loop(), socket),
      deadline_(
        [](void* self) noexcept {
          auto& stream = *static_cast<Stream*>(self);
          if (!stream.stopped_) stream.stopped_ = asio::error::timed_out;
          stream.socket_.give_up();
        },
        this) {
  // A socket that died meanwhile tells so at its first read.
  const int no_delay = 1;
  (void)::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &no_delay, sizeof no_delay);
}

error_code Stream::reason(error_code seen) const noexcept {
  return seen && stopped_ ? stopped_ : seen;
}

Co<error_code> Stream::connect(const asio::ip::tcp::endpoint& to) {
  if (stopped_) co_return stopped_;
  if (::connect(socket_.native_handle(), to.data(), static_cast<socklen_t>(to.size())) == 0)
    co_return error_code{};
  if (errno != EINPROGRESS && errno != EINTR) co_return last_error();
  auto connected = socket_.writable();
  const auto failed = co_await connected;
  if (stopped_ || failed) co_return stopped_ ? stopped_ : failed;
  int error = 0;
  socklen_t bytes = sizeof error;
  if (::getsockopt(socket_.native_handle(), SOL_SOCKET, SO_ERROR, &error, &bytes) != 0)
    co_return last_error();
  co_return error_code{error, boost::system::system_category()};
}

bool Stream::Reading::await_suspend(std::coroutine_handle<> waiting) {
  wait_.waiting = waiting;
  if (stream_.tls_) {
    of_tls_.emplace(stream_.read_tls(wait_.into, wait_.room));
    return of_tls_->await_suspend(waiting);
  }
  stream_.socket_.read(wait_);
  return true;
}

Moved Stream::Reading::await_resume() {
  if (!wait_.waiting) return {stream_.stopped_, 0};
  if (of_tls_) return of_tls_->await_resume();
  return {stream_.reason(wait_.moved.error), wait_.moved.bytes};
}

Co<error_code> Stream::wait_readable() {
  if (stopped_) co_return stopped_;
  auto something = socket_.readable();
  const auto error = co_await something;
  co_return reason(error);
}

error_code Stream::write_now(std::span<iovec>& pieces) noexcept {
  if (stopped_) return stopped_;
  return tls_ ? error_code{} : send_plain(pieces);
}

error_code Stream::send_plain(std::span<iovec>& pieces) noexcept {
  while (!pieces.empty()) {
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
    auto room = socket_.writable();
    const auto error = co_await room;
    if (error) co_return Moved{reason(error), moved};
  }
}

Co<void> Stream::end_writing() {
  if (stopped_) co_return;
  if (tls_) co_await say_good_bye();
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
  socket_.give_up();
}

void Stream::close() noexcept {
  ::shutdown(native_handle(), SHUT_RDWR); // the peer may have closed first
  socket_.close();
}

void Stream::abort() noexcept {
  const linger drop_unsent{1, 0};
  (void)::setsockopt(native_handle(), SOL_SOCKET, SO_LINGER, &drop_unsent, sizeof drop_unsent);
  socket_.close();
}

bool Stream::is_stale() noexcept {
  char byte = 0;
  const auto seen = ::recv(native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return seen >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

} // namespace gateway
