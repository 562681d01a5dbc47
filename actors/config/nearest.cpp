#include "actors/config/nearest.hpp"

#include "net/base/header.hpp"

#include <algorithm>
#include <vector>

namespace gateway {

namespace {

/// Names are short; what is longer is no misspelling of one, and would cost the product of lengths.
constexpr std::size_t compared_bytes_max = 128;

/// Of so many names the nearest is looked for; nobody has more that are worth a guess.
constexpr std::size_t compared_names_max = 1'000;

bool begins(std::string_view a, std::string_view b) {
  constexpr std::size_t begun_bytes = 3;
  const auto shorter = std::min(a.size(), b.size());
  return shorter >= begun_bytes && a != b && a.substr(0, shorter) == b.substr(0, shorter);
}

} // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  a = a.substr(0, compared_bytes_max);
  b = b.substr(0, compared_bytes_max);
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const auto x = to_lower_ascii(a[i - 1]);
      const auto y = to_lower_ascii(b[j - 1]);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (x == y ? 0 : 1)});
      const bool swapped =
        i > 1 && j > 1 && x == to_lower_ascii(b[j - 2]) && y == to_lower_ascii(a[i - 2]);
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

std::optional<std::string> nearest_name(std::string_view name, std::span<const std::string> known) {
  const std::string* best = nullptr;
  std::size_t fewest = 0;
  for (const auto& candidate : known.first(std::min(known.size(), compared_names_max))) {
    // A name that was begun and not ended is nearer than any other word.
    const auto edits = begins(name, candidate) ? 1 : edit_distance(name, candidate);
    if (best == nullptr || edits < fewest) {
      best = &candidate;
      fewest = edits;
    }
  }
  if (best == nullptr || name.size() > compared_bytes_max) return std::nullopt;
  // Where more than half of the letters differ it is another word.
  const auto longer = std::max(name.size(), best->size());
  if (fewest * 2 > longer) return std::nullopt;
  return *best;
}

std::string did_you_mean(std::string_view name, std::span<const std::string> known) {
  const auto near = nearest_name(name, known);
  return near ? ", did you mean \"" + *near + "\"?" : "";
}

} // namespace gateway
