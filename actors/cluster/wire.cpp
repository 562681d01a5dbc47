#include "actors/cluster/wire.hpp"

namespace gateway {
namespace {

constexpr std::uint64_t seven_bits = 0x7f;
constexpr std::uint8_t more = 0x80;

} // namespace

void WireWriter::number(std::uint64_t value) {
  while (value > seven_bits) {
    byte(static_cast<std::uint8_t>((value & seven_bits) | more));
    value >>= 7U;
  }
  byte(static_cast<std::uint8_t>(value));
}

void WireWriter::signed_number(std::int64_t value) {
  const auto twice = static_cast<std::uint64_t>(value) << 1U;
  number(value < 0 ? ~twice : twice);
}

void WireWriter::text(std::string_view value) {
  number(value.size());
  bytes_ += value;
}

void WireReader::fail() noexcept {
  failed_ = true;
  rest_ = {};
}

std::uint8_t WireReader::byte() noexcept {
  if (rest_.empty()) {
    fail();
    return 0;
  }
  const auto value = static_cast<std::uint8_t>(rest_.front());
  rest_.remove_prefix(1);
  return value;
}

std::uint64_t WireReader::number(std::uint64_t most) noexcept {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const auto next = byte();
    // The tenth byte has one bit of the 64.
    if (shift == 63 && next > 1) fail();
    value |= (next & seven_bits) << shift;
    if (next < more) {
      if (value > most) fail();
      return failed_ ? 0 : value;
    }
  }
  fail();
  return 0;
}

std::int64_t WireReader::signed_number(std::int64_t least, std::int64_t most) noexcept {
  const auto coded = number();
  const auto half = static_cast<std::int64_t>(coded >> 1U);
  const auto value = (coded & 1U) != 0 ? ~half : half;
  if (value < least || value > most) fail();
  return failed_ ? 0 : value;
}

std::string_view WireReader::text(std::size_t most) noexcept {
  const auto size = number(most);
  if (size > rest_.size()) fail();
  if (failed_) return {};
  const auto value = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return value;
}

} // namespace gateway
