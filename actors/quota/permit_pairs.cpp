#include "actors/quota/permit_pairs.hpp"

#include <algorithm>

namespace gateway {
namespace {

// More than any limit means; sums of as many as there are members fit into 64 bits.
constexpr std::int64_t counter_max = std::int64_t{1} << 54;

PermitPair* pairs_in(std::byte* book) noexcept {
  return reinterpret_cast<PermitPair*>(slots_in(book) + header_in(book).slots);
}

} // namespace

bool counts(const PermitPair& pair, std::int64_t version) noexcept {
  const auto closed_in = pair.closed_in.load();
  return closed_in == 0 || version < closed_in;
}

/// The record that a link leads to; null at the end and where it leads nowhere.
PermitPair* PermitPairs::at(std::int64_t link) const noexcept {
  if (link <= 0 || link > header_in(book_).pairs) return nullptr;
  return pairs_in(book_) + (link - 1);
}

PermitPair* PermitPairs::find(const PermitSlot& slot, std::uint32_t member) const noexcept {
  auto* pair = at(slot.first_pair.load());
  while (pair != nullptr && pair->member != member) pair = at(pair->next.load());
  return pair;
}

std::vector<PermitPair*> PermitPairs::of(const PermitSlot& slot) const {
  std::vector<PermitPair*> pairs;
  for (auto* pair = at(slot.first_pair.load()); pair != nullptr; pair = at(pair->next.load()))
    pairs.push_back(pair);
  return pairs;
}

void PermitPairs::drop_closed(PermitSlot& slot) {
  const auto version = slot.terms[static_cast<std::size_t>(slot.which.load() & 1)].version.load();
  auto* link = &slot.first_pair;
  while (auto* const pair = at(link->load())) {
    if (counts(*pair, version)) {
      link = &pair->next;
      continue;
    }
    // One store: killed before it, the next life comes by here again.
    link->store(pair->next.load());
    const std::lock_guard lock(mutex_);
    if (!taken_.empty()) taken_[static_cast<std::size_t>(pair - pairs_in(book_))] = false;
  }
}

std::int64_t PermitPairs::moved(const PermitSlot& slot) const noexcept {
  const auto version = slot.terms[static_cast<std::size_t>(slot.which.load() & 1)].version.load();
  std::int64_t sum = 0;
  for (auto* pair = at(slot.first_pair.load()); pair != nullptr; pair = at(pair->next.load()))
    if (counts(*pair, version)) sum += pair->rcv.load() - pair->giv.load();
  return sum;
}

bool PermitPairs::is_whole(const PermitSlot& slot) const noexcept {
  const auto is_wild = [](std::int64_t value) { return value < 0 || value > counter_max; };
  auto left = 2 * members_max; // members that went and others that came count too
  for (auto link = slot.first_pair.load(); link != 0; --left) {
    const auto* pair = at(link);
    if (pair == nullptr || left == 0 || pair->slot != slot.number) return false;
    if (is_wild(pair->giv.load()) || is_wild(pair->rcv.load())) return false;
    link = pair->next.load();
  }
  return true;
}

void PermitPairs::mark_taken() {
  const auto& head = header_in(book_);
  taken_.assign(head.pairs, false);
  for (std::uint32_t i = 0; i < head.slots; ++i) {
    const auto& slot = slots_in(book_)[i];
    if (slot.state.load() == static_cast<std::int64_t>(SlotState::free) || !is_whole(slot))
      continue;
    for (const auto* pair : of(slot))
      taken_[static_cast<std::size_t>(pair - pairs_in(book_))] = true;
  }
}

PermitPair* PermitPairs::make(PermitSlot& slot, std::uint32_t member) {
  if (auto* known = find(slot, member)) return known;
  const std::lock_guard lock(mutex_);
  auto free = std::find(taken_.begin(), taken_.end(), false);
  if (free == taken_.end()) {
    // Those of quotas that are gone are free again.
    mark_taken();
    free = std::find(taken_.begin(), taken_.end(), false);
    if (free == taken_.end()) return nullptr;
  }
  *free = true;
  const auto number = free - taken_.begin();
  auto& pair = pairs_in(book_)[number];
  // A life that was killed before it linked this one may have left anything here.
  for (auto* cell : {&pair.giv, &pair.rcv, &pair.given_until, &pair.closed_in}) cell->store(0);
  pair.slot = slot.number;
  pair.member = member;
  pair.next.store(slot.first_pair.load());
  slot.first_pair.store(number + 1);
  return &pair;
}

} // namespace gateway
