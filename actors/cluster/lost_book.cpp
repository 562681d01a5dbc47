#include "actors/cluster/lost_book.hpp"

#include <algorithm>

namespace gateway {
namespace {

// What is in a journal is taken to be younger by more than this.
constexpr Nanoseconds clocks_agree = 1s;

} // namespace

void LostBook::set_members(const std::set<std::uint32_t>& others) {
  std::erase_if(answers_, [&](const auto& one) { return !others.contains(one.first); });
  for (const auto member : others)
    if (member != self_) answers_.try_emplace(member);
}

/// Whom the others have to tell of: this one, and as far as it would collect for them, all who lost
/// theirs too.
std::vector<BookLost::About> LostBook::about() const {
  std::vector<BookLost::About> about{{self_, epoch_}};
  for (const auto& [member, answer] : answers_)
    if (answer.is_lost) about.push_back({member, answer.epoch});
  return about;
}

void LostBook::forget(std::uint32_t member) {
  if (const auto known = answers_.find(member); known != answers_.end()) known->second = Answer{};
}

void LostBook::hear(std::uint32_t from, const BookTold& told, Instant now) {
  const auto known = answers_.find(from);
  if (known == answers_.end() || told.lives.your_epoch != epoch_) return;
  auto& answer = known->second;
  if (told.is_lost) {
    // Its last life was over when it said so.
    if (!answer.is_lost || answer.epoch != told.lives.epoch) answered_at_ = now;
    answer.is_lost = true;
    answer.epoch = told.lives.epoch;
    answer.told.begin_anew();
    return;
  }
  if (answer.is_lost && told.page != 0) return; // one of before
  answer.is_lost = false;
  answer.told.take(told, now);
  answer.wall = told.wall;
  answer.heard_at = now;
}

std::vector<std::pair<std::uint32_t, BookLost>>
LostBook::questions(Instant now, Nanoseconds again) {
  std::vector<std::pair<std::uint32_t, BookLost>> questions;
  for (auto& [member, answer] : answers_) {
    if (!answer.is_lost && is_enough(member, answer)) continue;
    if (auto question = answer.told.question(about(), now, again))
      questions.emplace_back(member, *std::move(question));
  }
  return questions;
}

/// It told of all that it is asked of, in the lives they are in now.
bool LostBook::is_enough(std::uint32_t member, const Answer& answer) const {
  // Whoever is lost and higher is collected for; lower ones collect, and tell afterwards.
  if (answer.is_lost) return member > self_;
  return answer.told.tells_of(about());
}

std::vector<std::uint32_t> LostBook::waits_for() const {
  std::vector<std::uint32_t> members;
  for (const auto& [member, answer] : answers_)
    if (!is_enough(member, answer)) members.push_back(member);
  return members;
}

std::vector<PairCounters>
LostBook::counters(std::uint32_t quota, const std::map<std::uint32_t, std::int64_t>& inits) const {
  std::map<std::uint32_t, PairCounters> mine;
  std::map<std::uint32_t, std::int64_t> lost; // what the others that lost theirs held
  for (const auto& [member, answer] : answers_) {
    if (!answer.is_lost) continue;
    const auto init = inits.find(member);
    lost[member] = init != inits.end() ? init->second : 0;
  }
  for (const auto& [member, answer] : answers_) {
    for (const auto& counters : answer.told.counters()) {
      if (counters.quota != quota) continue;
      if (counters.member == self_)
        mine[member] = {member, counters.received, counters.given, {}};
      else if (const auto one = lost.find(counters.member); one != lost.end())
        one->second += counters.given - counters.received;
    }
  }
  for (const auto& [member, held] : lost)
    mine[member] = {member, std::max<std::int64_t>(-held, 0), std::max<std::int64_t>(held, 0), {}};
  std::vector<PairCounters> counters;
  for (auto& [member, pair] : mine) counters.push_back(pair);
  return counters;
}

bool LostBook::is_in_journal(std::uint32_t quota, WallTime wall, Instant now) const {
  std::ptrdiff_t agree = 0;
  for (const auto& [member, answer] : answers_) {
    if (answer.is_lost) return false;
    const bool is_on_its_way =
      std::ranges::any_of(answer.told.counters(), [&](const BookTold::Counters& counters) {
        return counters.quota == quota && counters.member == self_
          && counters.cools > Milliseconds{0};
      });
    if (is_on_its_way) return false;
    const auto its = answer.wall + (now - answer.heard_at);
    if (wall - its <= clocks_agree && its - wall <= clocks_agree) ++agree;
  }
  return 2 * agree >= std::ssize(answers_);
}

} // namespace gateway
