#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gateway {

/// Appends the number in seven bits a byte, the lowest first: small ones take one.
inline void append_packed(std::string& out, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) out += static_cast<char>(number | 0x80);
  out += static_cast<char>(number);
}

/// The same for what is seldom negative, but may be.
inline void append_packed_signed(std::string& out, std::int64_t number) {
  const auto shifted = static_cast<std::uint64_t>(number) << 1;
  append_packed(out, number < 0 ? ~shifted : shifted);
}

inline void append_packed_text(std::string& out, std::string_view text) {
  append_packed(out, text.size());
  out += text;
}

/// Reads what was appended so. What is not there is read as 0 or as an empty text, and ok() says so
/// afterwards.
class PackedReader {
public:
  explicit PackedReader(std::string_view bytes) noexcept
      : at_(bytes.data()), end_(at_ + bytes.size()) {}

  bool at_end() const noexcept { return at_ == end_; }
  bool ok() const noexcept { return ok_; }

  std::uint64_t number() noexcept {
    // Nearly always one byte.
    if (at_ != end_ && static_cast<unsigned char>(*at_) < 0x80)
      return static_cast<unsigned char>(*at_++);
    std::uint64_t number = 0;
    for (unsigned shift = 0; shift < 64 && at_ != end_; shift += 7) {
      const auto byte = static_cast<unsigned char>(*at_++);
      number |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return number;
    }
    ok_ = false;
    at_ = end_;
    return 0;
  }
  std::int64_t signed_number() noexcept {
    const auto shifted = number();
    return static_cast<std::int64_t>((shifted >> 1) ^ (0 - (shifted & 1)));
  }
  std::string_view text() noexcept {
    const auto size = number();
    if (size > static_cast<std::uint64_t>(end_ - at_)) {
      ok_ = false;
      at_ = end_;
      return {};
    }
    const std::string_view text{at_, size};
    at_ += size;
    return text;
  }

private:
  const char* at_;
  const char* end_;
  bool ok_ = true;
};

} // namespace gateway
