#include "actors/cluster/farewell.hpp"

#include <algorithm>

namespace gateway {

void Farewell::add(std::uint32_t member, bool is_written_off, Instant now) {
  const auto [going, is_new] = going_.emplace(member, is_written_off);
  if (!is_new && going->second) return;
  going->second = is_written_off;
  answers_.erase(member);
  answered_at_ = std::max(answered_at_, now);
}

void Farewell::set_members(const std::set<std::uint32_t>& others, std::uint32_t known) {
  known_ = known;
  std::erase_if(going_, [&](const auto& one) { return !others.contains(one.first); });
  std::erase_if(answers_, [&](const auto& one) { return !others.contains(one.first); });
  std::erase_if(lost_, [&](std::uint32_t one) { return !answers_.contains(one); });
  for (const auto member : others)
    if (!going_.contains(member)) answers_.try_emplace(member);
}

std::vector<BookLost::About> Farewell::about() const {
  std::vector<BookLost::About> about;
  for (const auto& [member, is_written_off] : going_) about.push_back({member, closed_for_good});
  return about;
}

void Farewell::hear(std::uint32_t from, const BookTold& told, Instant now) {
  const auto known = answers_.find(from);
  if (known == answers_.end() || is_idle()) return;
  const bool was_enough = known->second.tells_of(about());
  known->second.take(told);
  // As it told last of those who go: what it finds later is what the entry makes of it.
  if (!was_enough && told.is_lost) lost_.insert(from);
  if (!was_enough && !told.is_lost) lost_.erase(from);
  if (!was_enough && known->second.tells_of(about())) answered_at_ = std::max(answered_at_, now);
}

void Farewell::heard_of_gone(std::uint32_t member, Instant now) {
  const auto going = going_.find(member);
  if (going != going_.end() && going->second) answered_at_ = std::max(answered_at_, now);
}

std::vector<std::pair<std::uint32_t, BookLost>>
Farewell::questions(Instant now, Nanoseconds again) {
  std::vector<std::pair<std::uint32_t, BookLost>> questions;
  if (is_idle()) return questions;
  for (auto& [member, answer] : answers_) {
    if (answer.tells_of(about())) continue;
    if (auto question = answer.question(about(), now, again))
      questions.emplace_back(member, *std::move(question));
  }
  return questions;
}

std::vector<std::uint32_t> Farewell::waits_for() const {
  std::vector<std::uint32_t> members;
  for (const auto& [member, answer] : answers_)
    if (!answer.tells_of(about())) members.push_back(member);
  return members;
}

bool Farewell::is_any_written_off() const {
  return std::ranges::any_of(going_, [](const auto& one) { return one.second; });
}

std::optional<Instant> Farewell::over_at(Nanoseconds wait) const {
  if (is_idle() || !waits_for().empty()) return std::nullopt;
  return answered_at_ + (is_any_written_off() ? wait : Nanoseconds{0});
}

std::optional<std::uint32_t> Farewell::lost() const {
  return lost_.empty() ? std::nullopt : std::optional{*lost_.begin()};
}

MembersGone Farewell::entry(std::vector<MembersGone::Told> own, std::uint32_t heir) const {
  MembersGone entry;
  entry.told = std::move(own);
  entry.heir = lost().value_or(heir);
  entry.is_written_off = is_any_written_off();
  entry.known = known_;
  for (const auto& [member, is_written_off] : going_) entry.members.push_back(member);
  for (const auto& [member, answer] : answers_)
    for (const auto& [quota, gone, given, received] : answer.counters())
      if (going_.contains(gone)) entry.told.push_back({quota, member, gone, given, received});
  return entry;
}

} // namespace gateway
