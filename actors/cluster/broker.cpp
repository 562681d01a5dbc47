#include "actors/cluster/broker.hpp"

#include "actors/cluster/record_shares.hpp"
#include "actors/quota/permit_book.hpp"

#include <algorithm>
#include <utility>

namespace gateway {
namespace {

// No write-off is faster, so that whoever was away for less can't have been written off.
constexpr Nanoseconds written_off_wait_least = 10s;
// Where D is not known: the provider has noticed by then that nobody listens.
constexpr Nanoseconds unknown_delay = 60s;

// An entry that does not come to count is proposed again.
constexpr Nanoseconds propose_again = 2s;

/// Until what a call that began before may use of it is out of its window.
Nanoseconds wait_of(const QuotaSpec& spec) {
  const auto delay =
    spec.count_delay ? std::max<Nanoseconds>(*spec.count_delay, count_delay_most) : unknown_delay;
  return stretched(spec.longest_call + delay + window_of(spec));
}

/// Until what was used of any quota is out of its window; of the long ones, and of places, what is
/// inherited cools instead.
Nanoseconds wait_of(const ClusterRecord& record) {
  auto wait = written_off_wait_least;
  for (const auto& [number, quota] : record.quotas()) {
    const auto& spec = quota.spec;
    if (is_long(spec) || spec.unit == QuotaUnit::concurrency) continue;
    const auto delay =
      spec.count_delay ? std::max<Nanoseconds>(*spec.count_delay, count_delay_most) : unknown_delay;
    wait = std::max(wait, window_of(spec) + delay);
  }
  return stretched(wait);
}

} // namespace

Broker::Broker(std::shared_ptr<PermitMemory> memory, const SharingTimes& times)
    : memory_(std::move(memory)), times_(times) {}

// -- what is in force -----------------------------------------------------------------------------

void Broker::set_record(
  const ClusterRecord& record,
  std::uint32_t self,
  const std::set<std::uint32_t>& candidates,
  Instant now) {
  auto lives = memory_->members();
  // The log comes back to where this node was by itself.
  if (record.version() < lives.record()) return;
  if (!sharing_) {
    sharing_.emplace(self, memory_, times_, now);
    awaits_word_ = memory_->is_held();
    if (awaits_word_) sharing_->must_be_confirmed();
    if (is_leaving_) sharing_->leave();
  }
  // What is in this book was moved by another member, whoever that was.
  const bool is_anothers = lives.self().value_or(self) != self;
  is_contradicted_ |= is_anothers;
  if (!is_anothers) lives.follow(self, record.version());
  written_off_wait_ = wait_of(record);
  std::vector<QuotaSharing::Member> members;
  for (const auto& [number, member] : record.members())
    members.push_back({number, candidates.contains(number), member.going});
  sharing_->set_members(members, record.known());
  if (shares_)
    for (const auto& row : shares_->rows())
      if (!record.quotas().contains(row.number)) {
        sharing_->remove_quota(row.number);
        places_.erase(row.number);
      }
  record_ = record.version();
  sharing_->set_contact(record.contact());
  std::set<std::uint32_t> unowned;
  std::map<std::uint32_t, Removed> removed;
  for (const auto& [number, quota] : record.quotas()) {
    sharing_->set_quota(number, quota.spec.limit, quota.inits);
    if (!quota.removed_in) continue;
    unowned.insert(number);
    const auto known = removed_.find(number);
    const bool is_known = known != removed_.end() && known->second.in == *quota.removed_in;
    removed[number] =
      is_known ? known->second : Removed{*quota.removed_in, wait_of(quota.spec), {}};
  }
  removed_ = std::move(removed);
  sharing_->set_unowned(std::move(unowned));
  shares_ = shares_of(record, self);
  std::set<QuotaKey> keys;
  for (const auto& row : shares_->rows()) keys.insert(key_of(row.spec));
  memory_->keep_only(keys);
}

void Broker::leave() {
  is_leaving_ = true;
  if (sharing_) sharing_->leave();
}

void Broker::write_off(std::uint32_t member) {
  if (sharing_) sharing_->write_off(member);
}

std::optional<Instant> Broker::written_off_at() const {
  return sharing_ ? sharing_->farewell_over_at(written_off_wait_) : std::nullopt;
}

void Broker::set_stops(std::set<std::string> stops) {
  stops_ = std::move(stops);
  std::erase_if(spoke_, [&](const auto& stop) { return !stops_.contains(stop); });
  for (auto& [number, place] : places_)
    if (!stops_.contains(place.stop)) place = {{}, false, place.batch, 0};
  std::erase_if(recovering_, [&](const auto& stop) { return !stops_.contains(stop.first); });
}

// -- what happens ---------------------------------------------------------------------------------

void Broker::tick(Instant now) {
  memory_->note_alive(now);
  if (sharing_) sharing_->tick(now);
}

Result<void> Broker::hear(std::uint32_t from, std::string_view bytes, Instant now) {
  if (!sharing_) return {};
  if (const auto pair = decode_pair_message(bytes))
    sharing_->hear(from, *pair, now);
  else if (const auto lost = decode_book_lost(bytes))
    sharing_->hear(from, *lost, now);
  else if (const auto told = decode_book_told(bytes))
    sharing_->hear(from, *told, now);
  else
    return fail(ErrorKind::invalid_value, "a message about quotas that nobody understands");
  return {};
}

void Broker::said(
  const std::string& stop, std::uint64_t number, const std::vector<BookSaid>& books, Instant now) {
  if (!sharing_ || !stops_.contains(stop)) return;
  spoke_.insert(stop);
  std::set<std::uint32_t> said;
  for (auto [key, state, demand, removed_in] : books) {
    const auto* const row = shares_->row_of(key);
    if (row == nullptr) continue;
    said.insert(row->number);
    auto& place = places_.try_emplace(row->number).first->second;
    if (place.stop != stop) place = {stop, false, place.batch, 0};
    place.removed_in = removed_in;
    // What a stop could not carry out, for it had no such book, is answered with the rest.
    if (number >= place.ordered) state.answers = place.batch;
    sharing_->note(row->number, std::move(state), std::move(demand), now);
  }
  // What it says nothing of any more it has let go.
  for (auto& [quota, place] : places_)
    if (place.stop == stop && !said.contains(quota)) place = {{}, false, place.batch, 0};
  const auto told = recovering_.find(stop);
  if (told == recovering_.end() || number < told->second) return;
  recovering_.erase(told);
  // The books hold what they were told before anybody takes from them.
  if (recovering_.empty() && !is_beyond_recovery_) memory_->found();
}

// -- what follows ---------------------------------------------------------------------------------

BookOrders& Broker::orders_for(Outgoing& out, const Place& place, QuotaKey quota) const {
  auto& its = out.stops[place.stop];
  its.number = number_;
  auto& all = its.orders;
  const auto known = std::ranges::find(all, quota, &BookOrders::quota);
  if (known != all.end()) return *known;
  all.push_back({quota, {}, place.may_come});
  return all.back();
}

bool Broker::is_unowned(std::uint32_t number) const {
  const auto place = places_.find(number);
  return place == places_.end() || place->second.stop.empty();
}

/// Of quotas that the document lacks and the cluster has not forgotten nobody says how they stand,
/// and nothing moves. What they gave and received is in the mapping, for those who ask.
void Broker::note_unowned(Instant now) {
  if (spoke_ != stops_) return;
  for (const auto& row : shares_->rows()) {
    const auto* const quota = sharing_->quota(row.number);
    if (!is_unowned(row.number) || quota == nullptr || !quota->is_waiting()) continue;
    note_mapping(row, quota->batch(), now);
  }
}

void Broker::note_mapping(const ShareTable::Row& row, std::uint64_t batch, Instant now) {
  ShareState state;
  state.answers = batch;
  state.pairs = memory_->pairs_of(key_of(row.spec));
  sharing_->note(row.number, std::move(state), {}, now);
}

/// Whoever owns it next goes on from what is in the mapping, so it is put there.
bool Broker::recover_unowned(const QuotaSharing::Recovered& one, PermitMemory::Moment now) {
  const auto& row = *shares_->row_of_number(one.quota);
  auto book = PermitBook::make(memory_, row.spec, now);
  if (!book || !(*book)->recover_share(one.told, now)) return false;
  note_mapping(row, sharing_->quota(one.quota)->batch(), now.at);
  return true;
}

/// What nobody needs any more: each member has a version that lacks it, and what it used of it
/// before is out of every window, that of calls too that began with it alone. Until then it is
/// taken beside what took its place. Of those who are not there it is not known: they keep it.
void Broker::forget_removed(Outgoing& out, Instant now) {
  const auto is_taken_alone = [&](const auto& one) {
    return !is_unowned(one.first) && places_.at(one.first).removed_in != one.second.in;
  };
  const bool says_so = spoke_ == stops_ && std::ranges::none_of(removed_, is_taken_alone);
  sharing_->set_record(says_so ? record_ : 0);
  if (!sharing_->is_broker() || (forgotten_at_ && now - *forgotten_at_ < propose_again)) return;
  const auto known = sharing_->record_of_all();
  for (auto& [number, quota] : removed_) {
    if (known < quota.in) quota.since.reset();
    if (known >= quota.in && !quota.since) quota.since = now;
    if (!quota.since || now - *quota.since < quota.wait) continue;
    forgotten_at_ = now;
    out.entries.emplace_back(QuotaForgotten{number});
    return;
  }
}

/// What the others told of this node's lost books goes to those who own them.
void Broker::recover(Outgoing& out, PermitMemory::Moment now) {
  // Not before it is known who owns what.
  if (!sharing_->is_lost() || spoke_ != stops_) return;
  const auto recovered = sharing_->take_recovered();
  if (!recovered) return;
  for (const auto& one : *recovered) {
    if (is_unowned(one.quota)) {
      // Without room for it nothing of this book is used: it stays lost until the next start.
      if (!recover_unowned(one, now)) is_beyond_recovery_ = true;
      continue;
    }
    const auto& stop = places_.at(one.quota).stop;
    auto& its = out.stops[stop];
    its.number = number_;
    its.tales.push_back({key_of(shares_->row_of_number(one.quota)->spec), one.told});
    recovering_[stop] = number_;
  }
  if (recovering_.empty() && !is_beyond_recovery_) memory_->found();
}

void Broker::order(Outgoing& out, Instant now) {
  for (const auto& [number, batch, order] : sharing_->take_orders(now)) {
    auto& place = places_.try_emplace(number).first->second;
    place.batch = batch;
    if (place.stop.empty()) continue; // its next owner says how the book stands
    place.ordered = number_;
    auto& orders = orders_for(out, place, key_of(shares_->row_of_number(number)->spec));
    orders.orders.push_back(order);
  }
}

/// Whether it is worth waiting for permits is told when that changes.
void Broker::hint(Outgoing& out, Instant now) {
  for (auto& [number, place] : places_) {
    const bool may_come = sharing_->may_come(number, now);
    if (may_come == place.may_come || place.stop.empty()) continue;
    place.may_come = may_come;
    orders_for(out, place, key_of(shares_->row_of_number(number)->spec)).may_come = may_come;
  }
}

Broker::Outgoing Broker::take(PermitMemory::Moment moment) {
  const auto now = moment.at;
  Outgoing out;
  if (!sharing_) return out;
  ++number_;
  sharing_->note_wall(moment);
  memory_->use_until(sharing_->usable_until().value_or(Instant::max()));
  is_contradicted_ |= sharing_->is_overtaken() || sharing_->is_contradicted();
  if (sharing_->is_removed() || is_contradicted_) {
    memory_->hold();
    awaits_word_ = false;
  }
  // Once: whoever finds out otherwise that this node was removed holds it for good.
  // Not before the books could be compared with what was heard.
  if (sharing_->is_confirmed() && spoke_ == stops_ && std::exchange(awaits_word_, false))
    memory_->release();
  note_unowned(now);
  recover(out, moment);
  if (!is_contradicted_) order(out, now);
  note_unowned(now); // none of those orders is carried out
  hint(out, now);
  forget_removed(out, now);
  for (const auto& [to, message] : sharing_->take_messages(now))
    out.messages.push_back(
      {to,
       std::holds_alternative<PairMessage>(message),
       std::visit([](const auto& said) { return encode(said); }, message)});
  if (auto going = sharing_->take_going(now)) out.entries.emplace_back(*std::move(going));
  if (auto gone = sharing_->take_gone(written_off_wait_, now))
    out.entries.emplace_back(*std::move(gone));
  if (const auto known = sharing_->take_known(written_off_wait_, now))
    out.entries.emplace_back(*known);
  return out;
}

} // namespace gateway
