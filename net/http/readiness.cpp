#include "net/http/readiness.hpp"

#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>

#include <array>
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

Readiness& Readiness::of(asio::io_context& io) {
  return asio::use_service<Readiness>(io);
}

Readiness::Readiness(asio::execution_context& io)
    : service(io), io_(static_cast<asio::io_context&>(io)), epoll_(io_) {
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) throw boost::system::system_error{last_error(), "epoll_create1"};
  epoll_.assign(epoll);
}

void Readiness::shutdown() noexcept {
  error_code ignored; // the loop ends, and nobody waits any more
  epoll_.close(ignored);
}

void Readiness::wait_began() {
  ++waits_;
  if (!is_loops_ && !is_passing_) arm();
}

void Readiness::go_on(std::coroutine_handle<> waiting) {
  --waits_;
  going_on_.push_back(waiting);
  if (!is_passing_ && going_on_.size() == 1) asio::post(io_, [this] { resume_all(); });
}

void Readiness::arm() {
  if (waits_ == 0 || std::exchange(is_armed_, true)) return;
  const auto look_at_it = [this](error_code error) {
    is_armed_ = false;
    if (!error) look();
    if (!is_loops_) arm();
  };
  epoll_.async_wait(
    asio::posix::descriptor_base::wait_read,
    asio::bind_allocator(Operation::Allocator<char>{arming_}, look_at_it));
}

std::size_t Readiness::look() {
  ++looks_;
  constexpr int events_max = 128;
  std::array<epoll_event, events_max> events;
  const auto count = ::epoll_wait(epoll_.native_handle(), events.data(), events_max, 0);
  is_passing_ = true;
  // First all are told, then they go on: one that goes on may close another that was told.
  for (int i = 0; i < count; ++i) {
    const auto& event = events[static_cast<std::size_t>(i)];
    static_cast<ReadySocket*>(event.data.ptr)->told(event.events);
  }
  const auto resumed = resume_all();
  has_found_ = resumed > 0;
  return resumed;
}

std::size_t Readiness::resume_all() {
  is_passing_ = true;
  resumed_.swap(going_on_);
  for (const auto waiting : resumed_) waiting.resume();
  const auto count = resumed_.size();
  resumed_.clear();
  is_passing_ = false;
  // What was there at once is taken behind what others wait for.
  if (!going_on_.empty()) asio::post(io_, [this] { resume_all(); });
  if (is_loops_) return count;
  arm();
  // Where nobody waits any more this must not keep the loop alive.
  if (is_armed_ && waits_ == 0) epoll_.cancel();
  return count;
}

void ReadySocket::close() noexcept {
  if (socket_ >= 0) ::close(std::exchange(socket_, -1));
}

int ReadySocket::release() noexcept {
  if (std::exchange(is_watched_, false))
    ::epoll_ctl(readiness_.epoll_.native_handle(), EPOLL_CTL_DEL, socket_, nullptr);
  return std::exchange(socket_, -1);
}

void ReadySocket::begin(Wait*& place, Wait& wait) {
  place = &wait;
  readiness_.wait_began();
  if (is_watched_) return;
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = this;
  const auto epoll = readiness_.epoll_.native_handle();
  is_watched_ = ::epoll_ctl(epoll, EPOLL_CTL_ADD, socket_, &event) == 0;
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

void ReadySocket::try_reading() {
  auto& wait = *reader_;
  if (wait.into == nullptr) return end(reader_);
  ssize_t bytes = 0;
  do bytes = ::recv(socket_, wait.into, wait.room, MSG_DONTWAIT);
  while (bytes < 0 && errno == EINTR);
  if (bytes < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
    is_readable_ = false;
    return;
  }
  if (bytes > 0) {
    wait.moved.bytes = static_cast<std::size_t>(bytes);
    // Less than there was room for is all there was; what comes later is told anew.
    is_readable_ = has_ended_ || wait.moved.bytes == wait.room;
  } else {
    wait.moved.error = bytes == 0 ? error_code{asio::error::eof} : last_error();
  }
  end(reader_);
}

void ReadySocket::end(Wait*& place) {
  readiness_.go_on(std::exchange(place, nullptr)->waiting);
}

void ReadySocket::give_up() {
  for (auto* place : {&reader_, &writer_}) {
    if (*place == nullptr) continue;
    (*place)->moved.error = asio::error::operation_aborted;
    end(*place);
  }
}

} // namespace gateway
