#include "persistence/coverage.hpp"

#include <algorithm>

namespace gateway {

void Coverage::add(const Extent& extent) {
  if (extent.begin >= extent.end) return;
  auto& ranges = files_[extent.file];
  Range added{extent.begin, extent.end};
  // The first that the new one touches, and the first that lies wholly behind it.
  const auto first =
    std::ranges::lower_bound(ranges, added.begin, {}, [](const Range& range) { return range.end; });
  auto last = first;
  for (; last != ranges.end() && last->begin <= added.end; ++last) {
    added.begin = std::min(added.begin, last->begin);
    added.end = std::max(added.end, last->end);
  }
  if (first == last) {
    ranges.insert(first, added);
    return;
  }
  *first = added;
  ranges.erase(first + 1, last);
}

void Coverage::move_tail(
  const JournalFile& from, std::uint64_t offset, const JournalFile& to, std::uint64_t begin) {
  const auto tail = ranges(from);
  clip(from, offset);
  for (const auto& range : tail) {
    if (range.end <= offset) continue;
    const auto start = std::max(range.begin, offset);
    add({to, begin + (start - offset), begin + (range.end - offset)});
  }
}

void Coverage::clip(const JournalFile& file, std::uint64_t size) {
  const auto found = files_.find(file);
  if (found == files_.end()) return;
  auto& ranges = found->second;
  std::erase_if(ranges, [&](const Range& range) { return range.begin >= size; });
  if (!ranges.empty()) ranges.back().end = std::min(ranges.back().end, size);
}

void Coverage::forget_before(Day day) {
  std::erase_if(files_, [&](const auto& entry) { return entry.first.day < day; });
}

const Coverage::Ranges& Coverage::ranges(const JournalFile& file) const noexcept {
  static const Ranges none;
  const auto found = files_.find(file);
  return found == files_.end() ? none : found->second;
}

Coverage::Ranges Coverage::gaps(const JournalFile& file, std::uint64_t size) const {
  Ranges gaps;
  std::uint64_t covered_until = 0;
  for (const auto& range : ranges(file)) {
    if (range.begin >= size) break;
    if (range.begin > covered_until) gaps.push_back({covered_until, range.begin});
    covered_until = range.end;
  }
  if (covered_until < size) gaps.push_back({covered_until, size});
  return gaps;
}

} // namespace gateway
