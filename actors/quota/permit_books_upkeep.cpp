#include "actors/quota/permit_books_inside.hpp"

#include <algorithm>
#include <utility>

namespace gateway {
namespace {

// Clocks are put right by less all the time.
constexpr Nanoseconds clock_guard = 1s;

} // namespace

void PermitBooks::tick(Moment now) {
  inside_->follow_wall(now);
  for (auto& entry : inside_->entries) {
    if (!entry.book) continue;
    entry.book->follow(now);
    entry.book->sweep(now.at);
    if (entry.watch.forget(now.at)) inside_->apply_limit(entry);
  }
  inside_->drop_drained(now.at);
}

/// Where the wall clock went on by more than time did, what was written before seems older than it
/// is.
void PermitBooks::Inside::follow_wall(Moment now) noexcept {
  const auto zero = now.wall - std::chrono::floor<Milliseconds>(now.at.time_since_epoch());
  const auto before = std::exchange(wall_zero, zero);
  if (!before || zero - *before <= clock_guard) return;
  unknown_before = now.wall;
  unknown_ticket.reset();
}

std::optional<std::string> PermitBooks::Inside::line_for(Entry& entry, Moment now) {
  const auto& spec = entry.book->spec();
  // What was inherited cools here by now, which the journal of a lost book has to say.
  if (spec.share && spec.share->cools_in > entry.journal_version) entry.mark->want_line();
  const auto upto = entry.mark->wanted(now.at);
  if (!upto) return std::nullopt;
  entry.journal_version = entry.book->version();
  // What an older life that may run elsewhere uses, it uses by then.
  const auto elsewhere = memory->elsewhere_until().value_or(now.at) - now.at;
  const auto later = std::chrono::ceil<Milliseconds>(std::max(elsewhere, Nanoseconds{0}));
  return journal_line(
    {key_of(spec),
     spec.owner + ' ' + spec.name,
     memory->epoch(),
     entry.book->series(),
     entry.book->used_total(),
     *upto,
     window_of(spec),
     now.wall + later,
     entry.journal_version});
}

std::optional<JournalRequest> PermitBooks::journal_wanted(Moment now) {
  // Of a lost book the first line says what is left of it; that is not known yet.
  if (inside_->memory->is_lost()) return std::nullopt;
  JournalRequest request{{}, inside_->next_ticket};
  if (inside_->unknown_before && !inside_->unknown_ticket) {
    request.lines += unknown_line(*inside_->unknown_before);
    inside_->unknown_ticket = request.ticket;
  }
  for (auto& entry : inside_->entries) {
    if (!entry.book || !entry.mark) continue;
    const auto line = inside_->line_for(entry, now);
    if (!line) continue;
    request.lines += *line;
    entry.journal_ticket = request.ticket;
  }
  if (request.lines.empty()) return std::nullopt;
  ++inside_->next_ticket;
  return request;
}

void PermitBooks::journal_synced(std::uint64_t ticket) noexcept {
  if (inside_->unknown_ticket == ticket) inside_->unknown_before.reset();
  for (auto& entry : inside_->entries) {
    if (!entry.mark || entry.journal_ticket != ticket) continue;
    entry.mark->synced();
    entry.journal_ticket.reset();
  }
}

void PermitBooks::journal_failed() noexcept {
  inside_->unknown_ticket.reset();
  for (auto& entry : inside_->entries) {
    if (entry.mark) entry.mark->failed();
    entry.journal_ticket.reset();
    entry.journal_version = 0;
  }
}

std::uint32_t PermitBooks::Inside::free_number() {
  const auto free =
    std::find_if(entries.begin(), entries.end(), [](const Entry& entry) { return !entry.book; });
  const auto number = static_cast<std::uint32_t>(free - entries.begin());
  if (free == entries.end()) entries.emplace_back();
  return number;
}

/// A removed quota whose calls are over lives on in the mapping until all of it has matured.
void PermitBooks::Inside::drop_drained(Instant now) {
  for (auto& entry : entries) {
    if (!entry.book || !entry.gone_at || is_in_force(entry, now) || !entry.book->is_drained())
      continue;
    const auto number = static_cast<std::uint32_t>(&entry - entries.data());
    for (auto& other : entries) std::erase(other.before, number);
    entry = Entry{};
  }
}

void PermitBooks::Inside::link_to_removed(Entry& entry, std::span<const std::uint32_t> removed) {
  const auto& spec = entry.book->spec();
  for (const auto old : removed) {
    const auto& other = entries[old].book->spec();
    if (other.owner == spec.owner && other.unit == spec.unit) entry.before.push_back(old);
  }
}

/// The same by the cluster's record, which knows it after a restart too.
void PermitBooks::Inside::link_to_recorded(
  std::span<const QuotaSpec> specs, std::span<const std::uint32_t> numbers) {
  for (std::size_t i = 0; i < specs.size(); ++i) {
    auto& before = entries[numbers[i]].before;
    for (std::size_t old = 0; old < specs.size(); ++old)
      if (
        takes_place_of(specs[i], specs[old])
        && std::ranges::find(before, numbers[old]) == before.end())
        before.push_back(numbers[old]);
  }
}

Result<std::vector<std::uint32_t>>
PermitBooks::reconfigure(const std::vector<QuotaSpec>& specs, Moment now) {
  auto& entries = inside_->entries;
  constexpr auto none = static_cast<std::uint32_t>(-1);
  std::vector<std::uint32_t> numbers(specs.size(), none);
  std::vector<std::unique_ptr<PermitBook>> made(specs.size());
  std::vector<bool> stays(entries.size(), false);
  // Whatever may fail comes first, so that a version that can't be is without effect.
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const auto key = key_of(specs[i]);
    const auto is_same = [&key](const QuotaSpec& other) { return key_of(other) == key; };
    if (std::any_of(specs.begin(), specs.begin() + static_cast<std::ptrdiff_t>(i), is_same))
      return fail(
        ErrorKind::invalid_value, specs[i].owner + ' ' + specs[i].name + ": is there twice");
    for (std::uint32_t number = 0; number < entries.size(); ++number)
      if (entries[number].book && entries[number].key == key) numbers[i] = number;
    if (numbers[i] != none) {
      if (specs[i].limit < 0)
        return fail(ErrorKind::invalid_value, specs[i].name + ": a limit below 0");
      stays[numbers[i]] = true;
      continue;
    }
    GATEWAY_TRY(made[i], PermitBook::make(inside_->memory, specs[i], now));
  }

