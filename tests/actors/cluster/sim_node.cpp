#include "tests/actors/cluster/sim_node.hpp"

#include <algorithm>

namespace gateway {
namespace {

// Whoever was away for less can't have been removed meanwhile.
constexpr Nanoseconds away_for_long = 8s;
constexpr int rounds_max = 8;
constexpr Nanoseconds bypass = 3s; // a dear call may be overtaken for so long

QuotaShare share_of(const SimNode::Quota& quota, std::uint32_t member) {
  std::vector<std::uint32_t> members;
  for (const auto& [number, init] : quota.inits) members.push_back(number);
  return {quota.version, quota.inits.at(member), members, quota.known, quota.cools_in};
}

} // namespace

SimNode::SimNode(std::uint32_t number, double offset, double rate, SharingTimes times)
    : number_(number), offset_(offset), rate_(rate), times_(times) {
  identity_.node = std::string(30, '0') + std::to_string(10 + number);
  identity_.epoch = 0;
  identity_.known = false;
}

PermitMemory::Moment SimNode::moment(Nanoseconds now) const {
  return {local(now), begins + std::chrono::round<Milliseconds>(now + wall_error)};
}

void SimNode::start(const Quota& quota, Nanoseconds now) {
  ++life;
  quota_ = quota;
  auto opened = PermitMemory::open(
    {folder_.path(), slots_for(1, members_max)}, identity_, {{}, journal_}, moment(now));
  REQUIRE(opened);
  memory_ = *opened;
  if (memory_->beginning() != BookBeginning::restarted) ++identity_.epoch;
  identity_.known = true;
  memory_->set_shared();
  journal_ = memory_->journal_beginning(moment(now).wall);
  memory_->begin_epoch(identity_.epoch);
  auto spec = quota.spec;
  spec.share = share_of(quota, number_);
  auto made = PermitBook::make(memory_, spec, moment(now));
  REQUIRE(made);
  book_ = *std::move(made);
  mark_.reset();
  journaled_ = 0;
  sharing_ = std::make_unique<QuotaSharing>(number_, memory_, times_, local(now));
  is_leaving_ = false;
  is_held_ = !trusts_itself && died_at_ && now - *died_at_ > away_for_long;
  if (is_held_) {
    sharing_->must_be_confirmed();
    book_->hold_back(0, local(now));
  }
  apply(quota, now);
  rate_asked_.emplace(local(now));
  carried_out_ = 0;
}

void SimNode::apply(const Quota& quota, Nanoseconds now) {
  quota_ = quota;
  std::vector<QuotaSharing::Member> members;
  for (const auto& [member, init] : quota.inits)
    members.push_back(
      {member,
       quota.inits.size() <= 8 || members.size() < 3,
       quota.going.contains(member) ? quota.going.at(member) : Going::no});
  sharing_->set_members(members, quota.known);
  sharing_->set_record(quota.record);
  sharing_->set_contact(forgets_terms ? std::vector{quota.contact.back()} : quota.contact);
  sharing_->set_quota(quota_number, quota.spec.limit, quota.inits);
  book_->set_limit(quota.spec.limit);
  const auto used = book_->used_total();
  book_->set_share(share_of(quota, number_), local(now));
  if (mark_)
    mark_->take(book_->used_total() - used);
  else if (is_long(quota.spec))
    mark_.emplace(quota.spec.limit, book_->used_total());
}

void SimNode::leave() {
  is_leaving_ = true;
  sharing_->leave();
}

void SimNode::kill(Nanoseconds now) {
  ++life;
  if (is_up()) died_at_ = now;
  sharing_.reset();
  book_.reset();
  memory_.reset();
  unsynced_.clear();
  queue.clear();
  is_paused = false;
}

void SimNode::crash(Nanoseconds now) {
  kill(now);
  ++boots_;
  identity_.boot = "bbbbbbbb-bbbb-4bbb-8bbb-" + std::to_string(100'000'000'000 + boots_);
  std::filesystem::remove_all(folder_.path());
  std::filesystem::create_directory(folder_.path());
}

void SimNode::hear(std::uint32_t from, const std::string& bytes, Nanoseconds now) {
  if (const auto pair = decode_pair_message(bytes))
    sharing_->hear(from, *pair, local(now));
  else if (const auto lost = decode_book_lost(bytes))
    sharing_->hear(from, *lost, local(now));
  else if (const auto told = decode_book_told(bytes))
    sharing_->hear(from, *told, local(now));
  else
    FAIL("a message that nobody understands");
}

void SimNode::ask(const SimCall& call) {
  rate_asked_->note(call.reserve);
  queue.push_back(call);
}

bool SimNode::may_use(Nanoseconds now) const {
  const auto until = sharing_->usable_until();
  return needs_no_contact || !until || local(now) < *until;
}

bool SimNode::take(const SimCall& call, Nanoseconds now) {
  book_->sweep(local(now));
  if (!may_use(now) || book_->owed() > 0) return false;
  if (mark_ && !mark_->allows(call.reserve)) return false;
  if (!book_->try_take(call.reserve)) return false;
  if (mark_) mark_->take(call.reserve);
  return true;
}

/// What PermitBooks does: a line is written in one turn, and on disk in the next.
void SimNode::keep_journal(Nanoseconds now) {
  if (!mark_ || memory_->is_lost()) return;
  if (!unsynced_.empty()) {
    journal_ += std::exchange(unsynced_, {});
    mark_->synced();
  }
  if (quota_.cools_in > journaled_) mark_->want_line();
  const auto upto = mark_->wanted(local(now));
  if (!upto) return;
  journaled_ = book_->version();
  unsynced_ = journal_line(
    {key_of(quota_.spec),
     "q",
     identity_.epoch,
     book_->series(),
     book_->used_total(),
     *upto,
     window_of(quota_.spec),
     moment(now).wall,
     journaled_});
}

void SimNode::carry_out(const ShareOrder& order, Instant now) {
  const auto cools = mark_ && !receives_unjournaled ? book_->would_cool(order) : 0;
  if (cools > 0 && !mark_->allows(cools)) return;
  const auto used = book_->used_total();
  book_->carry_out(order, now);
  if (cools > 0) mark_->take(book_->used_total() - used);
}

void SimNode::drain(Nanoseconds now, const std::function<void(const SimCall&)>& go) {
  while (!queue.empty() && take(queue.front(), now)) {
    const auto call = queue.front();
    queue.pop_front();
    go(call);
  }
  if (queue.size() < 2 || now - queue.front().came >= bypass) return;
  const auto last = std::min<std::size_t>(queue.size(), 9);
  for (std::size_t i = 1; i < last && i < queue.size();) {
    if (!take(queue[i], now)) {
      ++i;
      continue;
    }
    const auto call = queue[i];
    queue.erase(queue.begin() + static_cast<std::ptrdiff_t>(i));
    go(call);
  }
}

ShareDemand SimNode::demand(Instant now) {
  ShareDemand demand;
  for (const auto& call : queue) {
    demand.waiting += call.reserve;
    if (demand.needs.size() < PairMessage::needs_max) demand.needs.push_back(call.reserve);
  }
  const auto held = window_of(quota_.spec) + *quota_.spec.count_delay;
  demand.steady = rate_asked_->within(held, now) * 11 / 10;
  demand.soon = rate_asked_->within(500ms, now);
  demand.typical = quota_.spec.unit == QuotaUnit::tokens ? 8'000 : 1;
  return demand;
}

void SimNode::recover(PermitMemory::Moment moment) {
  const auto now = moment.at;
  const auto recovered = sharing_->take_recovered();
  if (!recovered) return;
  REQUIRE(recovered->size() == 1);
  auto told = recovered->front().told;
  if (trusts_any_journal) told.is_in_journal = true;
  if (has_no_journal) told.is_in_journal = false;
  const auto long_ago = now - stretched(window_of(quota_.spec)) - quota_.spec.longest_call - 1h;
  if (forgets_to_wait_lost) told = {told.pairs, long_ago};
  REQUIRE(book_->recover_share(told, moment));
  if (mark_) mark_.emplace(quota_.spec.limit, book_->used_total());
  memory_->found();
}

void SimNode::work(
  Nanoseconds now,
  const std::function<void(const SimCall&)>& go,
  const std::function<void(std::uint32_t, std::string)>& send) {
  const auto at = local(now);
  sharing_->tick(at);
  sharing_->note_wall(moment(now));
  book_->follow(moment(now));
  recover(moment(now));
  keep_journal(now);
  if (is_held_ && sharing_->is_confirmed()) {
    is_held_ = false;
    book_->hold_back({}, at);
  }
  book_->sweep(at);
  for (int round = 0; round < rounds_max; ++round) {
    drain(now, go);
    auto state = book_->share();
    state.answers = carried_out_;
    sharing_->note(quota_number, std::move(state), demand(at), at);
    if (round + 1 == rounds_max) break;
    const auto orders = sharing_->take_orders(at);
    if (orders.empty()) break;
    for (const auto& order : orders) {
      carry_out(order.order, at);
      carried_out_ = order.batch;
    }
  }
  for (const auto& [to, message] : sharing_->take_messages(at))
    send(to, std::visit([](const auto& said) { return encode(said); }, message));
}

void SimNode::settle_by_now(std::int64_t amount, Nanoseconds now) {
  book_->settle_until(amount, local(now) + book_->delay_at_most(), local(now));
}

void SimNode::settle(std::int64_t amount, Nanoseconds counted, Nanoseconds now) {
  book_->settle(amount, local(counted), local(now));
}

} // namespace gateway
