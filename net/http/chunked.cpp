#include "net/http/chunked.hpp"

#include <algorithm>
#include <array>

namespace gateway {
namespace {

constexpr Fault bad_size = bad_request("A chunk's size is not a hexadecimal number.");
constexpr Fault size_too_large = bad_request("A chunk's size is beyond any body.");
constexpr Fault line_too_long = bad_request("A chunk's size line is too long.");
constexpr Fault bad_line_end = bad_request("A line of the chunked body does not end with CR LF.");
constexpr Fault bad_chunk_end = bad_request("A chunk is longer or shorter than its size says.");
constexpr Fault control_byte = bad_request("The chunked body's framing holds a control byte.");
constexpr Fault trailers_too_large = {
  431, ErrorKind::headers_too_large, "The trailers of the chunked body are too large."};

// Fifteen digits are a petabyte short of overflow and longer than any size.
constexpr std::size_t size_digits_max = 15;

/// What each byte is worth as a hexadecimal digit; -1: it is none.
constexpr auto hex_values = [] {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (unsigned digit = 0; digit < 16; ++digit)
    for (const auto* digits : {"0123456789abcdef", "0123456789ABCDEF"})
      values[static_cast<unsigned char>(digits[digit])] = static_cast<std::int8_t>(digit);
  return values;
}();

int hex_value(char c) noexcept {
  return hex_values[static_cast<unsigned char>(c)];
}

bool is_control(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

} // namespace

ChunkedReader::Step ChunkedReader::next(std::string_view input) noexcept {
  auto seen = take_usual_size(input);
  while (seen < input.size() && at_ != At::end && fault_ == nullptr) {
    if (at_ != At::payload) {
      take(input[seen++]);
      continue;
    }
    const auto bytes =
      static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size() - seen));
    left_ -= bytes;
    if (left_ == 0) at_ = At::payload_cr;
    return {seen + bytes, input.substr(seen, bytes)};
  }
  return {seen, {}};
}

/// Takes the end of a chunk and the size of the next, as nearly all come: all there, and a short
/// number alone, or nothing behind the end yet. How many bytes that was; 0, and nothing taken,
/// where it is anything else.
std::size_t ChunkedReader::take_usual_size(std::string_view input) noexcept {
  constexpr std::string_view line_end = "\r\n";
  constexpr std::size_t digits_max = 8;
  std::size_t seen = 0;
  if (at_ == At::payload_cr && input.starts_with(line_end)) {
    seen = line_end.size();
    if (seen == input.size()) {
      at_ = At::size;
      return seen;
    }
  } else if (at_ != At::size || size_digits_ != 0) {
    return 0;
  }
  std::uint64_t size = 0;
  for (const auto end = std::min(input.size(), seen + digits_max); seen < end; ++seen) {
    const auto digit = hex_value(input[seen]);
    if (digit < 0) break;
    size = size * 16 + static_cast<std::uint64_t>(digit);
  }
  // A size of none is the last chunk's, behind which trailers come.
  if (size == 0 || !input.substr(seen).starts_with(line_end)) return 0;
  left_ = size;
  at_ = At::payload;
  return seen + line_end.size();
}

void ChunkedReader::take(char c) noexcept {
  switch (at_) {
  case At::size: return take_size(c);
  case At::extension:
    if (++line_bytes_ > line_bytes_max || ++extension_bytes_ > extension_bytes_max)
      fault_ = &line_too_long;
    else if (c == '\r')
      at_ = At::size_lf;
    else if (is_control(c))
      fault_ = &control_byte;
    return;
  case At::size_lf:
    if (c != '\n') fault_ = &bad_line_end;
    return end_size_line();
  case At::payload_cr:
    if (c != '\r') fault_ = &bad_chunk_end;
    at_ = At::payload_lf;
    return;
  case At::payload_lf:
    if (c != '\n') fault_ = &bad_chunk_end;
    at_ = At::size;
    return;
  case At::trailer_start:
  case At::trailer_line:
  case At::trailer_lf:
  case At::last_lf: return take_trailer(c);
  case At::payload:
  case At::end: return; // not fed byte by byte
  }
}

void ChunkedReader::take_size(char c) noexcept {
  const auto digit = hex_value(c);
  if (digit >= 0) {
    if (++size_digits_ > size_digits_max) {
      fault_ = &size_too_large;
      return;
    }
    left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
  } else if (c == '\r' && size_digits_ != 0) {
    at_ = At::size_lf;
  } else if (c == ';' && size_digits_ != 0) {
    at_ = At::extension;
  } else {
    fault_ = &bad_size;
  }
}

void ChunkedReader::end_size_line() noexcept {
  at_ = left_ == 0 ? At::trailer_start : At::payload;
  size_digits_ = 0;
  line_bytes_ = 0;
}

void ChunkedReader::take_trailer(char c) noexcept {
  if (++trailer_bytes_ > trailer_bytes_max) {
    fault_ = &trailers_too_large;
    return;
  }
  switch (at_) {
  case At::trailer_start:
    // A folded or nameless first byte would be a line that others read differently.
    if (c == ' ' || c == '\t' || c == ':' || (is_control(c) && c != '\r')) fault_ = &control_byte;
    at_ = c == '\r' ? At::last_lf : At::trailer_line;
    return;
  case At::trailer_line:
    if (c == '\r')
      at_ = At::trailer_lf;
    else if (is_control(c))
      fault_ = &control_byte;
    return;
  case At::trailer_lf:
    if (c != '\n') fault_ = &bad_line_end;
    at_ = At::trailer_start;
    return;
  default:
    if (c == '\n')
      at_ = At::end;
    else
      fault_ = &bad_line_end;
  }
}

} // namespace gateway
