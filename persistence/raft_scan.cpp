#include "persistence/raft_scan.hpp"

#include <algorithm>

namespace gateway {
namespace {

constexpr std::size_t sector_bytes = 512;

/// Whether a sector of the file, or the part of it that lies in [begin, end), holds only zeros.
bool has_hole(std::string_view file, std::size_t begin, std::size_t end) {
  while (begin < end) {
    const auto sector_end = std::min(end, (begin / sector_bytes + 1) * sector_bytes);
    const auto part = file.substr(begin, sector_end - begin);
    if (std::ranges::all_of(part, [](char byte) { return byte == '\0'; })) return true;
    begin = sector_end;
  }
  return false;
}

/// Whether a write later than `write` left something whole behind `begin`.
bool has_later_write(std::string_view file, std::size_t begin, std::uint64_t write) {
  for (; begin < file.size(); ++begin) {
    const auto rest = file.substr(begin);
    const auto frame = read_raft_frame(rest);
    if (frame && frame->write > write && is_entry_whole(*frame, rest)) return true;
  }
  return false;
}

/// Whether what begins at `at`, and is not whole, is the rest of a write that broke off.
bool is_torn(std::string_view file, std::size_t at, std::uint64_t write) {
  const auto rest = file.substr(at);
  if (rest.size() < raft_frame_bytes) return true;
  const auto frame = read_raft_frame(rest);
  if (frame && rest.size() < frame->size()) return true;
  const auto end = frame ? at + frame->size() : file.size();
  return has_hole(file, at, end) && !has_later_write(file, at + 1, write);
}

} // namespace

Failed damaged_raft_file(const std::string& path, std::string_view what) {
  return fail(
    ErrorKind::storage_unavailable,
    path + " " + std::string(what)
      + ": the node can't know any more what it agreed to. Remove it from the cluster, and start "
        "it with an empty data folder.");
}

Result<ScannedEntries>
scan_raft_entries(std::string_view file, std::size_t begin, const std::string& path) {
  ScannedEntries scanned;
  RaftFrame last;
  auto at = begin;
  while (at < file.size()) {
    const auto rest = file.substr(at);
    const auto frame = read_raft_frame(rest);
    if (!frame || !is_entry_whole(*frame, rest)) {
      const auto write = last.left > 0 ? last.write : last.write + 1;
      if (is_torn(file, at, write)) break;
      return damaged_raft_file(path, "is damaged at byte " + std::to_string(at));
    }
    const bool follows = scanned.entries.empty()
      ? frame->index > 0
      : frame->index == last.index + 1 && frame->term >= last.term;
    if (!follows)
      return damaged_raft_file(path, "has an entry out of order at byte " + std::to_string(at));
    if (scanned.entries.empty()) scanned.first = frame->index;
    scanned.entries.push_back(
      {frame->term, frame->kind, std::string{rest.substr(raft_frame_bytes, frame->bytes)}});
    last = *frame;
    at += frame->size();
  }
  scanned.bytes = at;
  scanned.write = last.write;
  return scanned;
}

} // namespace gateway
