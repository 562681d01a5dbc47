#include "net/dialects/aws_messages.hpp"

#include <array>
#include <cstdint>

namespace gateway {
namespace {

constexpr std::size_t prelude_bytes = 8; // two lengths, which have a checksum of their own
constexpr std::size_t checksum_bytes = 4;
constexpr std::size_t frame_bytes = prelude_bytes + 2 * checksum_bytes; // around the content

/// CRC-32 of IEEE 802.3, bit-reversed, as zlib has it.
constexpr auto crc_table = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
    auto crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc % 2 == 1 ? 0xEDB88320u : 0u);
    table[byte] = crc;
  }
  return table;
}();

std::uint32_t crc32(std::string_view bytes) noexcept {
  auto crc = ~std::uint32_t{0};
  for (const auto c : bytes)
    crc = crc >> 8 ^ crc_table[(crc ^ static_cast<unsigned char>(c)) & 0xff];
  return ~crc;
}

/// A big-endian number of so many bytes, which are there.
std::uint32_t number_in(std::string_view bytes, std::size_t size) noexcept {
  std::uint32_t number = 0;
  for (const auto c : bytes.substr(0, size)) number = number << 8 | static_cast<unsigned char>(c);
  return number;
}

/// Reads headers; false where they are not what they should be.
class Headers {
public:
  explicit Headers(std::string_view bytes) noexcept : rest_(bytes) {}

  bool read(AwsMessage& message) noexcept {
    while (!rest_.empty()) {
      std::string_view name;
      std::string_view value;
      if (!take_counted(name, 1) || rest_.empty()) return false;
      const auto type = number_in(rest_, 1);
      rest_.remove_prefix(1);
      if (!take_value(value, type)) return false;
      if (type == text_type) note(name, value, message);
    }
    return true;
  }

private:
  static constexpr std::uint32_t text_type = 7;

  static void note(std::string_view name, std::string_view value, AwsMessage& message) noexcept {
    if (name == ":message-type") message.type = value;
    if (name == ":event-type" || name == ":exception-type" || name == ":error-code")
      message.name = value;
    if (name == ":error-message") message.text = value;
  }

  bool take_value(std::string_view& value, std::uint32_t type) noexcept {
    switch (type) {
    case 0:                        // true
    case 1: return take(value, 0); // false
    case 2: return take(value, 1);
    case 3: return take(value, 2);
    case 4: return take(value, 4);
    case 5:                        // an integer
    case 8: return take(value, 8); // a time
    case 6:                        // bytes
    case text_type: return take_counted(value, 2);
    case 9: return take(value, 16); // a UUID
    default: return false;
    }
  }

  bool take_counted(std::string_view& value, std::size_t count_bytes) noexcept {
    if (rest_.size() < count_bytes) return false;
    const auto size = number_in(rest_, count_bytes);
    rest_.remove_prefix(count_bytes);
    return take(value, size);
  }

  bool take(std::string_view& value, std::size_t size) noexcept {
    if (rest_.size() < size) return false;
    value = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return true;
  }

  std::string_view rest_;
};

} // namespace

void AwsMessages::feed(std::string_view bytes) {
  if (broken_) return;
  // What was read is cut off here and not in next(): its views still lie in the buffer there.
  buffer_.erase(0, begin_);
  begin_ = 0;
  buffer_ += bytes;
}

std::optional<AwsMessage> AwsMessages::next() {
  const auto rest = std::string_view{buffer_}.substr(begin_);
  if (broken_ || rest.size() < prelude_bytes + checksum_bytes) return std::nullopt;
  const std::size_t total = number_in(rest, 4);
  const std::size_t headers = number_in(rest.substr(4), 4);
  // The lengths are believed, and waited for, only when their own checksum is right.
  broken_ = crc32(rest.substr(0, prelude_bytes)) != number_in(rest.substr(prelude_bytes), 4)
    || headers > aws_headers_bytes_max || total < frame_bytes + headers
    || total - frame_bytes - headers > aws_payload_bytes_max;
  if (broken_ || rest.size() < total) return std::nullopt;
  const auto whole = rest.substr(0, total - checksum_bytes);
  AwsMessage message;
  broken_ = crc32(whole) != number_in(rest.substr(whole.size()), 4)
    || !Headers{whole.substr(prelude_bytes + checksum_bytes, headers)}.read(message);
  if (broken_) return std::nullopt;
  message.payload = whole.substr(prelude_bytes + checksum_bytes + headers);
  begin_ += total;
  return message;
}

} // namespace gateway
