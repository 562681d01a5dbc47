#include "net/demo/voices/bedrock_events.hpp"

#include <boost/crc.hpp>

#include <cstdint>

namespace gateway {
namespace {

std::string big_endian(std::uint64_t number, int bytes) {
  std::string text;
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
    text += static_cast<char>(number >> shift & 0xff);
  return text;
}

std::string checksum(std::string_view bytes) {
  boost::crc_32_type crc;
  crc.process_bytes(bytes.data(), bytes.size());
  return big_endian(crc.checksum(), 4);
}

std::string header(std::string_view name, std::string_view value) {
  constexpr char text_type = 7;
  return big_endian(name.size(), 1) + std::string{name} + text_type + big_endian(value.size(), 2)
    + std::string{value};
}

} // namespace

std::string
demo_aws_message(std::string_view type, std::string_view name, std::string_view payload) {
  const auto headers = header(":" + std::string{type} + "-type", name)
    + header(":content-type", "application/json") + header(":message-type", type);
  constexpr std::size_t around = 16; // two lengths and two checksums
  auto message =
    big_endian(around + headers.size() + payload.size(), 4) + big_endian(headers.size(), 4);
  message += checksum(message);
  message += headers;
  message += payload;
  return message + checksum(message);
}

} // namespace gateway
