#include "net/http/ready_socket.hpp"

#include "net/http/event_loop.hpp"

#include <boost/asio/error.hpp>

#include <cerrno>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace gateway {
namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::uint32_t peer_ended = EPOLLRDHUP | EPOLLHUP | EPOLLERR;

error_code last_error() noexcept {
  return {errno, boost::system::system_category()};
}

} // namespace

void ReadySocket::close() noexcept {
  if (socket_ >= 0) ::close(std::exchange(socket_, -1));
}

void ReadySocket::begin(Wait*& place, Wait& wait) {
  place = &wait;
  ++loop_.waits_;
  if (is_watched_) return;
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = this;
  is_watched_ = ::epoll_ctl(loop_.epoll_, EPOLL_CTL_ADD, socket_, &event) == 0;
  if (is_watched_) return;
  wait.moved.error = last_error();
  end(place);
}

void ReadySocket::read(Wait& wait) {
  begin(reader_, wait);
  if (is_readable_ && reader_ != nullptr) try_reading();
}

void ReadySocket::wait_for_room(Wait& wait) {
  begin(writer_, wait);
}

void ReadySocket::told(std::uint32_t events) {
  if ((events & peer_ended) != 0) has_ended_ = true;
  if ((events & (EPOLLIN | peer_ended)) != 0) {
    is_readable_ = true;
    if (reader_ != nullptr) try_reading();
  }
  if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0 && writer_ != nullptr) end(writer_);
}

Moved ReadySocket::take(char* into, std::size_t room) noexcept {
  ssize_t bytes = 0;
  do bytes = ::recv(socket_, into, room, MSG_DONTWAIT);
  while (bytes < 0 && errno == EINTR);
  if (bytes == 0) return {asio::error::eof, 0};
  if (bytes < 0) {
    if (errno == EAGAIN) is_readable_ = false;
    return {last_error(), 0};
  }
  const auto taken = static_cast<std::size_t>(bytes);
  // Less than there was room for is all there was; what comes later is told anew.
  is_readable_ = has_ended_ || taken == room;
  return {{}, taken};
}

void ReadySocket::try_reading() {
  auto& wait = *reader_;
  if (wait.into == nullptr) return end(reader_);
  wait.moved = take(wait.into, wait.room);
  if (wait.moved.error != asio::error::would_block) return end(reader_);
  wait.moved.error = {};
}

void ReadySocket::end(Wait*& place) {
  loop_.go_on(std::exchange(place, nullptr)->waiting);
}

void ReadySocket::give_up() {
  for (auto* place : {&reader_, &writer_}) {
    if (*place == nullptr) continue;
    (*place)->moved.error = asio::error::operation_aborted;
    end(*place);
  }
}

} // namespace gateway
