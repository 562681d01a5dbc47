#include "actors/cluster/quota_sharing.hpp"

#include <algorithm>
#include <set>

namespace gateway {
namespace {

constexpr Nanoseconds again = 5s; // an entry that was not taken
// Messages that are made at one instant are numbered on from it.
constexpr Nanoseconds sent_ahead = 1ms;

} // namespace

QuotaSharing::QuotaSharing(
  std::uint32_t self,
  std::shared_ptr<PermitMemory> memory,
  const SharingTimes& times,
  Instant started)
    : self_(self), memory_(std::move(memory)), times_(times), started_(started), broker_(self) {
  if (memory_->is_lost()) lost_.emplace(self, memory_->epoch(), started);
}

// -- what the cluster's record says ---------------------------------------------------------------

void QuotaSharing::set_members(const std::vector<Member>& members, std::uint32_t known) {
  std::set<std::uint32_t> others;
  for (const auto& member : members) {
    if (member.number == self_) {
      is_candidate_ = member.is_candidate;
      continue;
    }
    others.insert(member.number);
    auto [link, is_new] = links_.try_emplace(member.number, Link{.peer = Peer{times_}});
    link->second.is_candidate = member.is_candidate;
    if (is_new) link->second.peer.begin_life(memory_->members().epoch_of(member.number));
    link->second.going = member.going;
    if (member.going != Going::no && link->second.peer.epoch() != closed_for_good)
      begin_life(member.number, link->second, closed_for_good);
  }
  std::erase_if(links_, [&](const auto& link) { return !others.contains(link.first); });
  memory_->members().keep_only(others);
  for (auto& [number, quota] : quotas_) quota.keep_only(others);
  if (lost_) lost_->set_members(others);
  farewell_.set_members(others, known);
  std::erase_if(asked_here_, [&](std::uint32_t one) { return !others.contains(one); });
  std::erase_if(to_go_, [this](const auto& one) {
    const auto link = links_.find(one.first);
    if (link == links_.end()) return true;
    return link->second.going >= one.second;
  });
  if (!links_.contains(broker_)) broker_ = self_;
}

void QuotaSharing::set_quota(
  std::uint32_t quota, std::int64_t limit, std::map<std::uint32_t, std::int64_t> inits) {
  quotas_.try_emplace(quota, limit).first->second.set_limit(limit);
  inits_[quota] = std::move(inits);
}

void QuotaSharing::remove_quota(std::uint32_t quota) {
  quotas_.erase(quota);
  inits_.erase(quota);
  for (auto& [number, link] : links_) link.said.erase(quota);
}

void QuotaSharing::set_contact(std::vector<ContactTerms> contact) {
  if (contact.back().since != contact_.back().since) contact_known_at_.reset();
  contact_ = std::move(contact);
}

// -- what happens ---------------------------------------------------------------------------------

void QuotaSharing::tick(Instant now) {
  for (auto& [number, link] : links_) {
    if (!link.peer.tick(now) || link.peer.is_alive()) continue;
    for (auto& [quota_number, quota] : quotas_) quota.lose_touch(number);
  }
  if (const auto heard = contact()) memory_->note_contact(contact_.back().since, *heard);
  choose_broker(now);
  note_silence(now);
  say_farewell(now);
}

/// Whoever others report to sees those off who go, and notices who has left. Whoever was asked to
/// does as well, and can say whose word is missing.
void QuotaSharing::say_farewell(Instant now) {
  if (is_leaving_) return;
  for (auto& [number, link] : links_) {
    if (broker_ != self_ && !asked_here_.contains(number)) continue;
    if (link.going != Going::no)
      farewell_.add(number, link.going, now);
    else if (link.peer.has_left())
      to_go_.try_emplace(number, Going::left);
    else if (is_silent(link, now))
      to_go_.try_emplace(number, Going::silent);
  }
}

// -- who is heard ---------------------------------------------------------------------------------

void QuotaSharing::note_silence(Instant now) {
  for (auto& [number, link] : links_) {
    const bool is_heard = std::ranges::any_of(links_, [&, about = number](const auto& other) {
      const auto& peer = other.second.peer;
      return peer.is_alive() && (other.first == about || peer.hears(about));
    });
    if (is_heard)
      link.unheard_since.reset();
    else if (!link.unheard_since)
      link.unheard_since = now;
  }
}

/// For long enough to be written off, if those who are here can find out that it has stopped.
bool QuotaSharing::is_silent(const Link& link, Instant now) const {
  const auto& silence = contact_.back().silence;
  if (!silence || !link.unheard_since || now - *link.unheard_since < stretched(*silence))
    return false;
  std::map<std::uint32_t, Instant> here{{self_, now}};
  for (const auto& [number, other] : links_)
    if (other.peer.is_alive()) here[number] = now;
  return stopped_by(contact_, here).has_value();
}

std::optional<Instant> QuotaSharing::contact() const {
  std::map<std::uint32_t, Instant> echoed;
  for (const auto& [number, link] : links_)
    if (link.echoed_at) echoed[number] = *link.echoed_at;
  return contact_at(contact_.back(), self_, echoed);
}

std::optional<Instant> QuotaSharing::usable_until() const {
  const auto& terms = contact_.back();
  if (!terms.silence) return std::nullopt;
  const auto heard = std::max(contact(), memory_->last_contact(terms.since));
  if (!heard) return Instant::min();
  return *heard > Instant::max() - *terms.silence ? Instant::max() : *heard + *terms.silence;
}

std::optional<Instant> QuotaSharing::farewell_over_at(Nanoseconds wait) const {
  Farewell::Rules rules{wait, times_.pause, contact_, {}, self_};
  for (const auto& [number, link] : links_) rules.heard[number] = link.heard_at.value_or(started_);
  return farewell_.over_at(rules);
}

// -- who leads ------------------------------------------------------------------------------------

void QuotaSharing::choose_broker(Instant now) {
  const auto may = [this](std::uint32_t number) {
    if (number == self_) return is_candidate_ && !is_leaving_;
    const auto& link = links_.at(number);
    return link.is_candidate && link.peer.may_broker();
  };
  auto chosen = broker_ == self_ || may(broker_) ? broker_ : self_;
  const bool is_free = chosen != broker_ || !may(chosen);
  for (const auto& [number, link] : links_) {
    if (!may(number) || (number >= chosen && may(chosen))) continue;
    // A lower one has to live for a while, lest whoever comes and goes is followed each time.
    if (!is_free && now - *link.peer.alive_since() < times_.broker_proves) continue;
    chosen = number;
    break;
  }
  if (chosen == broker_) return;
  broker_ = chosen;
  for (auto& [number, quota] : quotas_) quota.forget_broker();
}

/// A newer life of a member: remembered in the mapping before anything of it is read. False: there
/// is no room to remember it.
bool QuotaSharing::begin_life(std::uint32_t member, Link& link, std::uint64_t epoch) {
  if (!memory_->members().see(member, epoch)) return false;
  link.peer.begin_life(epoch);
  link.said.clear();
  for (auto& [number, quota] : quotas_) quota.forget(member);
  if (lost_) lost_->forget(member);
  return true;
}

/// It is from the member's newest life.
bool QuotaSharing::belongs(std::uint32_t from, const Lives& lives) {
  const auto link = links_.find(from);
  if (link == links_.end() || lives.epoch < link->second.peer.epoch()) return false;
  if (lives.your_epoch > memory_->epoch())
    overtaken_by_ = std::max(overtaken_by_, lives.your_epoch);
  if (lives.your_epoch == closed_for_good) is_removed_ = true;
  return lives.epoch == link->second.peer.epoch() || begin_life(from, link->second, lives.epoch);
}

void QuotaSharing::hear(std::uint32_t from, const PairMessage& message, Instant now) {
  farewell_.heard_of_gone(from, now);
  if (!belongs(from, message.lives)) return;
  auto& link = links_.at(from);
  const bool knows_me = message.lives.your_epoch == memory_->epoch();
  const auto latest = (now + sent_ahead).time_since_epoch().count();
  if (knows_me && message.echo > latest) is_from_past_ = true;
  if (knows_me && message.echo >= started_.time_since_epoch().count()) is_confirmed_ = true;
  link.heard_at = now;
  const Instant echoed{Nanoseconds{message.echo}};
  if (knows_me && echoed >= started_ && echoed <= now + sent_ahead)
    link.echoed_at = std::max(link.echoed_at, std::optional{echoed});
  const bool is_newest = link.peer.hear(message, knows_me, now);
  if (link.peer.is_new()) link.said.clear();
  link.peer.tick(now);
  memory_->members().note_record(from, link.peer.record());
  for (auto& [quota, said] : link.said)
    if (said.since > 0 && link.peer.echoed() >= said.since) said.is_heard = true;
  // What is told of a life of mine that is over was closed with it.
  if (message.is_lost || lost_ || !knows_me) return;
  for (const auto& entry : message.entries)
    if (const auto quota = quotas_.find(entry.quota); quota != quotas_.end())
      quota->second.hear(from, entry, is_newest, now);
}

void QuotaSharing::note(std::uint32_t quota, ShareState state, ShareDemand demand, Instant now) {
  const auto known = quotas_.find(quota);
  if (known != quotas_.end()) known->second.note(std::move(state), std::move(demand), now);
}

// -- what follows ---------------------------------------------------------------------------------

Neighbours QuotaSharing::neighbours(Instant now) const {
  return {self_, broker_, links_.size() + 1, is_leaving_, [this, now](std::uint32_t member) {
            const auto link = links_.find(member);
            return link != links_.end() && link->second.peer.may_be_given(now);
          }};
}

std::vector<QuotaSharing::Order> QuotaSharing::take_orders(Instant now) {
  std::vector<Order> orders;
  if (lost_ || has_left_ || !is_confirmed_) return orders;
  const auto others = neighbours(now);
  for (auto& [number, quota] : quotas_)
    for (auto& order : quota.orders(others, now)) orders.push_back({number, quota.batch(), order});
  return orders;
}

std::optional<std::vector<QuotaSharing::Recovered>> QuotaSharing::take_recovered() {
  if (!lost_ || !lost_->is_complete()) return std::nullopt;
  // A machine that may run elsewhere is waited for.
  const auto used_by =
    std::max(lost_->used_by(), memory_->elsewhere_until().value_or(lost_->used_by()));
  std::vector<Recovered> recovered;
  for (const auto& [number, quota] : quotas_)
    recovered.push_back(
      {number,
       {lost_->counters(number, inits_[number]),
        used_by,
        lost_->is_in_journal(number, wall_.wall, wall_.at)}});
  lost_.reset();
  return recovered;
}

std::optional<MembersGoing> QuotaSharing::take_going(Instant now) {
  // Whoever is heard again is not off for good, whatever was said of it before.
  std::erase_if(to_go_, [&](const auto& one) {
    const auto& [member, how] = one;
    return how != Going::left
      && (is_alive(member) || (how == Going::silent && !is_silent(links_.at(member), now)));
  });
  if (to_go_.empty()) return std::nullopt;
  if (going_told_at_ && now - *going_told_at_ < again) return std::nullopt;
  going_told_at_ = now;
  MembersGoing going;
  for (const auto& [member, how] : to_go_) going.how = std::max(going.how, how);
  for (const auto& [member, how] : to_go_)
    if (how == going.how) going.members.push_back(member);
  return going;
}

std::optional<MembersGone> QuotaSharing::take_gone(Nanoseconds wait, Instant now) {
  const auto over_at = farewell_over_at(wait);
  if (!over_at || now < *over_at) return std::nullopt;
  if (gone_told_at_ && now - *gone_told_at_ < again) return std::nullopt;
  std::vector<MembersGone::Told> own;
  for (const auto& [number, quota] : quotas_) {
    // What is in a lost book nobody knows; it is made up for by all.
    if (lost_) break;
    // What is told must not change after it was.
    if (quota.is_waiting()) return std::nullopt;
    for (const auto& pair : quota.state().pairs)
      if (farewell_.has(pair.member))
        own.push_back({number, self_, pair.member, pair.given, pair.received});
  }
  // The lowest of those who stay; who has no book is.
  auto heir = self_;
  for (const auto& [number, link] : links_)
    if (!farewell_.has(number) && !lost_) heir = std::min(heir, number);
  gone_told_at_ = now;
  auto entry = farewell_.entry(std::move(own), heir);
  entry.contact = contact_.back().since;
  if (lost_) entry.heir = std::min(self_, farewell_.lost().value_or(self_));
  // One that was forgotten since it was told of is in nobody's way.
  std::erase_if(entry.told, [&](const auto& told) { return !quotas_.contains(told.quota); });
  return entry;
}

std::optional<ContactKnown> QuotaSharing::take_known(Nanoseconds wait, Instant now) {
  const auto newest = contact_.back().since;
  // What a member was told of is on its disk, and what it said of that in this one's book.
  const bool is_known = std::ranges::all_of(
    links_, [&](const auto& link) { return memory_->members().record_of(link.first) >= newest; });
  if (contact_.size() < 2 || broker_ != self_ || record_ < newest || !is_known) {
    contact_known_at_.reset();
    return std::nullopt;
  }
  if (!contact_known_at_) contact_known_at_ = now;
  if (now - *contact_known_at_ < stretched(times_.pause) + wait) return std::nullopt;
  if (contact_told_at_ && now - *contact_told_at_ < again) return std::nullopt;
  contact_told_at_ = now;
  return ContactKnown{newest};
}

/// In orders, and in what calls do, all of it has gone; nobody else moves it.
void QuotaSharing::look_whether_left() {
  if (!is_leaving_ || has_left_ || lost_ || links_.empty()) return;
  has_left_ = std::ranges::all_of(quotas_, [this](const auto& one) {
    return unowned_.contains(one.first) || one.second.is_empty();
  });
}

// -- what there is to know ------------------------------------------------------------------------

std::vector<std::uint32_t> QuotaSharing::waits_for() const {
  return lost_ ? lost_->waits_for() : std::vector<std::uint32_t>{};
}

bool QuotaSharing::is_contradicted() const noexcept {
  const auto is_so = [](const auto& one) { return one.second.is_contradicted(); };
  return is_from_past_ || (!memory_->is_lost() && std::ranges::any_of(quotas_, is_so));
}

Going QuotaSharing::going_of(std::uint32_t member) const {
  const auto link = links_.find(member);
  const auto wish = to_go_.find(member);
  const auto agreed = link == links_.end() ? Going::no : link->second.going;
  return wish == to_go_.end() ? agreed : std::max(agreed, wish->second);
}

bool QuotaSharing::is_alive(std::uint32_t member) const {
  const auto link = links_.find(member);
  return member == self_ || (link != links_.end() && link->second.peer.is_alive());
}

bool QuotaSharing::is_somebody_out_of_reach() const noexcept {
  const auto goes = [](const Link& link) { return link.peer.epoch() == closed_for_good; };
  for (const auto& [number, link] : links_) {
    if (goes(link)) continue;
    if (!link.peer.is_alive()) return true;
    if (!link.is_candidate) continue;
    for (const auto& [other, its] : links_)
      if (other != number && !goes(its) && !link.peer.hears(other)) return true;
  }
  return false;
}

bool QuotaSharing::may_come(std::uint32_t quota, Instant now) const {
  const auto known = quotas_.find(quota);
  return !lost_ && known != quotas_.end() && known->second.may_come(neighbours(now));
}

const SharedQuota* QuotaSharing::quota(std::uint32_t number) const noexcept {
  const auto known = quotas_.find(number);
  return known != quotas_.end() ? &known->second : nullptr;
}

std::uint64_t QuotaSharing::record_of_all() const noexcept {
  auto least = record_;
  for (const auto& [number, link] : links_) least = std::min(least, link.peer.record());
  return least;
}

} // namespace gateway
