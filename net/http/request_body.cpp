#include "net/http/request_body.hpp"

#include "net/http/chunked.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace gateway {
namespace {

constexpr char nothing[Buffer::padding] = {};

Failed too_large(std::size_t bytes_max) {
  return fail(
    ErrorKind::request_too_large,
    "The request's body is larger than " + std::to_string(bytes_max) + " bytes.");
}

} // namespace

void RequestBody::begin(const BodyFraming& framing, std::size_t head_bytes) noexcept {
  framing_ = framing;
  at_ = head_bytes;
  state_ = framing.kind == BodyFraming::Kind::none ? State::finished : State::unread;
}

Co<Result<std::string_view>> RequestBody::read(std::size_t bytes_max) {
  // Most bodies came with their head, and wait for nothing.
  const bool is_here = framing_.kind == BodyFraming::Kind::length && state_ == State::unread
    && framing_.length <= std::min(arrived(), bytes_max);
  if (!is_here) return receive_all(bytes_max);
  state_ = State::finished;
  return Co<Result<std::string_view>>::of(take_arrived());
}

std::string_view RequestBody::take_arrived() noexcept {
  const auto length = static_cast<std::size_t>(framing_.length);
  const auto body = in_.unread().substr(at_, length);
  at_ += length;
  return body;
}

Co<Result<std::string_view>> RequestBody::receive_all(std::size_t bytes_max) {
  if (framing_.kind == BodyFraming::Kind::none) co_return std::string_view{nothing};
  if (state_ != State::unread) co_return fail(ErrorKind::internal, "a body can be read once");
  const bool has_length = framing_.kind == BodyFraming::Kind::length;
  if (has_length && framing_.length > bytes_max) co_return too_large(bytes_max);

  state_ = State::broken; // until all of it is here
  due_ = BootClock::now() + limits_.body_time;
  if (framing_.expects_continue && arrived() == 0) {
    auto asked = co_await ask_for_it();
    if (!asked) co_return fail(std::move(asked.error()));
  }
  if (has_length) co_return finished(co_await read_length());
  co_return finished(co_await read_chunked(bytes_max));
}

Result<std::string_view> RequestBody::finished(Result<std::string_view> whole) noexcept {
  if (whole) state_ = State::finished;
  return whole;
}

Co<Result<std::string_view>> RequestBody::read_length() {
  const auto length = static_cast<std::size_t>(framing_.length);
  if (length <= arrived() + in_.room()) {
    while (arrived() < length) {
      auto received = co_await receive(in_, in_.room());
      if (!received) co_return fail(std::move(received.error()));
    }
    co_return take_arrived();
  }
  // Memory follows the bytes that came: a promised length alone takes one step's worth.
  if (auto made = reserve(std::min(length, limits_.body_step_bytes)); !made)
    co_return fail(std::move(made.error()));
  own_.append(in_.unread().substr(at_));
  at_ = in_.size();
  while (own_.size() < length) {
    if (own_.room() == 0)
      if (auto made = reserve(std::min(length, 2 * own_.capacity())); !made)
        co_return fail(std::move(made.error()));
    // Never past the body's end, so that a next request stays in the socket.
    auto received = co_await receive(own_, length - own_.size());
    if (!received) co_return fail(std::move(received.error()));
  }
  co_return own_.unread();
}

