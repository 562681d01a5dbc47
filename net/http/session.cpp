#include "net/http/session.hpp"

#include "net/http/error_answer.hpp"
#include "net/http/tls.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <array>
#include <sys/socket.h>
#include <utility>

namespace gateway {
namespace {

constexpr Fault head_too_slow{
  408, ErrorKind::request_timeout, "The request's head did not arrive in time."};
constexpr Fault unanswered{500, ErrorKind::internal, "The request was not answered."};

bool is_time_out(const boost::system::error_code& error) noexcept {
  return error == boost::asio::error::timed_out;
}

} // namespace

Session::Session(
  Front& front, const Door& door, int socket, const boost::asio::ip::tcp::endpoint& client)
    : front_(front), door_(door), stream_(front.thread(), socket), body_(stream_, in_, front),
      answer_(stream_, front.limits()), client_(client) {
  front_.enter(*this);
}

Session::~Session() {
  front_.leave(*this);
}

Co<void> Session::run() {
  auto next = Next::go_on;
  if (door_.tls && !co_await shake_hands()) next = Next::close;
  while (next == Next::go_on) next = co_await serve_one();
  if (next == Next::linger) co_await linger();
  if (next == Next::reset)
    stream_.abort();
  else
    stream_.close();
}

Co<bool> Session::shake_hands() {
  const auto context = door_.tls->context();
  is_idle_ = true;
  const auto due = BootClock::now() + front_.limits().handshake_time;
  stream_.expires_at(front_.is_draining() ? first_head_due() : due);
  const auto failed = co_await stream_.become_tls_server(*context);
  is_idle_ = false;
  co_return !failed;
}

Co<Session::Next> Session::serve_one() {
  answer_.expect(false, 1); // of a head that is refused before it is understood
  const auto next = co_await read_head();
  if (next != Next::go_on) co_return next;
  stream_.no_deadline();
  BodyFraming framing;
  const auto head = in_.unread().substr(0, head_end_.bytes());
  if (const auto* fault = parse_request_head(head, front_.limits(), head_, framing))
    co_return co_await refuse(*fault);

  front_.request_began();
  body_.begin(framing, head.size());
  answer_.expect(head_.method == "HEAD", head_.minor_version);
  Exchange exchange{*this};
  co_await front_.handler().handle(exchange);
  has_served_ = true;
  auto end = Next::linger;
  if (answer_.is_complete()) {
    if (!answer_.closes()) end = co_await body_.finish() ? Next::go_on : Next::close;
  } else if (answer_.is_unsent()) {
    answer_.take_back();
    end = co_await refuse(unanswered);
  } else {
    // Half an answer can't be taken back: the client must see that it is no whole one.
    end = Next::reset;
  }
  front_.request_ended();
  co_return end;
}

Co<Session::Next> Session::read_head() {
  head_end_ = {};
  if (in_.size() == 0) {
    // A kept connection without a request in it has nothing to lose in a drain.
    if (front_.is_draining() && has_served_ && !stream_.is_stale()) co_return Next::close;
    if (has_served_)
      stream_.expires_after(front_.limits().idle_buffer_time);
    else
      stream_.expires_at(first_head_due());
    make_room();
    is_idle_ = true;
    auto moved = co_await stream_.read_some(in_.free_space(), in_.room());
    const bool waits_longer = has_served_ && !front_.is_draining();
    if (waits_longer && is_time_out(moved.error)) moved = co_await wait_longer();
    is_idle_ = false;
    in_.received(moved.bytes);
    // Nobody has asked anything, so nobody is told that time is up.
    if (moved.error) co_return Next::close;
  }
  bool is_armed = !has_served_; // a first head has its time from the accept on
  while (true) {
    if (const auto* fault = head_end_.look(in_.unread(), front_.limits()))
      co_return co_await refuse(*fault);
    if (head_end_.found()) co_return Next::go_on;
    if (!std::exchange(is_armed, true))
      stream_.expires_at(BootClock::now() + front_.limits().head_time);
    make_room();
    const auto moved = co_await stream_.read_some(in_.free_space(), in_.room());
    in_.received(moved.bytes);
    if (is_time_out(moved.error)) co_return co_await refuse(head_too_slow);
    if (moved.error) co_return Next::close;
  }
}

Co<Moved> Session::wait_longer() {
  // Nothing came for a while: wait on without the memory that a request needs.
  in_.release();
  head_.headers = {};
  const auto& limits = front_.limits();
  stream_.expires_after(limits.idle_time - limits.idle_buffer_time);
  if (const auto error = co_await stream_.wait_readable()) co_return Moved{error, 0};
  make_room();
  co_return co_await stream_.read_some(in_.free_space(), in_.room());
}

void Session::make_room() {
  const auto first = front_.limits().buffer_bytes_first;
  if (in_.room() >= first / 4) return;
  const bool is_full = in_.size() > in_.capacity() / 2;
  in_.reserve(std::max(first, is_full ? 2 * in_.capacity() : in_.capacity()));
}

Co<Session::Next> Session::refuse(const Fault& fault) {
  const auto body = error_answer(fault.kind, fault.message);
  const std::array headers{Header{"content-type", "application/json"}};
  stream_.no_deadline();
  const auto told = co_await answer_.respond(fault.status, headers, body, front_.date(), true);
  co_return told ? Next::linger : Next::close;
}

Co<void> Session::linger() {
  // Closing over unread bytes would send a reset, and a reset may overtake the answer.
  const auto& limits = front_.limits();
  stream_.expires_at(BootClock::now() + limits.linger_time);
  co_await stream_.end_writing();
  if (stream_.is_tls()) co_return; // its farewell was waited for
  in_.consume(in_.size());
  make_room();
  for (std::size_t bytes = 0; bytes < limits.linger_bytes_max;) {
    const auto moved = co_await stream_.read_some(in_.free_space(), in_.room());
    if (moved.error) co_return;
    bytes += moved.bytes;
  }
}

void Session::drain() noexcept {
  if (!is_idle_) return; // it ends by itself: the next head it writes says so
  // A kept connection too: its client may just be asking, and learns by the answer that it closes.
  stream_.expires_at(first_head_due());
}

void Session::abort() noexcept {
  stream_.cancel();
  // A handler that waits for something else than the socket learns it from its watch.
  ::shutdown(stream_.native_handle(), SHUT_RDWR);
}

bool Session::closes_after_this() const noexcept {
  if (close_asked_ || !head_.keep_alive || !body_.lets_continue()) return true;
  return front_.is_draining() && !body_.is_followed();
}

Instant Session::first_head_due() const noexcept {
  const auto& limits = front_.limits();
  return BootClock::now() + (front_.is_draining() ? limits.drain_grace : limits.head_time);
}

} // namespace gateway
