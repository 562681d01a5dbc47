#pragma once

#include "net/base/result.hpp"
#include "persistence/files.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gateway {

/// One piece of a file between two newlines.
struct ScannedLine {
  std::string_view text; // without its newline; valid until the next call
  std::uint64_t begin = 0;
  std::uint64_t end = 0; // behind the newline, if there is one
  bool ended = true;     // false: the range ended, or line_bytes_max was reached, without a newline
};

/// Reads the lines of [begin, end) of a file, forwards, a block at a time.
class LineScan {
public:
  /// `files` and the descriptor outlive it.
  LineScan(Files& files, int descriptor, std::uint64_t begin, std::uint64_t end)
      : files_(files), descriptor_(descriptor), at_(begin), end_(end) {}

  /// Nothing at the end. Errors: storage_unavailable.
  Result<std::optional<ScannedLine>> next();

private:
  Result<void> read_more();

  Files& files_;
  int descriptor_;
  std::uint64_t at_;  // of the file, where unread_ begins
  std::uint64_t end_; // becomes smaller where the file does
  std::string block_;
  std::size_t taken_ = 0; // of block_
};

/// The same backwards: the last line first. A piece longer than line_bytes_max is skipped: no line
/// of ours is.
class BackwardScan {
public:
  BackwardScan(Files& files, int descriptor, std::uint64_t end)
      : files_(files), descriptor_(descriptor), begin_(end) {}

  Result<std::optional<ScannedLine>> next();

private:
  Result<void> read_more();

  Files& files_;
  int descriptor_;
  std::uint64_t begin_; // of the file, where block_ begins
  std::string block_;
  std::size_t left_ = 0; // of block_, not handed out yet
};

} // namespace gateway
