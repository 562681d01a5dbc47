#include "actors/quota/past_journal.hpp"

#include "actors/quota/permit_layout.hpp"

#include <algorithm>
#include <utility>

namespace gateway {
namespace {

// What the journal says of wall time is right to so much.
constexpr Nanoseconds wall_guard = 2s;

} // namespace

void PastJournal::set_shared() noexcept {
  is_shared_ = true;
  auto& unknown = reading_.unknown_before;
  if (doubted_until_) unknown = std::max(unknown.value_or(WallTime{}), *doubted_until_);
}

std::vector<PastUse>
PastJournal::uses(const QuotaSpec& spec, Instant ended, Instant now, WallTime wall) const {
  // A wall clock that was put back makes nothing younger than now.
  const auto instant_of = [&](WallTime at) {
    return std::min<Instant>(now - (wall - at), std::max(ended, now)) + wall_guard;
  };
  std::vector<PastUse> past;
  if (reading_.unknown_before) past.push_back({permits_max, instant_of(*reading_.unknown_before)});
  if (has_unended_loss(key_of(spec))) past.push_back({permits_max, ended});
  const auto wall_ended = wall - std::chrono::floor<Milliseconds>(now - ended);
  for (const auto& use : journal_use(reading_, key_of(spec), wall_ended))
    past.push_back({use.amount, instant_of(use.by)});
  return past;
}

std::string PastJournal::beginning(const Life& life, WallTime now) const {
  auto journal = reading_;
  if (life.is_first) journal.unknown_before.reset();
  journal.machine = life.machine;
  // What comes behind it was told by the others.
  if (life.is_lost && is_shared_) journal.losses.push_back({journal.entries.size(), now});
  return compacted_journal(journal, now, life.is_lost ? std::optional{now} : std::nullopt);
}

} // namespace gateway
