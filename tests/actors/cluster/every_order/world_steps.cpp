#include "tests/actors/cluster/every_order/world.hpp"

#include <algorithm>
#include <iterator>

/// A step of a member, a kill after each single store of it, and what follows at once.
namespace gateway {
namespace {

Happening step_at(std::uint32_t member) {
  Happening happening;
  happening.member = static_cast<std::uint8_t>(member);
  return happening;
}

} // namespace

void World::kill(MemberMoment& member, Moment& moment) {
  member.is_up = 0;
  member.is_told = 0;
  member.taken = 0;
  member.age = 0;
  for (std::size_t age = 0; age < moment.ghosts.size(); ++age)
    moment.ghosts[age] = static_cast<std::uint8_t>(moment.ghosts[age] + member.uncounted[age]);
  member.uncounted = {};
  member.counted = {};
}

void World::settle_calls(
  MemberMoment& member, Moment& moment, const Step& step, bool is_done) const {
  if (!is_done) return;
  const bool is_late = removed_ == Removed::book_before_write;
  switch (step.kind) {
  case Step::Kind::take:
    ++(is_late ? member.counted[0] : member.taken);
    if (is_late) ++moment.judged[0];
    break;
  case Step::Kind::put_back: --member.taken; break;
  case Step::Kind::settle:
  case Step::Kind::cool: --member.counted[step.age]; break;
  default: break;
  }
}

const StepOutcome&
World::step_once(std::uint32_t i, const Moment& moment, const Step& step, const Take& take) {
  const auto& before = moment.members[i];
  auto real = step;
  // A call was counted when its answer came, or D after its write; how long ago, counts.
  const auto late = removed_ == Removed::counted_by_then ? 0 : size_.delay;
  real.age = step.kind == Step::Kind::settle || step.kind == Step::Kind::cool
      || step.during == Step::Kind::cool
    ? static_cast<std::uint8_t>(std::max(step.age - late, 0))
    : step.age;
  const auto& outcome = members_[i]->after(before.book, real);
  if (!outcome.wrong.empty()) wrong_ = outcome.wrong;

  std::vector<WordNumber> said;
  if (removed_ == Removed::book_before_message) said = members_[i]->facts(outcome.end).said;
  auto what = step_at(i);
  what.step = step;
  // In the order of calls and books: the provider may have counted a call that no book knows.
  auto is_known = removed_ != Removed::book_before_write || step.kind != Step::Kind::take;
  auto last = before.book;
  if (!said.empty() || !is_known) {
    auto next = moment;
    auto& killed = next.members[i];
    kill(killed, next);
    if (!is_known) ++next.judged[0];
    say(next, said);
    take(next, what);
  }
  for (std::size_t store = 0; store + 1 < outcome.after_store.size(); ++store) {
    const auto left = outcome.after_store[store];
    if (left == last) continue;
    last = left;
    auto next = moment;
    auto& killed = next.members[i];
    kill(killed, next);
    killed.book = left;
    std::ranges::copy(members_[i]->facts(left).said, std::back_inserter(said));
    say(next, said);
    what.killed_after = static_cast<std::uint16_t>(store + 1);
    take(next, what);
  }
  what.killed_after = 0;
  auto next = moment;
  auto& member = next.members[i];
  member.book = outcome.end;
  settle_calls(member, next, step, outcome.is_done);
  if (step.during_at > 0) {
    auto during = step;
    during.kind = step.during;
    settle_calls(member, next, during, outcome.is_during_done);
  }
  if (step.kind == Step::Kind::recover && outcome.is_done) member.is_told = 1;
  if (step.kind == Step::Kind::find) member.is_told = member.age = 0;
  std::ranges::copy(members_[i]->facts(outcome.end).said, std::back_inserter(said));
  std::ranges::copy(outcome.said, std::back_inserter(said));
  say(next, said);
  take(next, what);
  return outcome;
}

void World::step(std::uint32_t i, const Moment& moment, const Step& step, const Take& take) {
  const auto stores = step_once(i, moment, step, take).after_store.size();
  const bool is_owners = step.kind != Step::Kind::take && step.kind != Step::Kind::put_back;
  if (!size_.has_threads || !is_owners || step.kind == Step::Kind::recover) return;
  const auto& member = moment.members[i];
  for (std::size_t store = 1; store <= stores; ++store) {
    auto both = step;
    both.during_at = static_cast<std::uint8_t>(store);
    both.during = Step::Kind::take;
    step_once(i, moment, both, take);
    both.during = Step::Kind::put_back;
    if (member.taken > 0) step_once(i, moment, both, take);
    if (step.kind == Step::Kind::settle || step.kind == Step::Kind::hear) continue;
    both.during = Step::Kind::cool;
    for (std::size_t age = 0; age < member.counted.size(); ++age) {
      if (member.counted[age] == 0) continue;
      both.age = static_cast<std::uint8_t>(age);
      step_once(i, moment, both, take);
    }
  }
}

void World::start(std::uint32_t i, const Moment& moment, const Take& take) {
  const auto& before = moment.members[i];
  Step starts;
  starts.kind = Step::Kind::start;
  starts.epoch = before.epoch;
  starts.boot = before.boot;
  const auto& outcome = members_[i]->after(before.book, starts);
  const auto epoch = members_[i]->facts(outcome.end).epoch;
  if (epoch > size_.crashes + 1) return; // as many lives as machines that go
  auto what = step_at(i);
  what.step = starts;
  std::vector<WordNumber> said;
  auto last = before.book;
  for (std::size_t store = 0; store + 1 < outcome.after_store.size(); ++store) {
    const auto left = outcome.after_store[store];
    if (left == last) continue;
    last = left;
    auto next = moment;
    next.members[i].book = left;
    if (store >= outcome.raised_after) next.members[i].epoch = epoch;
    say(next, {});
    what.killed_after = static_cast<std::uint16_t>(store + 1);
    take(next, what);
  }
  what.killed_after = 0;
  auto next = moment;
  auto& member = next.members[i];
  member.book = outcome.end;
  member.epoch = epoch;
  member.is_up = 1;
  say(next, members_[i]->facts(outcome.end).said);
  take(next, what);
}

// -- what is done at once ----------------------------------------------------------------------

/// What is done at once wherever it is due, with a kill between any two stores of it too: whoever
/// was killed starts again, and an owner sweeps before it does anything else.
void World::settle(const Moment& moment, const Happening& happening, const Take& take) {
  for (std::uint32_t i = 0; i < size_.nodes(); ++i) {
    const auto& member = moment.members[i];
    if (!member.is_up) {
      if (size_.stays_down) continue;
      for (const auto& life : lives_after(i, member)) {
        auto next = moment;
        next.members[i] = life;
        say(next, members_[i]->facts(life.book).said);
        if (life.is_up)
          settle(next, happening, take);
        else if (const auto wrong = wrong_in(next); !wrong.empty())
          blame(wrong + ", killed when it started", happening);
      }
      return;
    }
    const auto& outcome = members_[i]->after(member.book, Step{});
    if (outcome.end == member.book) continue;
    auto last = member.book;
    for (const auto left : outcome.after_store) {
      if (left == last || left == outcome.end) continue;
      last = left;
      auto next = moment;
      kill(next.members[i], next);
      next.members[i].book = left;
      say(next, members_[i]->facts(left).said);
      if (const auto wrong = wrong_in(next); !wrong.empty())
        blame(wrong + ", killed when it swept", happening);
      settle(next, happening, take);
    }
    auto next = moment;
    next.members[i].book = outcome.end;
    say(next, members_[i]->facts(outcome.end).said);
    return settle(next, happening, take);
  }
  auto next = moment;
  keep_unsaid(next);
  take(next, happening);
}

void World::blame(const std::string& what, const Happening& happening) {
  if (wrong_.empty()) wrong_ = what + ": " + text_of(happening);
}

/// All that a member can come to that is down: up again, or killed between two stores of it.
const std::vector<MemberMoment>& World::lives_after(std::uint32_t i, const MemberMoment& member) {
  const auto [known, is_new] = lives_.try_emplace({i, member.book, member.epoch, member.boot});
  auto& lives = known->second;
  if (!is_new) return lives;
  std::vector<MemberMoment> left{member};
  const auto add = [&](const MemberMoment& life) {
    if (std::ranges::find(lives, life) != lives.end()) return;
    lives.push_back(life);
    if (!life.is_up) left.push_back(life);
  };
  while (!left.empty()) {
    const auto before = left.back();
    left.pop_back();
    Moment moment;
    moment.members[i] = before;
    start(i, moment, [&](const Moment& next, const Happening&) { add(next.members[i]); });
  }
  return lives;
}

} // namespace gateway
