#include "actors/quota/permit_book.hpp"

#include <algorithm>

/// What a permit book does in a cluster (cluster-quota.md, sections 4, 5 and 7).
namespace gateway {
namespace {

// What cools is handed over in so many slices at most.
constexpr std::int64_t slices = 16;
constexpr std::int64_t buckets_of_slice = ring_buckets / slices;

/// Up to `most` of what is there; calls may take from it at the same time.
std::int64_t take_some(Cell& cell, std::int64_t most) noexcept {
  auto amount = std::min(most, cell.load());
  while (amount > 0 && !cell.try_subtract(amount)) amount = std::min(most, cell.load());
  return std::max<std::int64_t>(amount, 0);
}

} // namespace

std::int64_t PermitBook::carry_out(const ShareOrder& order, Instant now) {
  // Nothing is known of a lost book yet: what was received before is not to be counted twice.
  if (is_lost()) return 0;
  sweep(now);
  std::int64_t moved = 0;
  switch (order.kind) {
  case ShareOrder::Kind::give: moved = give(order); break;
  case ShareOrder::Kind::give_cooling: moved = give_cooling(order); break;
  case ShareOrder::Kind::receive: moved = receive(order, now); break;
  case ShareOrder::Kind::move: moved = move(order); break;
  case ShareOrder::Kind::hold_back:
    use_most_ordered_ = order.amount < 0 ? std::nullopt : std::optional{order.amount};
    break;
  }
  if (is_held_back()) keep_within();
  return moved;
}

/// Nothing is moved between a book and somebody who is gone, nor by a record that is older than the
/// one that the book has: those that went since seem to be there.
PermitPair* PermitBook::pair_with(std::uint32_t member) {
  const auto version = static_cast<std::int64_t>(this->version());
  if (spec_.share) {
    if (static_cast<std::int64_t>(spec_.share->version) < version) return nullptr;
    if (spec_.share->is_gone(member)) return nullptr;
  }
  auto* const pair = memory_->pairs().make(*slot_, member);
  return pair != nullptr && counts(*pair, version) ? pair : nullptr;
}

/// Whom something can be given now; null: nobody. What was given last and still cools has to be
/// there first: a message says for how long the whole of what is new in it cools.
PermitPair* PermitBook::pair_to_give(const ShareOrder& order) {
  auto* const pair = pair_with(order.member);
  if (pair == nullptr) return nullptr;
  if (pair->given_until.load() != 0) {
    if (order.acknowledged < pair->giv.load()) return nullptr;
    pair->given_until.store(0);
  }
  return pair;
}

std::int64_t PermitBook::give(const ShareOrder& order) noexcept {
  auto& source = order.part == Part::own ? slot_->idle : slot_->pool;
  if (order.amount <= 0 || source.load() <= 0) return 0;
  auto* const pair = pair_to_give(order);
  if (pair == nullptr) return 0;
  const auto amount = take_some(source, order.amount);
  if (amount > 0) pair->giv.add(amount);
  return amount;
}

std::int64_t PermitBook::give_cooling(const ShareOrder& order) {
  const auto cursor = slot_->cursor.load();
  auto at = [&](std::int64_t bucket) -> Cell& {
    return slot_->ring[static_cast<std::size_t>(bucket % ring_buckets)];
  };
  auto first = cursor + 1;
  while (first < cursor + ring_buckets && at(first).load() == 0) ++first;
  if (first == cursor + ring_buckets) return 0;
  auto* const pair = pair_to_give(order);
  // What was given before and is not acknowledged is usable at once; it must not seem to cool.
  if (pair == nullptr || order.acknowledged < pair->giv.load()) return 0;
  // A calendar's are whole periods.
  const auto buckets = times_.is_calendar() ? 1 : buckets_of_slice;
  const auto last = std::min(first + buckets, cursor + ring_buckets) - 1;
  // The time before the amount: killed in between, nothing was given that could come too early.
  pair->given_until.store(times_.due(last).time_since_epoch().count());
  std::int64_t amount = 0;
  for (auto bucket = first; bucket <= last; ++bucket)
    if (at(bucket).load() > 0) amount += at(bucket).exchange(0);
  pair->giv.add(amount);
  return amount;
}

std::int64_t PermitBook::receive(const ShareOrder& order, Instant now) {
  if (order.amount <= 0 || order.amount > permits_max) return 0;
  const auto* const known = memory_->pairs().find(*slot_, order.member);
  if (known != nullptr && known->rcv.load() >= order.amount) return 0;
  auto* const pair = pair_with(order.member);
  if (pair == nullptr) return 0;
  const auto amount = order.amount - pair->rcv.load();
  pair->rcv.store(order.amount);
  if (order.wait > Nanoseconds{0}) {
    settle_until(amount, now + stretched(order.wait), now);
  } else if (order.part == Part::own || owed() > 0) {
    put_back(amount);
  } else {
    slot_->pool.add(amount);
  }
  cover_owed();
  return amount;
}

std::int64_t PermitBook::move(const ShareOrder& order) noexcept {
  const bool is_to_pool = order.part == Part::pool;
  auto& source = is_to_pool ? slot_->idle : slot_->pool;
  auto& destination = is_to_pool ? slot_->pool : slot_->idle;
  const auto amount = take_some(source, order.amount);
  if (amount > 0) destination.add(amount);
  cover_owed();
  return amount;
}

ShareState PermitBook::share() const {
  ShareState state;
  const auto version = static_cast<std::int64_t>(this->version());
  state.version = static_cast<std::uint64_t>(version);
  state.init = init();
  state.hold = hold();
  state.idle = slot_->idle.load();
  state.pool = slot_->pool.load();
  state.cooling = cooling();
  state.in_flight = in_flight();
  state.owed = owed();
  for (const auto* pair : memory_->pairs().of(*slot_)) {
    if (!counts(*pair, version)) continue;
    const Instant given_until{Nanoseconds{pair->given_until.load()}};
    state.pairs.push_back({pair->member, pair->giv.load(), pair->rcv.load(), given_until});
  }
  return state;
}

void PermitBook::set_share(const QuotaShare& share, Instant now) {
  spec_.share = share;
  const auto version = static_cast<std::int64_t>(share.version);
  const auto before_version = static_cast<std::int64_t>(this->version());
  if (version <= before_version) return;
  const auto before = hold();
  auto folded = init();
  for (auto* const pair : memory_->pairs().of(*slot_)) {
    if (!share.is_gone(pair->member) || !counts(*pair, before_version)) continue;
    folded += pair->rcv.load() - pair->giv.load();
    // Counts until the version below is in force. A life that was killed here may have said so.
    if (pair->closed_in.load() == 0) pair->closed_in.store(version);
  }
  const auto more = share.init - folded;
  change_terms(version, share.init, owed() + std::max<std::int64_t>(-more, 0));
  memory_->pairs().drop_closed(*slot_);
  if (more > 0 && !is_lost()) {
    if (before_version >= static_cast<std::int64_t>(share.cools_in))
      put_back(more);
    else
      settle_in(after_unseen(now, delay_at_most()), more, now);
  }
  if (before != hold() - more) broken_promise("a share that is not what was held");
  cover_owed();
}

std::int64_t PermitBook::would_cool(const ShareOrder& order) const noexcept {
  if (order.kind != ShareOrder::Kind::receive || order.wait <= Nanoseconds{0}) return 0;
  const auto* const known = memory_->pairs().find(*slot_, order.member);
  return std::max<std::int64_t>(order.amount - (known != nullptr ? known->rcv.load() : 0), 0);
}

/// What older lives of this node used, where the journal says it.
std::optional<std::vector<PastUse>>
PermitBook::past_in_journal(const ToldShare& told, Moment now) const {
  if (was_inherited_unseen()) return std::nullopt;
  const bool is_known =
    told.is_in_journal && is_long(spec_) && !memory_->journal().has_unended_loss(key_of(spec_));
  return is_known ? std::optional{memory_->past_of(spec_, now)} : std::nullopt;
}

/// A part of it may be inherited since the journal's last line.
bool PermitBook::was_inherited_unseen() const {
  const auto cools_in = spec_.share ? spec_.share->cools_in : 0;
  return cools_in > memory_->journal().version(key_of(spec_));
}

Result<void> PermitBook::recover_share(const ToldShare& told, Moment moment) {
  const auto now = moment.at;
  slot_->idle.store(0);
  slot_->pool.store(0);
  for (auto& bucket : slot_->ring) bucket.store(0);
  deferred_.clear();
  for (auto* const pair : memory_->pairs().of(*slot_)) {
    pair->giv.store(0);
    pair->rcv.store(0);
    pair->given_until.store(0);
  }
  for (const auto& one : told.pairs) {
    auto* const pair = memory_->pairs().make(*slot_, one.member);
    if (pair == nullptr) return fail(ErrorKind::overloaded, "permit book: too many pairs of nodes");
    pair->giv.store(one.given);
    pair->rcv.store(one.received);
  }
  change_owed(std::max<std::int64_t>(-hold(), 0));
  // What does not cool, or does not any more, comes with the first sweep of a book that is found.
  const auto reached = times_.reached(now);
  slot_->cursor.store(reached - 1);
  last_sweep_ = now;
  recovering_until_.reset();
  auto past = past_in_journal(told, moment);
  const auto all = std::max<std::int64_t>(in_flight(), 0);
  // What is in no journal will be in the next one, from its first line on.
  slot_->used_total.store(past ? 0 : all);
  // The gone used it unseen for as long as they were there.
  const auto used_by = was_inherited_unseen() ? std::max(told.used_by, now) : told.used_by;
  if (!past) past = std::vector<PastUse>{{permits_max, used_by}};
  const auto rest = cool_past(*std::move(past), all, now);
  if (rest > 0) enter_or_defer(rest, reached);
  return {};
}

void PermitBook::hold_back(std::optional<std::int64_t> use_most, Instant now) {
  use_most_ = use_most;
  sweep(now);
  if (is_held_back()) keep_within();
}

/// What would be too much in use if it were taken is not idle.
void PermitBook::keep_within() noexcept {
  const auto out = hold() + owed() - idle() - slot_->pool.load();
  const auto use_most =
    std::min(use_most_.value_or(permits_max), use_most_ordered_.value_or(permits_max));
  const auto surplus = idle() - std::max<std::int64_t>(use_most - out, 0);
  const auto amount = take_some(slot_->idle, surplus);
  if (amount > 0) slot_->pool.add(amount);
}

} // namespace gateway