  std::vector<std::uint32_t> removed;
  for (std::uint32_t number = 0; number < stays.size(); ++number) {
    if (!entries[number].book || stays[number]) continue;
    // Nobody can take of it alone any more, nor has anybody for its window.
    if (std::exchange(entries[number].is_recorded, false)) entries[number].gone_at = Instant::min();
    if (entries[number].gone_at) continue;
    entries[number].gone_at = now.at;
    removed.push_back(number);
  }
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const bool is_new = made[i] != nullptr;
    if (is_new) numbers[i] = inside_->free_number();
    auto& entry = entries[numbers[i]];
    if (is_new) {
      entry.book = std::move(made[i]);
      entry.key = key_of(specs[i]);
      inside_->link_to_removed(entry, removed);
    }
    entry.is_recorded = specs[i].share && specs[i].share->removed_in;
    if (!entry.is_recorded)
      entry.gone_at.reset();
    else if (!entry.gone_at)
      entry.gone_at = now.at;
    entry.book->set_terms(specs[i]);
    inside_->apply_limit(entry);
    if (specs[i].share) {
      const auto used = entry.book->used_total();
      entry.book->set_share(*specs[i].share, now.at);
      if (entry.mark) entry.mark->take(entry.book->used_total() - used);
      // The record says nothing of it yet: what lies here from before the cluster is not used.
      const bool is_known = specs[i].share->version > 0;
      entry.book->hold_back(is_known ? std::nullopt : std::optional<std::int64_t>{0}, now.at);
      if (!entry.demand) entry.demand.emplace(now.at);
    }
    if (!is_long(specs[i])) continue;
    if (!entry.mark) entry.mark.emplace(entry.book->limit(), entry.book->used_total());
    entry.mark->set_limit(entry.book->limit());
  }
  inside_->link_to_recorded(specs, numbers);
  return numbers;
}

std::vector<QuotaState> PermitBooks::states(Instant now) {
  std::vector<QuotaState> states;
  for (auto& entry : inside_->entries) {
    if (!entry.book || entry.gone_at) continue;
    auto& book = *entry.book;
    book.sweep(now);
    QuotaState state;
    state.book = static_cast<std::uint32_t>(&entry - inside_->entries.data());
    state.spec = book.spec();
    state.limit = book.limit();
    state.in_flight = book.in_flight();
    state.cooling = book.cooling();
    state.idle = book.idle();
    state.owed = book.owed();
    if (state.spec.share) state.pool = book.share().pool;
    state.external = entry.watch.external(now);
    if (const auto due = book.earliest_maturity(book.idle() + 1))
      state.earliest_maturity = wait_until(*due, now);
    if (const auto due = book.recovering_until(); due && *due > now)
      state.recovering = wait_until(*due, now);
    state.count_delay = std::chrono::ceil<Milliseconds>(book.delay_at_most());
    if (const auto delay = book.learned_delay())
      state.learned_delay = std::chrono::ceil<Milliseconds>(*delay);
    state.said_limit = entry.watch.said_limit();
    state.is_set_aside = entry.watch.is_set_aside();
    state.waiting_for_journal = entry.mark && entry.mark->is_waiting();
    states.push_back(std::move(state));
  }
  return states;
}

std::vector<QuotaUse> PermitBooks::uses(std::span<const std::uint32_t> books) const {
  std::vector<QuotaUse> uses;
  uses.reserve(books.size());
  for (const auto number : books) {
    const auto& book = *inside_->at(number).book;
    QuotaUse use{book.spec().name, book.out(), book.limit()};
    const auto known = std::ranges::find(uses, use.name, &QuotaUse::name);
    if (known == uses.end())
      uses.push_back(std::move(use));
    else if (use.limit - use.used < known->limit - known->used)
      *known = std::move(use);
  }
  return uses;
}

std::optional<LimitLeft>
PermitBooks::tightest(std::span<const std::uint32_t> books, bool of_tokens, Instant now) {
  std::optional<LimitLeft> found;
  for (const auto number : books) {
    const auto& book = *inside_->at(number).book;
    const auto unit = book.spec().unit;
    const bool is_requests = unit == QuotaUnit::requests;
    const bool is_tokens = unit == QuotaUnit::tokens || unit == QuotaUnit::input_tokens
      || unit == QuotaUnit::output_tokens;
    if (of_tokens ? !is_tokens : !is_requests) continue;
    const auto its = left(number, now);
    if (found && found->left <= its) continue;
    found = {book.limit(), its, wait_until(book.back_by(now + book.delay_at_most()), now)};
  }
  return found;
}

std::int64_t PermitBooks::left(std::uint32_t book, Instant now) {
  auto& found = *inside_->at(book).book;
  found.sweep(now);
  return found.owed() > 0 ? 0 : std::max<std::int64_t>(found.idle(), 0);
}

} // namespace gateway
