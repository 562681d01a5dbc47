#pragma once

#include "net/base/header.hpp"
#include "net/base/result.hpp"

#include <boost/container/small_vector.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace gateway {

/// Bounds of an answer's head: twice what the large providers were seen to send, and then some.
constexpr std::size_t received_head_bytes_max = 64 * 1024;
constexpr std::size_t received_headers_max = 256;
/// `100 Continue`, `103 Early Hints` and the like before the answer itself.
constexpr int interim_answers_max = 8;

/// How the end of an answer's body is told (RFC 9112, section 6.3).
enum class BodyEnd : std::uint8_t { no_body, length, chunked, close };

/// The head of a provider's answer, parsed and checked; the headers are views into its bytes.
struct ReceivedHead {
  int status = 0;
  boost::container::small_vector<Header, 16> headers; // few answers have more
  BodyEnd body_end = BodyEnd::no_body;
  std::uint64_t length = 0; // where body_end is `length`
  bool keep_alive = false;
  /// How long the provider keeps the idle connection, where it says so.
  std::optional<std::chrono::seconds> keep_alive_time = {};
};

/// Finds the end of a head that arrives in pieces.
class ReceivedHeadEnd {
public:
  /// The length of the head with its empty line, 0 while that has not arrived. `bytes` are all
  /// since the head's beginning, each time.
  /// Errors: upstream_invalid_response, as soon as it can't become a head: no HTTP/1, a bare line
  /// feed, longer than `received_head_bytes_max`.
  Result<std::size_t> find(std::string_view bytes);

private:
  std::size_t line_begin_ = 0;
  std::size_t seen_ = 0;
};

/// Parses a whole head. Strict where two readers could disagree: what was meant to be one answer
/// must not become two.
/// Errors: upstream_invalid_response with what is wrong; then `head` says nothing.
Result<void>
parse_received_head(std::string_view bytes, bool answers_head_request, ReceivedHead& head);

} // namespace gateway
