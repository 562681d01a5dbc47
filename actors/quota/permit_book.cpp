#include "actors/quota/permit_book.hpp"

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <utility>

namespace gateway {
namespace {

// Where D is unknown and no answer came: the provider has noticed by then that we hung up.
constexpr Nanoseconds unanswered_delay = 60s;

Cell& bucket_of(PermitSlot& slot, std::int64_t bucket) noexcept {
  return slot.ring[static_cast<std::size_t>(bucket % ring_buckets)];
}

PermitSlot::Terms& terms_of(PermitSlot& slot) noexcept {
  return slot.terms[static_cast<std::size_t>(slot.which.load())];
}

} // namespace

PermitBook::PermitBook(
  std::shared_ptr<PermitMemory> memory,
  const QuotaSpec& spec,
  std::shared_ptr<const Zone> zone,
  Moment now)
    : spec_(spec), memory_(std::move(memory)), times_(spec, std::move(zone), now.at, now.wall),
      last_sweep_(now.at) {}

PermitBook::~PermitBook() {
  if (slot_ != nullptr) memory_->let_go(*slot_, last_sweep_);
}

Result<std::unique_ptr<PermitBook>>
PermitBook::make(std::shared_ptr<PermitMemory> memory, const QuotaSpec& spec, Moment now) {
  if (spec.limit < 0) return fail(ErrorKind::invalid_value, spec.name + ": a limit below 0");
  std::shared_ptr<const Zone> zone;
  if (is_calendar(spec)) {
    GATEWAY_TRY(zone, Zone::find(spec.day));
  }
  GATEWAY_TRY(const auto claim, memory->claim(spec, now.at));
  auto book =
    std::unique_ptr<PermitBook>{new PermitBook{std::move(memory), spec, std::move(zone), now}};
  book->slot_ = claim.slot;
  book->times_.set_width(Nanoseconds{claim.slot->width});
  if (claim.fresh) {
    book->fill(now);
  } else {
    if (auto right = book->set_right(now.at); !right) return fail(std::move(right.error()));
    book->recover(now);
  }
  book->set_delay(spec.count_delay.value_or(0ms));
  book->set_limit(spec.limit);
  return book;
}

// -- moves ----------------------------------------------------------------------------------------

bool PermitBook::try_take(std::int64_t amount) noexcept {
  return slot_->idle.try_subtract(amount);
}

void PermitBook::put_back(std::int64_t amount) noexcept {
  if (amount > 0) slot_->idle.add(amount);
}

bool PermitBook::enter(std::int64_t amount, std::int64_t bucket) noexcept {
  // The cursor is read first: a slot of the ring is swept once a turn at most, so what is added
  // less than a turn ahead of it can't be swept before its due time, however long we are stopped.
  const auto cursor = slot_->cursor.load();
  bucket = std::max(bucket, cursor + 1);
  if (bucket - cursor >= ring_buckets) return false;
  bucket_of(*slot_, bucket).add(amount);
  return true;
}

bool PermitBook::cool(std::int64_t amount, Instant counted) noexcept {
  if (amount <= 0) return true;
  const auto bucket = times_.after(counted);
  if (bucket - slot_->cursor.load() >= ring_buckets) return false;
  // Before the ring: a kill in between makes the journal say too much, never too little.
  slot_->used_total.add(amount);
  if (enter(amount, bucket)) return true;
  slot_->used_total.add(-amount);
  return false;
}

void PermitBook::enter_or_defer(std::int64_t amount, std::int64_t bucket) {
  if (enter(amount, bucket)) return;
  if (deferred_.size() == deferred_max) {
    // One that waits longer than it must harms nobody.
    deferred_.back().amount += amount;
    deferred_.back().bucket = std::max(deferred_.back().bucket, bucket);
    return;
  }
  const auto later = std::upper_bound(
    deferred_.begin(), deferred_.end(), bucket, [](std::int64_t wanted, const Deferred& deferred) {
      return wanted < deferred.bucket;
    });
  deferred_.insert(later, Deferred{amount, bucket});
}

void PermitBook::settle(std::int64_t amount, Instant counted, Instant now) {
  settle_in(times_.after(counted), amount, now);
}

void PermitBook::settle_in(std::int64_t bucket, std::int64_t amount, Instant now) {
  if (amount <= 0) return;
  sweep(now);
  slot_->used_total.add(amount);
  if (bucket <= times_.reached(now))
    put_back(amount); // its window is over already
  else
    enter_or_defer(amount, bucket);
}

/// The bucket of what was written by then, and whoever wrote it says nothing of it any more: a call
/// may go on at the provider for as long as any.
std::int64_t PermitBook::after_unseen(Instant written_by, Nanoseconds delay) const noexcept {
  if (spec_.unit == QuotaUnit::concurrency)
    return times_.at(written_by + stretched(spec_.longest_call));
  return times_.after(written_by + delay);
}

void PermitBook::settle_until(std::int64_t amount, Instant due, Instant now) {
  if (amount <= 0) return;
  sweep(now);
  slot_->used_total.add(amount);
  if (due <= now)
    put_back(amount);
  else
    // Of a calendar's it may be counted in the next period only.
    enter_or_defer(
      amount, times_.is_calendar() ? times_.after(now + delay_at_most()) : times_.at(due));
}

void PermitBook::overrun(std::int64_t excess, Instant counted, Instant now) {
  if (excess <= 0) return;
  change_owed(owed() + excess);
  settle(excess, counted, now);
  cover_owed();
}

void PermitBook::mature(std::int64_t bucket) noexcept {
  auto& cell = bucket_of(*slot_, bucket);
  if (cell.load() == 0) return;
  const auto matured = cell.exchange(0);
  const auto paid = std::min(matured, owed());
  if (paid > 0) change_owed(owed() - paid);
  if (matured > paid) slot_->idle.add(matured - paid);
}

void PermitBook::sweep(Instant now) {
  last_sweep_ = now;
  const auto cursor = slot_->cursor.load();
  const auto reached = times_.reached(now);
  if (reached <= cursor) return;
  // What one life was told of a lost book the next one may be told otherwise, if not all of its
  // books were: nothing of it is used before.
  if (is_lost()) return;
  // A lag of more than a turn is over with one visit of each.
  const auto last = std::min(reached, cursor + ring_buckets);
  for (auto bucket = cursor + 1; bucket <= last; ++bucket) mature(bucket);
  slot_->cursor.store(reached);
  if (!deferred_.empty()) add_deferred();
  if (owed() > 0) cover_owed();
  if (is_held_back()) keep_within();
}

void PermitBook::add_deferred() {
  while (!deferred_.empty()) {
    const auto [amount, bucket] = deferred_.front();
    if (!enter(amount, bucket)) return;
    deferred_.pop_front();
  }
}

std::int64_t PermitBook::set_aside(std::int64_t amount, Instant until, Instant now) {
  amount = std::min(amount, idle());
  if (amount <= 0 || until <= now || !try_take(amount)) return 0;
  enter_or_defer(amount, times_.is_calendar() ? times_.after(now) : times_.at(until));
  return amount;
}

// -- terms ----------------------------------------------------------------------------------------

void PermitBook::change_terms(std::int64_t version, std::int64_t init, std::int64_t owed) noexcept {
  const auto other = 1 - slot_->which.load();
  auto& terms = slot_->terms[static_cast<std::size_t>(other)];
  terms.version.store(version);
  terms.init.store(init);
  terms.owed.store(owed);
  slot_->which.store(other); // one store, and all are in force
}

void PermitBook::change_init(std::int64_t init) noexcept {
  // Less is owed, by the same store; more is in flight until it is put somewhere.
  const auto less = std::max<std::int64_t>(this->init() - init, 0);
  change_terms(terms_of(*slot_).version.load(), init, owed() + less);
}

void PermitBook::change_owed(std::int64_t owed) noexcept {
  change_terms(terms_of(*slot_).version.load(), init(), owed);
}

void PermitBook::cover_owed() noexcept {
  const auto paid = std::min(owed(), idle());
  if (paid > 0 && try_take(paid)) change_owed(owed() - paid);
}

void PermitBook::set_limit(std::int64_t wanted) noexcept {
  limit_ = std::clamp<std::int64_t>(wanted, 0, permits_max);
  if (spec_.share) return;
  const auto before = init();
  if (limit_ != before) change_init(limit_);
  put_back(limit_ - before);
  cover_owed();
}

void PermitBook::set_terms(const QuotaSpec& spec) noexcept {
  // What was learned of D holds until the document says something else.
  if (spec.count_delay != spec_.count_delay) set_delay(spec.count_delay.value_or(0ms));
  spec_ = spec;
}

void PermitBook::set_delay(Nanoseconds delay) noexcept {
  slot_->delay.store(delay.count());
}

std::uint64_t PermitBook::version() const noexcept {
  return static_cast<std::uint64_t>(terms_of(*slot_).version.load());
}

std::int64_t PermitBook::init() const noexcept {
  return terms_of(*slot_).init.load();
}

std::int64_t PermitBook::hold() const noexcept {
  return init() + memory_->pairs().moved(*slot_);
}

std::int64_t PermitBook::owed() const noexcept {
  return terms_of(*slot_).owed.load();
}

std::int64_t PermitBook::cooling() const noexcept {
  std::int64_t sum = 0;
  for (const auto& bucket : slot_->ring) sum += bucket.load();
  return sum;
}

std::int64_t PermitBook::in_flight() const noexcept {
  return in_flight_in(*slot_, memory_->pairs().moved(*slot_));
}

std::int64_t PermitBook::out() const noexcept {
  return hold() + owed() - idle() - slot_->pool.load();
}

std::optional<Nanoseconds> PermitBook::learned_delay() const noexcept {
  if (!spec_.count_delay) return std::nullopt;
  return Nanoseconds{slot_->delay.load()};
}

std::optional<Nanoseconds> PermitBook::delay() const noexcept {
  const auto delay = learned_delay();
  return delay ? std::optional{stretched(*delay)} : std::nullopt;
}

Nanoseconds PermitBook::delay_at_most() const noexcept {
  return delay().value_or(unanswered_delay);
}

std::optional<Instant> PermitBook::earliest_maturity(std::int64_t amount) const noexcept {
  auto missing = amount + owed() - idle();
  const auto cursor = slot_->cursor.load();
  for (auto bucket = cursor + 1; bucket < cursor + ring_buckets; ++bucket) {
    const auto there = bucket_of(*slot_, bucket).load();
    if (there == 0) continue;
    missing -= there;
    if (missing <= 0) return times_.due(bucket);
  }
  return std::nullopt;
}

// -- lives ----------------------------------------------------------------------------------------

/// A quota that has no slot yet: full, but for what a lost book may have used.
void PermitBook::fill(Moment now) {
  auto past = memory_->past_of(spec_, now);
  slot_->series.store(milliseconds_since_epoch(now.wall));
  slot_->cursor.store(times_.reached(now.at));
  const auto left = std::min(spec_.share ? spec_.share->init : spec_.limit, permits_max);
  change_terms(
    spec_.share ? static_cast<std::int64_t>(spec_.share->version) : 0,
    left,
    std::max<std::int64_t>(-left, 0));
  // All of it is in flight until it is put somewhere, so a kill in between cools the rest.
  memory_->publish(*slot_);
  if (is_lost()) return; // the others know what is left of it
  // Whoever had it before did not say what was used, nor does the journal.
  const bool is_inherited = spec_.share && spec_.share->cools_in > 0;
  if (is_inherited) past.push_back({permits_max, now.at});
  const auto rest = cool_past(std::move(past), left, now.at);
  if (is_inherited) slot_->used_total.add(left - rest);
  put_back(rest);
}

/// Of what is `left` in flight, what `past` says cools; returns the rest.
/// The past may say more than there is: the journal's blocks were not all used up, and all may have
/// been used before a part was used again. Then what is due last counts: of what was really used no
/// more than that is still in the window by then.
std::int64_t PermitBook::cool_past(std::vector<PastUse> past, std::int64_t left, Instant now) {
  const auto delay = delay_at_most();
  std::ranges::sort(past, std::greater{}, &PastUse::by);
  for (const auto& use : past) {
    const auto amount = std::min(use.amount, left);
    const auto bucket = after_unseen(use.by, delay);
    if (amount <= 0 || bucket <= times_.reached(now)) continue;
    enter_or_defer(amount, bucket);
    left -= amount;
    recovering_until_ = std::max(recovering_until_.value_or(Instant{}), times_.due(bucket));
  }
  return left;
}

/// What a bug of ours or of the machine has torn: nothing is known, so all of it cools.
Result<void> PermitBook::set_right(Instant now) {
  const auto which = slot_->which.load();
  const bool is_which_known = which == 0 || which == 1;
  const bool is_init_known =
    is_which_known && std::clamp(init(), -permits_max, permits_max) == init();
  if (spec_.share && (!is_init_known || !memory_->pairs().is_whole(*slot_)))
    // Without these it would hold what it gave away. The others know, if it starts without a book.
    return fail(
      ErrorKind::storage_unavailable,
      memory_->file().string() + " is damaged: remove it, and start again");
  if (!is_torn(now)) return {};
  slot_->idle.store(0);
  slot_->pool.store(0);
  for (auto& bucket : slot_->ring) bucket.store(0);
  slot_->which.store(is_init_known ? which : 0);
  const bool is_shared = spec_.share.has_value();
  change_terms(
    is_shared ? terms_of(*slot_).version.load() : 0,
    is_shared ? init() : std::min(spec_.limit, permits_max),
    is_shared ? std::max<std::int64_t>(-hold(), 0) : 0);
  slot_->cursor.store(times_.reached(now));
  return {};
}

/// A quota that has a slot, from an earlier life of the process (R4) or of this quota.
void PermitBook::recover(Moment now) {
  if (is_lost()) return;
  const auto lost = in_flight();
  if (lost <= 0) return;
  // D as the last life had learned it, where that is more.
  const auto delay = std::max(delay_at_most(), stretched(Nanoseconds{slot_->delay.load()}));
  // What the life before waited out, because an older one may still run elsewhere.
  const auto used_by = std::max(now.at, memory_->elsewhere_until().value_or(now.at));
  settle_in(after_unseen(used_by, delay), lost, now.at);
}

bool PermitBook::is_torn(Instant now) const noexcept {
  const auto which = slot_->which.load();
  if (which != 0 && which != 1) return true;
  const auto is_wild = [](std::int64_t value) { return value < 0 || value > permits_max; };
  const auto is_wild_cell = [is_wild](const Cell& cell) { return is_wild(cell.load()); };
  if (is_wild_cell(slot_->idle) || is_wild_cell(slot_->pool) || is_wild(owed())) return true;
  // Below 0 where more was taken off the limit than lay here.
  if (std::clamp(init(), -permits_max, permits_max) != init()) return true;
  if (std::any_of(slot_->ring.begin(), slot_->ring.end(), is_wild_cell)) return true;
  if (
    slot_->cursor.load() < -1 // before the first bucket since the boot
    || (!times_.is_calendar() && slot_->cursor.load() > times_.reached(now)))
    return true;
  return in_flight() < 0;
}

} // namespace gateway
