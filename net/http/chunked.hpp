#pragma once

#include "net/http/fault.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gateway {

/// Takes the chunked coding off a body, fed in any pieces.
/// Shape: RFC 9112 section 7.1, strictly: hexadecimal sizes, CRLF ends of line and nothing else;
/// extensions and trailers are read past within their bounds.
class ChunkedReader {
public:
  /// A size line with its extensions, which nobody uses but smugglers.
  static constexpr std::size_t line_bytes_max = 256;
  /// All extensions of a body, so that its framing never outweighs its payload by much.
  static constexpr std::size_t extension_bytes_max = std::size_t{16} * 1024;
  /// All trailer lines; they are read past, never used.
  static constexpr std::size_t trailer_bytes_max = std::size_t{8} * 1024;

  struct Step {
    std::size_t consumed = 0;      // bytes of the input that are done with
    std::string_view payload = {}; // a view into the input, part of what was consumed
  };

  /// Reads up to the end of the next run of payload: call until all is consumed, or `done`,
  /// or `fault`. A step without payload consumed framing only.
  Step next(std::string_view input) noexcept;

  /// The last chunk and the trailers have been read; what follows belongs to the next message.
  bool done() const noexcept { return at_ == At::end; }
  const Fault* fault() const noexcept { return fault_; }

  /// Payload bytes announced by the chunk that is being read and not seen yet.
  std::uint64_t announced() const noexcept { return left_; }

private:
  enum class At : std::uint8_t {
    size,
    extension,
    size_lf,
    payload,
    payload_cr,
    payload_lf,
    trailer_start,
    trailer_line,
    trailer_lf,
    last_lf,
    end,
  };

  std::size_t take_usual_size(std::string_view input) noexcept;
  void take(char c) noexcept;
  void take_size(char c) noexcept;
  void take_trailer(char c) noexcept;
  void end_size_line() noexcept;

  const Fault* fault_ = nullptr;
  std::uint64_t left_ = 0;          // of the chunk at hand
  std::size_t line_bytes_ = 0;      // of the size line at hand
  std::size_t size_digits_ = 0;     // of the size at hand
  std::size_t extension_bytes_ = 0; // of all lines
  std::size_t trailer_bytes_ = 0;
  At at_ = At::size;
};

} // namespace gateway
