#pragma once

#include "net/base/header.hpp"

#include <cstdint>
#include <ctime>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace gateway {

/// The `date` header's text, made once per second. Thread: one io thread.
class DateText {
public:
  /// Shape: RFC 9110 section 5.6.7, `Sun, 06 Nov 1994 08:49:37 GMT`. `now`: seconds since 1970.
  std::string_view at(std::time_t now) noexcept;

private:
  std::time_t made_for_ = -1;
  char text_[32] = {};
  std::size_t bytes_ = 0;
};

/// What the session itself says in an answer's head, besides the handler's headers.
struct AnswerFraming {
  std::optional<std::uint64_t> length =
    {}; // of the body; none where it is not known or not allowed
  bool chunked = false;
  bool closes = false;    // `connection: close`
  bool keeps_old = false; // `connection: keep-alive`, which HTTP/1.0 needs to hear
};

/// Writes a head into `out`, replacing what was there, the empty line included.
/// A control byte in a value becomes a space: no header can smuggle a second one.
void write_answer_head(
  std::string& out,
  int status,
  std::string_view date,
  const AnswerFraming& framing,
  std::span<const Header> headers);

/// True where HTTP allows no body with the status (1xx, 204, 304).
constexpr bool is_bodiless(int status) noexcept {
  return status < 200 || status == 204 || status == 304;
}

} // namespace gateway
