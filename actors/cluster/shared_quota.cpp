#include "actors/cluster/shared_quota.hpp"

#include <algorithm>
#include <utility>

namespace gateway {

// -- what is heard --------------------------------------------------------------------------------

void SharedQuota::note(ShareState state, ShareDemand demand, Instant now) {
  state_ = std::move(state);
  demand_ = std::move(demand);
  is_noted_ = true;
  compare();
  if (own_want() == 0)
    waiting_since_.reset();
  else if (!waiting_since_)
    waiting_since_ = now;
}

void SharedQuota::hear(
  std::uint32_t from, const PairMessage::Entry& entry, bool is_newest, Instant now) {
  auto& told = told_[from];
  if (entry.given > told.given) {
    told.given = entry.given;
    told.usable_at = now + entry.wait;
  }
  told.received = std::max(told.received, entry.received);
  compare();
  if (!is_newest) return;
  if (entry.target) {
    target_ = entry.target->hold;
    is_contended_ = entry.target->is_contended;
    is_bound_ = entry.target->is_bound;
  }
  if (!entry.report) {
    clients_.erase(from);
    return;
  }
  const auto before = clients_.find(from);
  const bool has_waited = before != clients_.end() && before->second.want > 0;
  const auto since = has_waited ? before->second.waiting_since : now;
  const auto target = before != clients_.end() ? before->second.target : 0;
  Sharer client{from, entry.report->hold, entry.report->want, entry.report->demand, 0, {}, since};
  client.target = target;
  // What is on its way to it answers a part of what it wants.
  auto coming = given_to(from) - told.received;
  client.want = std::max<std::int64_t>(client.want - coming, 0);
  client.owed = std::max<std::int64_t>(entry.report->owed - coming, 0);
  for (const auto need : entry.report->needs) {
    if (coming > 0)
      coming -= need;
    else
      client.needs.push_back(need);
  }
  clients_[from] = std::move(client);
}

void SharedQuota::compare() noexcept {
  is_contradicted_ = !is_waiting() && std::ranges::any_of(told_, [this](const auto& told) {
    return told.second.received > given_to(told.first);
  });
}

void SharedQuota::forget(std::uint32_t member) {
  clients_.erase(member);
  told_.erase(member);
}

void SharedQuota::keep_only(const std::set<std::uint32_t>& others) {
  std::erase_if(clients_, [&](const auto& one) { return !others.contains(one.first); });
  std::erase_if(told_, [&](const auto& one) { return !others.contains(one.first); });
}

// -- what is known --------------------------------------------------------------------------------

const PairCounters* SharedQuota::pair_with(std::uint32_t member) const noexcept {
  for (const auto& pair : state_.pairs)
    if (pair.member == member) return &pair;
  return nullptr;
}

std::int64_t SharedQuota::given_to(std::uint32_t member) const noexcept {
  const auto* const pair = pair_with(member);
  return pair != nullptr ? pair->given : 0;
}

std::int64_t SharedQuota::acknowledged_by(std::uint32_t member) const noexcept {
  const auto told = told_.find(member);
  return told != told_.end() ? told->second.received : 0;
}

std::int64_t SharedQuota::in_transit() const noexcept {
  std::int64_t sum = 0;
  for (const auto& pair : state_.pairs)
    sum += std::max<std::int64_t>(pair.given - acknowledged_by(pair.member), 0);
  return sum;
}

bool SharedQuota::is_empty() const noexcept {
  const auto here = state_.idle + state_.pool + state_.cooling + state_.in_flight;
  return !is_waiting() && here == 0 && in_transit() == 0;
}

std::int64_t SharedQuota::own_want() const noexcept {
  return std::max<std::int64_t>(demand_.waiting + state_.owed - state_.idle, 0);
}

std::vector<std::int64_t> SharedQuota::own_needs() const {
  std::vector<std::int64_t> needs;
  auto idle = state_.idle;
  for (const auto need : demand_.needs) {
    if (needs.size() == PairMessage::needs_max) break;
    if (idle >= need)
      idle -= need; // it is about to be taken
    else
      needs.push_back(need);
  }
  return needs;
}

bool SharedQuota::is_small(const Neighbours& others) const noexcept {
  return is_small_limit(limit_, demand_.typical, others.nodes);
}

bool SharedQuota::may_come(const Neighbours& others) const noexcept {
  if (state_.pool > 0) return true;
  if (others.broker != others.self) return !is_contended_ || target_ > state_.hold;
  // Of a client that needs less than it holds some will come back.
  return std::ranges::any_of(clients_, [](const auto& one) {
    const auto& client = one.second;
    return client.want == 0 && client.hold > client.demand;
  });
}

// -- moves ----------------------------------------------------------------------------------------

std::vector<ShareOrder> SharedQuota::orders(const Neighbours& others, Instant now) {
  std::vector<ShareOrder> orders;
  if (is_waiting()) return orders;
  receive(others, now, orders);
  // What came in is not in the book yet that the rest is planned from.
  if (orders.empty() && others.is_leaving) leave(others, orders);
  if (orders.empty() && !others.is_leaving) {
    broker(others, now, orders);
    bind(orders);
    if (orders.empty()) give_back(others, orders);
  }
  if (!orders.empty()) ++batch_;
  return orders;
}

void SharedQuota::receive(
  const Neighbours& others, Instant now, std::vector<ShareOrder>& orders) const {
  for (const auto& [member, told] : told_) {
    const auto* const pair = pair_with(member);
    if (told.given <= (pair != nullptr ? pair->received : 0)) continue;
    const bool is_mine = member == others.broker && clients_.empty();
    ShareOrder order;
    order.kind = ShareOrder::Kind::receive;
    order.member = member;
    order.amount = told.given;
    order.part = is_mine ? Part::own : Part::pool;
    order.wait = std::max<Nanoseconds>(told.usable_at - now, Nanoseconds{0});
    orders.push_back(order);
  }
}

void SharedQuota::give(
  std::uint32_t member, std::int64_t amount, Part part, std::vector<ShareOrder>& orders) const {
  ShareOrder order;
  order.kind = ShareOrder::Kind::give;
  order.member = member;
  order.amount = amount;
  order.part = part;
  order.acknowledged = acknowledged_by(member);
  orders.push_back(order);
}

void SharedQuota::broker(const Neighbours& others, Instant now, std::vector<ShareOrder>& orders) {
  const bool is_broker = others.broker == others.self;
  if (is_broker || !clients_.empty()) {
    plan(others, now, orders);
  } else if (state_.pool > 0) {
    // What came for clients that report elsewhere now.
    // Held back, nothing of it may be used here.
    const auto own = is_bound_ ? 0 : std::min(state_.pool, own_want());
    if (own > 0) {
      ShareOrder order;
      order.amount = own;
      orders.push_back(order);
    }
    if (state_.pool > own && others.may_be_given(others.broker)) {
      give(others.broker, state_.pool - own, Part::pool, orders);
      urgent_[others.broker] = Urgency::now;
    }
  }
}

void SharedQuota::plan(const Neighbours& others, Instant now, std::vector<ShareOrder>& orders) {
  std::vector<Sharer> sharers;
  for (const auto& [member, client] : clients_) {
    if (!others.may_be_given(member)) continue;
    sharers.push_back(client);
    sharers.back().hold += given_to(member) - acknowledged_by(member);
  }
  Sharer self{
    others.self,
    state_.hold - state_.pool,
    own_want(),
    demand_.steady,
    state_.owed,
    own_needs(),
    {}};
  self.waiting_since = waiting_since_.value_or(now);
  sharers.push_back(std::move(self));

  const bool is_broker = others.broker == others.self;
  const SharePlanRules rules{limit_, demand_.typical, is_small(others), is_broker};
  plan_shares(sharers, state_.pool, rules, now);

  bool somebody_waits = false;
  bool somebody_owes = false;
  for (auto& sharer : sharers) {
    somebody_waits = somebody_waits || sharer.want > 0;
    somebody_owes = somebody_owes || sharer.owed > 0;
    if (sharer.member == others.self) {
      if (is_broker) target_ = sharer.target;
      if (waiting_since_) waiting_since_ = sharer.waiting_since;
      if (sharer.grant == 0) continue;
      ShareOrder order;
      order.amount = sharer.grant;
      orders.push_back(order);
      continue;
    }
    auto& client = clients_[sharer.member];
    client.want = sharer.want;
    client.owed = sharer.owed;
    client.needs = std::move(sharer.needs);
    client.waiting_since = sharer.waiting_since;
    client.target = sharer.target;
    if (sharer.grant == 0) continue;
    give(sharer.member, sharer.grant, Part::pool, orders);
    urgent_[sharer.member] = Urgency::now;
  }
  if (is_broker) {
    is_contended_ = somebody_waits;
    is_bound_ = somebody_owes;
  }
  // A broker for some, itself the client of another, passes on what none of its own waits for.
  if (is_broker || somebody_waits || !orders.empty() || state_.pool <= 0) return;
  if (!others.may_be_given(others.broker)) return;
  give(others.broker, state_.pool, Part::pool, orders);
  urgent_[others.broker] = Urgency::now;
}

/// While somebody owes, nobody uses more than its target: else those who have permits would use
/// them again and again, and the debt would never be paid.
void SharedQuota::bind(std::vector<ShareOrder>& orders) {
  const auto bound = is_bound_ ? std::optional{target_} : std::nullopt;
  if (bound == ordered_bound_) return;
  ordered_bound_ = bound;
  ShareOrder order;
  order.kind = ShareOrder::Kind::hold_back;
  order.amount = bound.value_or(-1);
  orders.push_back(order);
}

/// What the broker can use better goes to it.
void SharedQuota::give_back(const Neighbours& others, std::vector<ShareOrder>& orders) {
  const auto own = state_.hold - state_.pool;
  std::int64_t surplus = 0;
  if (is_small(others)) {
    surplus = state_.idle;
    for (const auto need : demand_.needs) // which are about to be taken
      surplus -= need <= surplus ? need : 0;
  } else {
    const auto much = is_contended_ ? target_ + target_ / 50 + 1 : target_ + target_ * 3 / 10 + 1;
    // A broker that waits itself would only grant it to itself again.
    if (others.broker == others.self && own_want() > 0) return;
    if (own > much) surplus = own - (target_ + target_ / 50 + 1);
    if (is_contended_ && demand_.waiting == 0)
      surplus = std::max(surplus, state_.idle - std::min(demand_.soon, limit_ * 3 / 1'000));
  }
  surplus = std::min(surplus, state_.idle);
  if (surplus <= 0 || state_.owed > 0) return;
  if (others.broker == others.self) {
    ShareOrder order;
    order.part = Part::pool;
    order.amount = surplus;
    orders.push_back(order);
  } else if (others.may_be_given(others.broker)) {
    give(others.broker, surplus, Part::own, orders);
    auto& urgency = urgent_[others.broker];
    urgency = std::max(urgency, is_small(others) ? Urgency::now : Urgency::soon);
  }
}

/// All of it to one other member: what is usable, then what cools, part after part, each when the
/// one before has arrived.
void SharedQuota::leave(const Neighbours& others, std::vector<ShareOrder>& orders) const {
  const auto heir = others.broker;
  if (heir == others.self || !others.may_be_given(heir)) return;
  if (state_.idle > 0) give(heir, state_.idle, Part::own, orders);
  if (state_.pool > 0) give(heir, state_.pool, Part::pool, orders);
  if (!orders.empty() || state_.cooling == 0) return;
  if (acknowledged_by(heir) < given_to(heir)) return;
  ShareOrder order;
  order.kind = ShareOrder::Kind::give_cooling;
  order.member = heir;
  order.acknowledged = acknowledged_by(heir);
  orders.push_back(order);
}

} // namespace gateway
