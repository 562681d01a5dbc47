#include "actors/quota/permit_books_inside.hpp"

namespace gateway {

void PermitBooks::Inside::apply_limit(Entry& entry) noexcept {
  entry.book->set_limit(entry.watch.limit_in_force(entry.book->spec().limit));
}

void PermitBooks::tighten(
  std::span<const std::uint32_t> books, const LimitReport& report, Instant heard, Instant now) {
  std::vector<const QuotaSpec*> specs;
  for (const auto book : books) specs.push_back(&inside_->at(book).book->spec());
  const auto fits = match(report, specs);
  if (!fits) return;
  auto& entry = inside_->at(books[*fits]);
  auto& book = *entry.book;
  book.sweep(now);
  if (report.limit && entry.watch.note_limit(*report.limit, book.spec().limit))
    inside_->apply_limit(entry);
  if (!report.remaining || now - heard > LimitWatch::remaining_is_fresh) return;
  const auto gap = entry.watch.note_remaining(*report.remaining, book.idle(), book.limit(), now);
  if (gap <= 0) return;
  // Of a reset that is nearer than a window no permit of ours is due later.
  const auto window = window_of(book.spec());
  const Nanoseconds wait = report.reset ? std::min<Nanoseconds>(*report.reset, window) : window;
  const auto aside = book.set_aside(gap, now + stretched(wait), now);
  entry.watch.note_external(aside, now + stretched(wait));
}

void PermitBooks::refused_by_provider(std::span<const std::uint32_t> books, Instant now) {
  for (const auto index : books) {
    auto& entry = inside_->at(index);
    auto& book = *entry.book;
    if (book.spec().unit == QuotaUnit::concurrency) continue;
    if (const auto delay = book.learned_delay(); delay && *delay < count_delay_most)
      book.set_delay(std::min<Nanoseconds>(*delay * 3 / 2, count_delay_most));
    entry.watch.set_aside_until(now + LimitWatch::aside_time);
    inside_->apply_limit(entry);
  }
}

} // namespace gateway
