#pragma once

#include "persistence/day.hpp"

#include <cstdint>
#include <map>
#include <vector>

namespace gateway {

/// Which bytes of which journal files are in some totals. Lanes append in turn and their batches
/// arrive in any order, so for a moment there may be gaps.
class Coverage {
public:
  /// [begin, end) of a file, by begin, neither overlapping nor touching.
  struct Range {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;

    friend bool operator==(const Range&, const Range&) = default;
  };
  using Ranges = std::vector<Range>;

  /// Adds a range; parts of it may be there already.
  void add(const Extent& extent);
  /// Everything in `from` at or behind `offset` now stands in `to`, `begin` bytes in.
  void move_tail(
    const JournalFile& from, std::uint64_t offset, const JournalFile& to, std::uint64_t begin);
  /// Nothing at or behind `size` is there any more.
  void clip(const JournalFile& file, std::uint64_t size);
  void forget(const JournalFile& file) { files_.erase(file); }
  void forget_before(Day day);

  const Ranges& ranges(const JournalFile& file) const noexcept;
  /// The ranges of [0, size) that are not in it.
  Ranges gaps(const JournalFile& file, std::uint64_t size) const;
  const std::map<JournalFile, Ranges>& files() const noexcept { return files_; }

private:
  std::map<JournalFile, Ranges> files_;
};

} // namespace gateway
