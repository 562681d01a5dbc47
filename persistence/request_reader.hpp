#pragma once

#include "net/base/result.hpp"
#include "persistence/files.hpp"
#include "persistence/line_scan.hpp"
#include "persistence/record_line.hpp"
#include "persistence/replay.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gateway {

/// Records that ended in [from, to), oldest first: in the order of the journal's lines, which is
/// that of the ends but for the moment that a thread keeps its lines. Reads a block at a time and
/// finds its beginning without reading what is before. Lines that are written meanwhile may or may
/// not be among them. Thread: one that may wait for the disk.
class RequestReader {
public:
  /// `bytes_max`: so much of the newest part at most; 0: all. Errors: storage_unavailable.
  static Result<RequestReader>
  open(const std::string& data, WallTime from, WallTime to, std::uint64_t bytes_max = 0);

  /// Nothing at the end. Errors: storage_unavailable.
  Result<std::optional<RequestRecord>> next();
  /// The part that was read, from 0 to 1.
  double progress() const noexcept;
  /// As given, or, where bytes_max left something out, when the first record that was read ended.
  WallTime from() const noexcept { return from_; }

private:
  struct Part {
    std::string path;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
  };

  RequestReader(WallTime from, WallTime to) : from_(from), to_(to) {}
  bool open_part();

  WallTime from_;
  WallTime to_;
  std::vector<Part> parts_; // what is left to be read, the last first
  std::uint64_t bytes_ = 0; // of all parts
  std::uint64_t read_ = 0;  // of the parts before
  std::unique_ptr<Descriptor> file_;
  std::optional<LineScan> lines_;
  std::uint64_t begin_ = 0; // of the part that is open
  std::uint64_t at_ = 0;    // read of it
  bool is_cut_ = false;     // until the first record says where the rest begins
  RecordReader reader_;
};

} // namespace gateway
