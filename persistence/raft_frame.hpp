#pragma once

#include "persistence/raft_record.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Entries of the document log as they lie in its file, one behind the other. Numbers have the
/// least byte first.
///
///   4  bytes of the entry         1  kind        8  write: one more with each write to this file
///   8  index                      3  zero        4  left: entries that follow in the same write
///   8  term                       4  CRC-32 of the entry    4  CRC-32 of these 40 bytes
///   …  the entry                  1  '\n', so that what is torn off shows as a hole
namespace gateway {

constexpr std::size_t raft_frame_bytes = 44;

/// What stands before an entry.
struct RaftFrame {
  std::uint32_t bytes = 0;
  std::uint8_t kind = 0;
  std::uint64_t index = 0;
  std::uint64_t term = 0;
  std::uint64_t write = 0;
  std::uint32_t left = 0;
  std::uint32_t checksum = 0; // of the entry

  /// Of the frame, the entry and what closes it.
  std::size_t size() const noexcept { return raft_frame_bytes + bytes + 1; }
};

/// Appends frame and entry.
void append_raft_frame(
  std::string& out,
  const RaftEntry& entry,
  std::uint64_t index,
  std::uint64_t write,
  std::uint32_t left);

/// The frame that `bytes` begin with, if its checksum agrees.
std::optional<RaftFrame> read_raft_frame(std::string_view bytes) noexcept;

/// Whether the entry that `bytes` have behind their frame is whole.
bool is_entry_whole(const RaftFrame& frame, std::string_view bytes) noexcept;

} // namespace gateway
