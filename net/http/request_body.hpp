#pragma once

#include "net/base/co.hpp"
#include "net/base/result.hpp"
#include "net/http/buffer.hpp"
#include "net/http/front.hpp"
#include "net/http/limits.hpp"
#include "net/http/request_head.hpp"
#include "net/http/stream.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gateway {

/// The body of the request at hand: read when it is asked for, or read past.
/// A small one stays where it arrived, behind its head; a larger one gets a buffer of its own,
/// as the head must not move while somebody has views into it.
class RequestBody {
public:
  RequestBody(Stream& stream, Buffer& in, Front& front) noexcept
      : stream_(stream), in_(in), front_(front), limits_(front.limits()) {}
  ~RequestBody() { release(); }
  RequestBody(const RequestBody&) = delete;
  RequestBody& operator=(const RequestBody&) = delete;

  /// The next request: its head is the first `head_bytes` of what `in` holds.
  void begin(const BodyFraming& framing, std::size_t head_bytes) noexcept;

  /// The whole body, once. See Exchange::body.
  Co<Result<std::string_view>> read(std::size_t bytes_max);

  /// The connection can go on after this request: the body was read, or is cheap to read past.
  bool lets_continue() const noexcept;
  /// Bytes of a later request have arrived already.
  bool is_followed() const noexcept;

  /// Takes head and body off `in`, reading past what is left of the body. Views into both die.
  /// False if the connection can't go on.
  Co<bool> finish();

private:
  enum class State : std::uint8_t { unread, finished, broken };

  std::size_t arrived() const noexcept { return in_.size() - at_; }
  Co<Result<std::string_view>> receive_all(std::size_t bytes_max);
  Co<Result<std::string_view>> read_length();
  Co<Result<std::string_view>> read_chunked(std::size_t bytes_max);
  /// Memory of the body's own, counted. Errors: overloaded, where no more is lent.
  Result<void> reserve(std::size_t bytes);
  void release() noexcept;
  /// The body, all of which has arrived behind its head.
  std::string_view take_arrived() noexcept;
  Result<std::string_view> finished(Result<std::string_view> whole) noexcept;
  Co<bool> read_past(std::size_t bytes);
  /// One read into `into`, within the body's times.
  Co<Result<void>> receive(Buffer& into, std::size_t bytes_max);
  Co<Result<void>> ask_for_it();

  Stream& stream_;
  Buffer& in_;
  Front& front_;
  const HttpLimits& limits_;
  Buffer own_; // a body that did not fit behind its head
  std::size_t lent_ = 0;
  Buffer raw_; // what a chunked body is read into; at its end, what followed it
  BodyFraming framing_;
  std::size_t at_ = 0; // in what `in_` holds: where the unread part of the message begins
  Instant due_{};
  State state_ = State::finished;
};

} // namespace gateway
