#pragma once

#include <boost/crc.hpp>

#include <cstdint>
#include <string>
#include <string_view>

/// AWS's binary event stream, made apart from the code that reads it (providers/bedrock.md,
/// section 7); its test holds it against the reference's vectors.
namespace gateway {

inline std::string big_endian(std::uint64_t number, int bytes) {
  std::string text;
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
    text += static_cast<char>(number >> shift & 0xff);
  return text;
}

inline std::string aws_checksum(std::string_view bytes) {
  boost::crc_32_type crc;
  crc.process_bytes(bytes.data(), bytes.size());
  return big_endian(crc.checksum(), 4);
}

inline std::string aws_header(std::string_view name, std::string_view value) {
  return big_endian(name.size(), 1) + std::string{name} + '\x07' + big_endian(value.size(), 2)
    + std::string{value};
}

/// A message of these headers, as they stand on the wire.
inline std::string aws_frame(std::string_view headers, std::string_view payload) {
  auto frame = big_endian(16 + headers.size() + payload.size(), 4) + big_endian(headers.size(), 4);
  frame += aws_checksum(frame);
  frame += headers;
  frame += payload;
  return frame + aws_checksum(frame);
}

/// `type` is `event` or `exception`, `name` what kind of one.
inline std::string
aws_message(std::string_view type, std::string_view name, std::string_view payload) {
  return aws_frame(
    aws_header(":" + std::string{type} + "-type", name)
      + aws_header(":content-type", "application/json") + aws_header(":message-type", type),
    payload);
}

/// A stream of the events in a fixture: each line a name and its payload, those with a colon in
/// front say where they are from.
inline std::string aws_stream(std::string_view lines) {
  std::string stream;
  while (!lines.empty()) {
    const auto line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(line.size() + 1);
    const auto space = line.find(' ');
    if (!line.starts_with(':'))
      stream += aws_message("event", line.substr(0, space), line.substr(space + 1));
  }
  return stream;
}

} // namespace gateway
