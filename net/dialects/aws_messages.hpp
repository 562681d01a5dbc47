#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace gateway {

/// What a message may have at most (AWS's own bounds).
constexpr std::size_t aws_headers_bytes_max = 128 * 1024;
constexpr std::size_t aws_payload_bytes_max = 16 * 1024 * 1024;

/// One message of an AWS event stream.
struct AwsMessage {
  std::string_view type;    // event, exception, error
  std::string_view name;    // what kind of one: `:event-type`, `:exception-type`, `:error-code`
  std::string_view text;    // `:error-message`
  std::string_view payload; // JSON
};

/// Splits a body in AWS's binary framing (application/vnd.amazon.eventstream) into messages,
/// whatever pieces it arrives in.
/// Shape: lengths, their CRC-32, headers, payload, the CRC-32 of it all; big-endian.
/// Bounds: `aws_headers_bytes_max`, `aws_payload_bytes_max`; beyond them, and where a checksum or a
/// header is wrong, `broken`, and no message comes any more.
/// Source: providers/bedrock.md, section 7.
class AwsMessages {
public:
  /// Takes bytes of the body; `next` then gives the messages they completed.
  void feed(std::string_view bytes);
  /// The views hold until the next `feed`.
  std::optional<AwsMessage> next();

  bool broken() const noexcept { return broken_; }
  /// A message has begun that is not whole: at the body's end it was cut.
  bool torn() const noexcept { return begin_ < buffer_.size(); }

private:
  std::string buffer_;
  std::size_t begin_ = 0; // of the message under way
  bool broken_ = false;
};

} // namespace gateway