Co<Result<std::string_view>> RequestBody::read_chunked(std::size_t bytes_max) {
  ChunkedReader reader;
  auto arrived_bytes = in_.unread().substr(at_);
  at_ = in_.size();
  while (true) {
    while (!arrived_bytes.empty() && !reader.done()) {
      const auto step = reader.next(arrived_bytes);
      if (const auto* fault = reader.fault())
        co_return fail(fault->kind, std::string{fault->message});
      arrived_bytes.remove_prefix(step.consumed);
      const auto bytes = own_.size() + step.payload.size();
      if (bytes > bytes_max || reader.announced() > bytes_max - bytes)
        co_return too_large(bytes_max);
      if (step.payload.size() > own_.room())
        if (auto made = reserve(std::max(bytes, 2 * own_.capacity())); !made)
          co_return fail(std::move(made.error()));
      own_.append(step.payload);
    }
    if (reader.done()) break;
    raw_.consume(raw_.size());
    raw_.reserve(limits_.body_step_bytes);
    auto received = co_await receive(raw_, raw_.room());
    if (!received) co_return fail(std::move(received.error()));
    arrived_bytes = raw_.unread();
  }
  // What follows the body belongs to the next request; it lies in the buffer that was read last.
  if (raw_.size() != 0)
    raw_.consume(raw_.size() - arrived_bytes.size());
  else
    at_ -= arrived_bytes.size();
  if (raw_.size() == 0) raw_.release(); // a stream's answer may take long
  own_.reserve(1);                      // an empty body has its padding too
  co_return own_.unread();
}

Result<void> RequestBody::reserve(std::size_t bytes) {
  if (bytes > lent_) {
    if (!front_.lend_for_body(bytes - lent_))
      return fail(Error{
        ErrorKind::overloaded,
        "This node holds as many large requests as it can.",
        "",
        Milliseconds{1'000}});
    lent_ = bytes;
  }
  own_.reserve(bytes);
  return {};
}

void RequestBody::release() noexcept {
  own_.release();
  if (lent_ != 0) front_.take_back_of_body(std::exchange(lent_, 0));
}

Co<Result<void>> RequestBody::receive(Buffer& into, std::size_t bytes_max) {
  stream_.expires_at(std::min(BootClock::now() + limits_.body_idle_time, due_));
  const auto moved =
    co_await stream_.read_some(into.free_space(), std::min(bytes_max, into.room()));
  stream_.no_deadline();
  into.received(moved.bytes);
  if (!moved.error) co_return Result<void>{};
  if (moved.error == boost::asio::error::timed_out)
    co_return fail(ErrorKind::request_timeout, "The request's body did not arrive in time.");
  co_return fail(ErrorKind::cancelled, "The client left before the end of its request.");
}

Co<Result<void>> RequestBody::ask_for_it() {
  char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
  iovec piece{text, sizeof text - 1};
  stream_.expires_at(std::min(BootClock::now() + limits_.write_time, due_));
  const auto moved = co_await stream_.write({&piece, 1});
  stream_.no_deadline();
  if (moved.error) co_return fail(ErrorKind::cancelled, "The client left.");
  co_return Result<void>{};
}

bool RequestBody::lets_continue() const noexcept {
  if (state_ == State::finished) return true;
  // Whether a body of unknown length, or one that was never asked for, comes at all is not known.
  if (state_ == State::broken || framing_.kind != BodyFraming::Kind::length) return false;
  const auto missing = framing_.length - std::min<std::uint64_t>(framing_.length, arrived());
  return missing == 0 || (!framing_.expects_continue && missing <= limits_.drain_bytes_max);
}

bool RequestBody::is_followed() const noexcept {
  if (state_ == State::finished) return arrived() != 0 || raw_.size() != 0;
  return state_ == State::unread && arrived() > framing_.length;
}

Co<bool> RequestBody::finish() {
  if (!lets_continue()) return Co<bool>::of(false);
  const auto left = state_ == State::finished ? 0 : static_cast<std::size_t>(framing_.length);
  state_ = State::finished;
  framing_ = {};
  in_.consume(at_);
  at_ = 0;
  release();
  if (raw_.size() != 0) in_.append(raw_.unread());
  raw_.release();
  return left == 0 ? Co<bool>::of(true) : read_past(left);
}

Co<bool> RequestBody::read_past(std::size_t bytes) {
  due_ = BootClock::now() + limits_.body_time;
  while (true) {
    const auto skipped = std::min(bytes, in_.size());
    in_.consume(skipped);
    bytes -= skipped;
    if (bytes == 0) co_return true;
    in_.reserve(limits_.buffer_bytes_first);
    const auto received = co_await receive(in_, in_.room());
    if (!received) co_return false;
  }
}

} // namespace gateway
