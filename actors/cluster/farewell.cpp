#include "actors/cluster/farewell.hpp"

#include "actors/quota/permit_layout.hpp"

#include <algorithm>

namespace gateway {

void Farewell::add(std::uint32_t member, Going how, Instant now) {
  const auto [going, is_new] = going_.emplace(member, how);
  if (!is_new && going->second >= how) return;
  going->second = how;
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
  for (const auto& [member, how] : going_) about.push_back({member, closed_for_good});
  return about;
}

void Farewell::hear(std::uint32_t from, const BookTold& told, Instant now) {
  const auto known = answers_.find(from);
  if (known == answers_.end() || is_idle()) return;
  const bool was_enough = known->second.tells_of(about());
  known->second.take(told, now);
  // As it told last of those who go: what it finds later is what the entry makes of it.
  if (!was_enough && told.is_lost) lost_.insert(from);
  if (!was_enough && !told.is_lost) lost_.erase(from);
  if (!was_enough && known->second.tells_of(about())) answered_at_ = std::max(answered_at_, now);
}

void Farewell::heard_of_gone(std::uint32_t member, Instant now) {
  const auto going = going_.find(member);
  if (going != going_.end() && going->second == Going::written_off)
    answered_at_ = std::max(answered_at_, now);
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

bool Farewell::is_any(Going how) const {
  return std::ranges::any_of(going_, [how](const auto& one) { return one.second == how; });
}

/// Those who told hear it no more.
std::optional<Instant> Farewell::stopped_by(std::uint32_t member, const Rules& rules) const {
  std::map<std::uint32_t, Instant> heard;
  heard[rules.self] = rules.heard.at(member);
  for (const auto& [by, answer] : answers_)
    if (const auto at = answer.heard().find(member); at != answer.heard().end())
      heard[by] = at->second;
  return gateway::stopped_by(rules.contact, heard);
}

std::optional<Instant> Farewell::over_at(const Rules& rules) const {
  if (is_idle() || !waits_for().empty()) return std::nullopt;
  auto over = answered_at_ + (is_any(Going::written_off) ? rules.wait : Nanoseconds{0});
  for (const auto& [member, how] : going_) {
    if (how != Going::silent) continue;
    const auto stopped = stopped_by(member, rules);
    if (!stopped) return std::nullopt;
    over = std::max(over, *stopped + stretched(rules.pause) + rules.wait);
  }
  return over;
}

std::optional<std::uint32_t> Farewell::lost() const {
  return lost_.empty() ? std::nullopt : std::optional{*lost_.begin()};
}

MembersGone Farewell::entry(std::vector<MembersGone::Told> own, std::uint32_t heir) const {
  MembersGone entry;
  entry.told = std::move(own);
  entry.heir = lost().value_or(heir);
  entry.is_written_off = is_any(Going::written_off) || is_any(Going::silent);
  entry.known = known_;
  for (const auto& [member, how] : going_) entry.members.push_back(member);
  for (const auto& [member, answer] : answers_)
    for (const auto& [quota, gone, given, received, cools] : answer.counters())
      if (going_.contains(gone)) entry.told.push_back({quota, member, gone, given, received});
  return entry;
}

} // namespace gateway
