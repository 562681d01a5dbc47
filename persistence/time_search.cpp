#include "persistence/time_search.hpp"

#include "persistence/line_scan.hpp"

namespace gateway {
namespace {

// Nearer than this a search for the beginning is slower than reading.
constexpr std::uint64_t search_bytes_min = 256 * 1024;

} // namespace

Result<std::uint64_t>
find_time(Files& files, int descriptor, std::uint64_t end, WallTime time, const LineTime& time_of) {
  std::uint64_t low = 0;
  std::uint64_t high = end;
  while (high - low > search_bytes_min) {
    const auto middle = low + (high - low) / 2;
    LineScan lines{files, descriptor, middle, high};
    std::optional<WallTime> found; // of the first line behind; the first piece is likely none
    while (!found) {
      GATEWAY_TRY(const auto line, lines.next());
      if (!line) break;
      found = time_of(line->text);
    }
    if (found && *found < time - lines_late_max)
      low = middle;
    else
      high = middle;
  }
  return low;
}

} // namespace gateway
