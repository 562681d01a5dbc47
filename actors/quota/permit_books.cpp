#include "actors/quota/permit_books.hpp"

#include "actors/quota/charge.hpp"
#include "actors/quota/permit_books_inside.hpp"

#include <algorithm>
#include <utility>

namespace gateway {
namespace {

// A sync takes some milliseconds.
constexpr Milliseconds journal_retry{10};
// How long a call runs is not known; what it holds may be free at any moment.
constexpr Milliseconds place_retry{1'000};

} // namespace

PermitBooks::PermitBooks(std::unique_ptr<Inside> inside) : inside_(std::move(inside)) {}
PermitBooks::PermitBooks(PermitBooks&&) noexcept = default;
PermitBooks& PermitBooks::operator=(PermitBooks&&) noexcept = default;
PermitBooks::~PermitBooks() = default;

Result<PermitBooks> PermitBooks::make(
  std::shared_ptr<PermitMemory> memory, const std::vector<QuotaSpec>& specs, Moment now) {
  PermitBooks books{std::make_unique<Inside>(std::move(memory))};
  GATEWAY_TRY([[maybe_unused]] const auto numbers, books.reconfigure(specs, now));
  return books;
}

// -- admission ------------------------------------------------------------------------------------

/// The books asked for and those they took the place of; none if a call can't hold so many.
std::optional<std::size_t>
PermitBooks::Inside::gather(std::span<const std::uint32_t> asked, Instant now, Books& needed) {
  std::size_t count = 0;
  const auto add = [&](std::uint32_t book) {
    const auto end = needed.begin() + static_cast<std::ptrdiff_t>(count);
    if (std::find(needed.begin(), end, book) != end) return true;
    if (count == needed.size()) return false;
    needed[count++] = book;
    return true;
  };
  for (const auto book : asked) {
    if (!add(book)) return std::nullopt;
    for (const auto old : at(book).before)
      if (is_in_force(entries[old], now) && entries[old].gone_at && !add(old)) return std::nullopt;
  }
  return count;
}

std::int64_t PermitBooks::Inside::amount_of(const Entry& entry, const CallCost& cost) noexcept {
  return std::min(reserve_of(entry.book->spec().unit, cost), entry.book->limit());
}

/// Why a book can't admit the call now, if it can't.
std::optional<Refused>
PermitBooks::Inside::missing(std::uint32_t index, const CallCost& cost, Instant now) {
  auto& entry = at(index);
  auto& book = *entry.book;
  const auto& spec = book.spec();
  book.sweep(now);
  const auto limit = book.limit();
  const auto amount = amount_of(entry, cost);
  const auto least = least_of(spec.unit, cost);
  const auto idle = book.idle();
  Refused refused{index, spec.name, limit, std::max<std::int64_t>(idle, 0)};
  if (least > spec.limit) {
    refused.never = true;
    return refused;
  }
  if (least <= limit && book.owed() == 0 && idle >= amount) {
    if (!entry.mark || entry.mark->allows(amount)) return std::nullopt;
    refused.waiting_for_journal = true;
    refused.retry_after = journal_retry;
    return refused;
  }
  const bool comes_back = spec.unit == QuotaUnit::concurrency
    // What a call may cost at most is more than it costs: the rest comes back when it ends.
    || (spec.unit == QuotaUnit::nano_dollars && idle + book.in_flight() >= amount + book.owed());
  if (comes_back) {
    refused.retry_after = place_retry;
  } else if (const auto due = book.earliest_maturity(amount)) {
    refused.retry_after = wait_until(*due, now);
  } else {
    // What is with calls has yet to be counted.
    refused.retry_after = wait_until(book.back_by(now + book.delay_at_most()), now);
  }
  refused.may_come = entry.may_come;
  return refused;
}

std::variant<Permits, Refused> PermitBooks::admit(
  std::span<const std::uint32_t> books, const CallCost& cost, Instant now, const Asker& asker) {
  Inside::Books needed{};
  const auto count = inside_->gather(books, now, needed);
  if (!count) return Refused{books.front(), {}, 0, 0, place_retry};
  // What has no limit needs nothing that could be others' by now.
  if (!books.empty() && !inside_->memory->may_use(now)) {
    Refused refused{books.front(), inside_->at(books.front()).book->spec().name};
    refused.retry_after = place_retry;
    refused.may_come = true; // others may say so at any moment
    return refused;
  }

  std::optional<Refused> worst;
  bool all_may_come = true;
  for (std::size_t i = 0; i < *count; ++i) {
    const auto refused = inside_->missing(needed[i], cost, now);
    inside_->note_demand(needed[i], cost, refused.has_value(), asker, now);
    if (!refused) continue;
    all_may_come = all_may_come && refused->may_come;
    if (!worst || refused->never || (!worst->never && refused->retry_after > worst->retry_after))
      worst = refused;
  }
  if (worst) {
    worst->may_come = all_may_come;
    return *worst;
  }

  Permits permits;
  permits.input_tokens = std::max<std::int64_t>(cost.input_tokens, 0);
  for (std::size_t i = 0; i < *count; ++i) {
    auto& entry = inside_->at(needed[i]);
    const auto amount = inside_->amount_of(entry, cost);
    if (!entry.book->try_take(amount)) {
      // Somebody else was faster: all or none.
      Settlement nothing;
      nothing.written = false;
      settle(std::move(permits), nothing, now);
      return Refused{needed[i], entry.book->spec().name, entry.book->limit(), 0, Milliseconds{1}};
    }
    if (entry.mark) entry.mark->take(amount);
    permits.taken.push_back({needed[i], amount, 0});
  }
  return permits;
}

void PermitBooks::counted(Permits& permits, Instant counted_at, Instant now) {
  for (auto& taken : permits.taken) {
    auto& book = *inside_->at(taken.book).book;
    const auto part = counted_early(book.spec(), taken.amount, permits.input_tokens);
    if (part <= taken.cooled) continue;
    book.settle(part - taken.cooled, counted_at, now);
    taken.cooled = part;
  }
}

void PermitBooks::settle(Permits&& permits, const Settlement& settlement, Instant now) {
  for (const auto& taken : permits.taken) {
    auto& entry = inside_->at(taken.book);
    auto& book = *entry.book;
    const auto charge =
      charge_of(book, {taken.amount, taken.cooled, permits.input_tokens}, settlement);
    book.settle(charge.early, charge.counted_at, now);
    if (book.spec().unit == QuotaUnit::concurrency)
      book.settle_until(charge.late, charge.charged_at, now);
    else
      book.settle(charge.late, charge.charged_at, now);
    book.put_back(charge.unused);
    book.overrun(charge.excess, charge.charged_at, now);
    if (!entry.mark) continue;
    entry.mark->put_back(charge.unused);
    entry.mark->take(charge.excess);
  }
  permits.taken.clear();
}

std::optional<Instant> PermitBooks::counted_by(const Permits& permits, Instant written_at) const {
  std::optional<Instant> latest;
  for (const auto& taken : permits.taken) {
    const auto delay = inside_->at(taken.book).book->delay();
    if (!delay) return std::nullopt;
    latest = std::max(latest.value_or(written_at), written_at + *delay);
  }
  return latest;
}

} // namespace gateway
