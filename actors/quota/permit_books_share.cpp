#include "actors/quota/permit_books_inside.hpp"

/// The quotas of one owner in a cluster: what is needed here, and what others have to spare.
namespace gateway {

void PermitBooks::Inside::note_demand(
  std::uint32_t index, const CallCost& cost, bool is_missing, const Asker& asker, Instant now) {
  auto& entry = at(index);
  if (!entry.demand) return;
  const auto amount = amount_of(entry, cost);
  if (!is_missing) return entry.demand->admitted(asker, amount, now);
  entry.demand->refused(asker, amount, now);
  has_news = has_news || (asker.call != nullptr && !asker.again);
}

PermitBooks::Inside::Entry* PermitBooks::Inside::shared(QuotaKey quota) noexcept {
  for (auto& entry : entries)
    if (entry.book && entry.demand && entry.key == quota) return &entry;
  return nullptr;
}

/// What others used and is to cool here is in the journal first, as what is used here is.
void PermitBooks::Inside::Entry::carry_out(const ShareOrder& order, Instant now) {
  const auto cools = mark ? book->would_cool(order) : 0;
  if (cools > 0 && !mark->allows(cools)) return; // its giver says it again
  const auto used = book->used_total();
  book->carry_out(order, now);
  if (cools > 0) mark->take(book->used_total() - used);
}

void PermitBooks::carry_out(std::span<const BookOrders> orders, Instant now) {
  for (const auto& [quota, moves, may_come] : orders) {
    auto* const entry = inside_->shared(quota);
    if (entry == nullptr) continue;
    entry->may_come = may_come;
    for (const auto& move : moves) entry->carry_out(move, now);
  }
}

std::vector<BookSaid> PermitBooks::said(Instant now) {
  std::vector<BookSaid> all;
  for (auto& entry : inside_->entries) {
    if (!entry.book || !entry.demand) continue;
    auto& book = *entry.book;
    book.sweep(now);
    const auto held = window_of(book.spec()) + book.delay_at_most();
    const auto& share = book.spec().share;
    all.push_back(
      {entry.key,
       book.share(),
       entry.demand->demand(held, now),
       share ? share->removed_in : std::nullopt});
  }
  inside_->has_news = false;
  return all;
}

bool PermitBooks::has_news() const noexcept {
  return inside_->has_news;
}

bool PermitBooks::may_come(std::uint32_t book) const {
  return inside_->at(book).may_come;
}

Result<void> PermitBooks::recover(std::span<const BookTale> tales, Moment now) {
  for (const auto& [quota, told] : tales) {
    auto* const entry = inside_->shared(quota);
    if (entry == nullptr) continue;
    if (auto done = entry->book->recover_share(told, now); !done) return done;
    if (entry->mark) entry->mark.emplace(entry->book->limit(), entry->book->used_total());
    entry->journal_ticket.reset();
  }
  return {};
}

} // namespace gateway
