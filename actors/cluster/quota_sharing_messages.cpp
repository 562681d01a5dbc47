#include "actors/cluster/quota_sharing.hpp"

#include <algorithm>
#include <cstdlib>
#include <iterator>

/// What one node says to the others, and when.
namespace gateway {
namespace {

/// What differs only by how demand wavers says nothing new.
bool is_as_good(const PairMessage::Entry& said, PairMessage::Entry entry) {
  if (said.report && entry.report) {
    const auto change = std::abs(said.report->demand - entry.report->demand);
    if (change <= said.report->demand / 20) entry.report->demand = said.report->demand;
  }
  return said == entry;
}

std::size_t bytes_most(const PairMessage::Entry& entry) noexcept {
  constexpr std::size_t numbers = 70;
  constexpr std::size_t need = 9;
  return numbers + (entry.report ? entry.report->needs.size() * need : 0);
}

/// So many may be only `urgent_gap` apart, then each waits for its gap: what is given goes together
/// where it comes faster, lest demand that moves at full speed makes a message of each permit.
constexpr int urgent_in_a_row = 4;

constexpr std::size_t head_bytes = 128 + members_max * 5;

} // namespace

bool QuotaSharing::is_due(
  std::uint32_t member, const Link& link, const Neighbours& others, Instant now) const {
  if (!link.sent_at) return true;
  const auto silent = now - *link.sent_at;
  if (silent >= times_.ping) return link.is_candidate || is_candidate_;
  if (silent < times_.urgent_gap || lost_) return false;
  auto urgency = SharedQuota::Urgency::none;
  for (const auto& [number, quota] : quotas_) {
    // Its book is about to change; the message would say what was.
    if (quota.is_waiting()) continue;
    urgency = std::max(urgency, quota.urgency_for(member, others));
  }
  if (urgency == SharedQuota::Urgency::now)
    return link.paid_at <= now + (urgent_in_a_row - 1) * times_.gap;
  return urgency == SharedQuota::Urgency::soon && silent >= times_.gap;
}

void QuotaSharing::say(
  PairMessage& message, Link& link, std::uint32_t quota, PairMessage::Entry entry) const {
  entry.quota = quota;
  auto& said = link.said[quota];
  if (!is_as_good(said.entry, entry)) {
    said.entry = entry;
    said.since = 0;
    said.is_heard = false;
  }
  if (said.is_heard) return;
  if (said.since == 0) said.since = message.sent;
  message.entries.push_back(std::move(entry));
}

PairMessage
QuotaSharing::message_for(std::uint32_t member, Link& link, const Neighbours& others, Instant now) {
  PairMessage message;
  message.lives = {memory_->epoch(), link.peer.epoch()};
  last_sent_ = std::max(last_sent_ + 1, now.time_since_epoch().count());
  message.sent = last_sent_;
  // Once without an echo, to one that is there: that it is to tell this life all there is, whatever
  // an older one was told. Otherwise its own first word would be an echo, if it came sooner.
  if (link.has_said_new) message.echo = link.peer.newest_sent();
  link.has_said_new = link.peer.newest_sent() > 0;
  message.record = record_;
  // Until all its books are told: what it says of one of them the next life might not go by.
  message.is_lost = memory_->is_lost();
  message.is_leaving = is_leaving_;
  message.has_left = has_left_;
  message.hears.insert(self_);
  for (const auto& [number, other] : links_)
    if (other.peer.is_alive()) message.hears.insert(number);
  link.sent_at = now;
  link.paid_at = std::max(link.paid_at, now) + times_.gap;
  if (message.is_lost) return message;

  if (!link.said_all_at || now - *link.said_all_at >= times_.full_pass) {
    link.said_all_at = now;
    for (auto& [number, said] : link.said) said = {said.entry, 0, false};
  }
  auto bytes = head_bytes;
  for (auto& [number, quota] : quotas_) {
    auto entry = quota.entry_for(member, others, now);
    const auto said = link.said.find(number);
    if (!entry && said == link.said.end()) continue;
    const auto more = entry ? bytes_most(*entry) : bytes_most({});
    if (
      bytes + more > PairMessage::bytes_max || message.entries.size() == PairMessage::entries_max) {
      // Not every message says it any more, so an echo of a later one is no proof.
      if (said != link.said.end() && !said->second.is_heard) said->second.since = 0;
      continue;
    }
    const auto before = message.entries.size();
    say(message, link, number, entry.value_or(PairMessage::Entry{}));
    if (message.entries.size() > before) bytes += more;
    quota.told(member, others);
  }
  return message;
}

std::vector<QuotaSharing::Outgoing> QuotaSharing::take_messages(Instant now) {
  std::vector<Outgoing> messages;
  look_whether_left();
  const auto others = neighbours(now);
  for (auto& [number, link] : links_)
    if (is_due(number, link, others, now))
      messages.push_back({number, message_for(number, link, others, now)});
  auto asked = farewell_.questions(now, times_.ping);
  if (lost_) std::ranges::move(lost_->questions(now, times_.ping), std::back_inserter(asked));
  for (auto& [number, question] : asked) {
    question.lives = {memory_->epoch(), links_.at(number).peer.epoch()};
    messages.push_back({number, std::move(question)});
  }
  // What is told must not change after it was: not while a book is about to.
  const bool is_settled =
    std::ranges::none_of(quotas_, [](const auto& one) { return one.second.is_waiting(); });
  if (is_settled || lost_) {
    for (const auto& [number, question] : questions_)
      if (links_.contains(number)) messages.push_back({number, tell(question, now)});
    questions_.clear();
  }
  messages_made_ += messages.size();
  return messages;
}

// -- lost books -----------------------------------------------------------------------------------

void QuotaSharing::hear(std::uint32_t from, const BookLost& message, Instant) {
  if (!belongs(from, message.lives)) return;
  // Whom nobody has agreed on closing here yet is not told of.
  for (const auto& [member, epoch] : message.about) {
    const auto link = links_.find(member);
    const bool is_closed = link == links_.end() || link->second.peer.epoch() == closed_for_good;
    if (epoch == closed_for_good && !is_closed) return;
  }
  // Whoever else lost its book is believed to live anew: that closes its older lives here too.
  for (const auto& [member, epoch] : message.about) {
    const auto link = links_.find(member);
    if (link != links_.end() && epoch > link->second.peer.epoch())
      begin_life(member, link->second, epoch);
  }
  std::erase_if(questions_, [from](const auto& question) { return question.first == from; });
  questions_.emplace_back(from, message);
}

void QuotaSharing::hear(std::uint32_t from, const BookTold& message, Instant now) {
  if (!belongs(from, message.lives)) return;
  if (message.lives.your_epoch != memory_->epoch()) return;
  const auto is_about_me = [this](const auto& one) { return one.member == self_; };
  if (std::ranges::none_of(message.about, is_about_me))
    farewell_.hear(from, message, now);
  else if (lost_)
    lost_->hear(from, message, now);
}

BookTold QuotaSharing::tell(const BookLost& question, Instant now) const {
  BookTold told;
  told.lives = {memory_->epoch(), question.lives.epoch};
  told.is_lost = memory_->is_lost();
  if (wall_.wall != WallTime{})
    told.wall = wall_.wall + std::chrono::floor<Milliseconds>(now - wall_.at);
  std::vector<BookTold::Counters> counters;
  for (const auto& [member, epoch] : question.about) {
    const auto link = links_.find(member);
    if (member != self_ && link == links_.end()) continue;
    told.about.push_back({member, member == self_ ? memory_->epoch() : link->second.peer.epoch()});
    const auto heard_at = member == self_ ? now : link->second.heard_at.value_or(started_);
    told.silent.push_back(std::chrono::floor<Milliseconds>(now - heard_at));
    if (told.is_lost)
      continue; // what it had with them is in nobody's book, and is made up for by all
    for (const auto& [number, quota] : quotas_) {
      for (const auto& pair : quota.state().pairs) {
        if (pair.member != member) continue;
        const auto cools = std::max(pair.given_until - now, Nanoseconds{0});
        counters.push_back(
          {number, member, pair.given, pair.received, std::chrono::ceil<Milliseconds>(cools)});
      }
    }
  }
  const auto pages = counters.size() / BookTold::counters_max + 1;
  told.pages = static_cast<std::uint32_t>(pages);
  told.page = std::min(question.page, told.pages - 1);
  const auto first = told.page * BookTold::counters_max;
  const auto last = std::min(first + BookTold::counters_max, counters.size());
  told.counters.assign(
    counters.begin() + static_cast<std::ptrdiff_t>(first),
    counters.begin() + static_cast<std::ptrdiff_t>(last));
  return told;
}

} // namespace gateway
