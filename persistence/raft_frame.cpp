#include "persistence/raft_frame.hpp"

#include "persistence/checksum.hpp"

#include <type_traits>

namespace gateway {
namespace {

constexpr std::size_t checked_bytes = raft_frame_bytes - 4;

template <class Number>
void append_fixed(std::string& out, Number number) {
  for (std::size_t i = 0; i < sizeof number; ++i)
    out += static_cast<char>(static_cast<std::uint64_t>(number) >> (8 * i));
}

template <class Number>
Number take_fixed(std::string_view& bytes) noexcept {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i)
    number |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  bytes.remove_prefix(sizeof(Number));
  return static_cast<Number>(number);
}

} // namespace

void append_raft_frame(
  std::string& out,
  const RaftEntry& entry,
  std::uint64_t index,
  std::uint64_t write,
  std::uint32_t left) {
  const auto begin = out.size();
  append_fixed(out, static_cast<std::uint32_t>(entry.bytes.size()));
  append_fixed(out, std::uint32_t{entry.kind}); // three zeros with it
  append_fixed(out, index);
  append_fixed(out, entry.term);
  append_fixed(out, write);
  append_fixed(out, left);
  append_fixed(out, crc32_of(entry.bytes));
  append_fixed(out, crc32_of(std::string_view{out}.substr(begin, checked_bytes)));
  out += entry.bytes;
  out += '\n';
}

std::optional<RaftFrame> read_raft_frame(std::string_view bytes) noexcept {
  if (bytes.size() < raft_frame_bytes) return std::nullopt;
  const auto checksum = crc32_of(bytes.substr(0, checked_bytes));
  RaftFrame frame;
  frame.bytes = take_fixed<std::uint32_t>(bytes);
  const auto kind = take_fixed<std::uint32_t>(bytes);
  frame.kind = static_cast<std::uint8_t>(kind);
  frame.index = take_fixed<std::uint64_t>(bytes);
  frame.term = take_fixed<std::uint64_t>(bytes);
  frame.write = take_fixed<std::uint64_t>(bytes);
  frame.left = take_fixed<std::uint32_t>(bytes);
  frame.checksum = take_fixed<std::uint32_t>(bytes);
  if (take_fixed<std::uint32_t>(bytes) != checksum) return std::nullopt;
  if (kind > 0xff || frame.bytes > raft_entry_bytes_max) return std::nullopt;
  return frame;
}

bool is_entry_whole(const RaftFrame& frame, std::string_view bytes) noexcept {
  if (bytes.size() < frame.size()) return false;
  return bytes[frame.size() - 1] == '\n'
    && crc32_of(bytes.substr(raft_frame_bytes, frame.bytes)) == frame.checksum;
}

} // namespace gateway
