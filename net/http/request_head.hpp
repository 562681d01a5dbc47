#pragma once

#include "net/http/exchange.hpp"
#include "net/http/fault.hpp"
#include "net/http/limits.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gateway {

/// How the body behind a head is delimited, and whether the client waits to be asked for it.
struct BodyFraming {
  enum class Kind : std::uint8_t { none, length, chunked };
  Kind kind = Kind::none;
  bool expects_continue = false;
  std::uint64_t length = 0; // of Kind::length
};

/// Finds the end of a head as bytes arrive, looking at no byte twice; one per head.
class HeadEnd {
public:
  /// `text`: all bytes since the head's first one, as many as before or more.
  /// Errors: a bare LF, a first byte that begins no request, more than the bounds allow.
  const Fault* look(std::string_view text, const HttpLimits& limits) noexcept;

  bool found() const noexcept { return bytes_ != 0; }
  /// Bytes of the head, its empty line included, once found.
  std::size_t bytes() const noexcept { return bytes_; }

private:
  std::size_t looked_ = 0;
  std::size_t line_start_ = 0;
  std::size_t bytes_ = 0;
};

/// Parses a whole head. Stricter than RFC 9112 wherever two readers of the same bytes could see
/// two different requests: repeated lengths, length and coding together, any coding but `chunked`,
/// bare CR or LF, folded lines, space before a colon, control bytes, two hosts are all refused.
/// Shape: `text` is what HeadEnd found. The head's views point into it; its vector is reused.
/// Errors: the fault to answer with; `head` is then half filled.
/// Source: RFC 9110, RFC 9112 (sections 2 to 6, 11.2), RFC 3986 for the target's characters.
const Fault* parse_request_head(
  std::string_view text, const HttpLimits& limits, RequestHead& head, BodyFraming& framing);

} // namespace gateway
