#include "tests/actors/cluster/every_order/world.hpp"

#include <algorithm>
#include <numeric>

namespace gateway {
namespace {

Happening happening(Happening::Kind kind, std::uint32_t member) {
  Happening happening;
  happening.kind = kind;
  happening.member = static_cast<std::uint8_t>(member);
  return happening;
}

Step step_of(Step::Kind kind) {
  Step step;
  step.kind = kind;
  return step;
}

} // namespace

World::World(const Size& size, Removed removed) : size_(size), removed_(removed) {
  for (std::uint32_t i = 0; i < size_.nodes(); ++i)
    members_.push_back(std::make_unique<RealMember>(i, size_, removed_, words_));
  set_of({});
}

Moment World::beginning() {
  Moment moment;
  std::vector<WordNumber> said;
  for (std::uint32_t i = 0; i < size_.nodes(); ++i) {
    auto& member = moment.members[i];
    member.book = members_[i]->after(0, step_of(Step::Kind::start)).end;
    member.is_up = 1;
    member.epoch = 1;
    std::ranges::copy(members_[i]->facts(member.book).said, std::back_inserter(said));
  }
  say(moment, std::move(said));
  if (size_.have_met) meet(moment);
  keep_unsaid(moment);
  return moment;
}

/// Each hears of each other that it is there.
void World::meet(Moment& moment) {
  for (const auto number : std::vector<WordNumber>{sets_[moment.words]}) {
    auto& member = moment.members[words_.at(number).to];
    auto hears = step_of(Step::Kind::hear);
    hears.words[0] = number;
    member.book = members_[words_.at(number).to]->after(member.book, hears).end;
  }
  std::vector<WordNumber> said;
  for (std::uint32_t i = 0; i < size_.nodes(); ++i)
    std::ranges::copy(members_[i]->facts(moment.members[i].book).said, std::back_inserter(said));
  say(moment, std::move(said));
}

void World::follow(const Moment& followed, const Take& take) {
  const auto moment = with_said(followed);
  wrong_.clear();
  const Take go_on = [&](const Moment& next, const Happening& happening) {
    settle(next, happening, take);
  };
  for (std::uint32_t i = 0; i < size_.nodes(); ++i) follow_member(i, moment, go_on);
  follow_time(moment, go_on);
}

void World::follow_member(std::uint32_t i, const Moment& moment, const Take& take) {
  const auto& member = moment.members[i];
  if (moment.crashes < size_.crashes && member.book != 0) {
    auto next = moment;
    auto& gone = next.members[i];
    kill(gone, next);
    gone.book = 0;
    ++gone.boot;
    ++next.crashes;
    say(next, {});
    take(next, happening(Happening::Kind::crash, i));
  }
  if (!member.is_up) return start(i, moment, take);
  auto next = moment;
  kill(next.members[i], next);
  take(next, happening(Happening::Kind::kill, i));
  // Nobody asks a book whether it is lost before a call takes what is idle in it.
  follow_calls(i, moment, take);
  if (member.is_told) return step(i, moment, step_of(Step::Kind::find), take);
  if (members_[i]->facts(member.book).is_lost)
    follow_lost(i, moment, take);
  else
    follow_moves(i, moment, take);
  follow_words(i, moment, take);
}

// -- what a member may do -------------------------------------------------------------------------

void World::follow_calls(std::uint32_t i, const Moment& moment, const Take& take) {
  const auto& member = moment.members[i];
  const auto& facts = members_[i]->facts(member.book);
  const auto is_late = removed_ == Removed::book_before_write;
  if (facts.idle > 0) step(i, moment, step_of(Step::Kind::take), take);
  if (member.taken > 0 && !is_late) {
    step(i, moment, step_of(Step::Kind::put_back), take);
    auto next = moment;
    auto& writes = next.members[i];
    --writes.taken;
    if (size_.delay > 0) {
      ++writes.uncounted[0];
    } else {
      ++writes.counted[0];
      ++next.judged[0];
    }
    take(next, happening(Happening::Kind::write, i));
  }
  for (std::size_t age = 0; age < member.uncounted.size(); ++age) {
    if (member.uncounted[age] == 0) continue;
    auto next = moment;
    --next.members[i].uncounted[age];
    ++next.members[i].counted[age];
    ++next.judged[0];
    take(next, happening(Happening::Kind::count, i));
  }
  for (std::size_t age = 0; age < member.counted.size(); ++age) {
    if (member.counted[age] == 0) continue;
    auto settles = step_of(Step::Kind::settle);
    settles.age = static_cast<std::uint8_t>(age);
    step(i, moment, settles, take);
  }
}

void World::follow_moves(std::uint32_t i, const Moment& moment, const Take& take) {
  const auto& facts = members_[i]->facts(moment.members[i].book);
  std::vector<std::pair<Part, std::int64_t>> parts{{Part::own, facts.idle}};
  if (size_.has_pool) parts.emplace_back(Part::pool, facts.pool);
  for (const auto& [part, there] : parts) {
    if (size_.has_pool && there > 0) {
      auto moves = step_of(Step::Kind::move);
      moves.part = part == Part::own ? Part::pool : Part::own;
      moves.amount = 1;
      step(i, moment, moves, take);
    }
    for (std::uint32_t j = 0; j < size_.nodes(); ++j) {
      if (j == i || !may_be_given(i, j, moment)) continue;
      auto gives = step_of(Step::Kind::give);
      gives.member = static_cast<std::uint8_t>(j);
      gives.part = part;
      std::vector<std::int8_t> heard{0};
      if (size_.gives_cooling)
        for (const auto number : sets_[moment.words]) {
          const auto& word = words_.at(number);
          if (
            word.kind == Word::Kind::pair && word.from == j && word.to == i && !word.is_lost
            && word.your_epoch == moment.members[i].epoch && word.epoch >= facts.epochs[j])
            heard.push_back(word.received[i]);
        }
      gives.acknowledged = *std::ranges::max_element(heard);
      for (std::int64_t amount = 1; amount <= there; ++amount) {
        if (facts.given[j] + amount > size_.given_most) break;
        gives.amount = static_cast<std::uint8_t>(amount);
        step(i, moment, gives, take);
      }
      if (
        part != Part::own || !size_.gives_cooling || facts.cooling == 0
        || facts.given[j] + facts.cooling > size_.given_most)
        continue;
      gives.kind = Step::Kind::give_cooling;
      gives.amount = 0;
      step(i, moment, gives, take);
    }
  }
}

/// As far as its giver has heard, its book is not lost.
bool World::may_be_given(std::uint32_t giver, std::uint32_t j, const Moment& moment) {
  const auto& member = moment.members[j];
  const auto seen = members_[giver]->facts(moment.members[giver].book).epochs[j];
  return seen < member.epoch || is_whole(member, j);
}

void World::follow_words(std::uint32_t i, const Moment& moment, const Take& take) {
  for (const auto number : sets_[moment.words]) {
    const auto& word = words_.at(number);
    if (word.to != i) continue;
    auto hears = step_of(Step::Kind::hear);
    hears.words[0] = number;
    step(i, moment, hears, take);
    const bool is_given = word.kind == Word::Kind::pair && !word.is_lost;
    if (is_given && size_.has_pool) {
      hears.part = Part::pool;
      step(i, moment, hears, take);
      hears.part = Part::own;
    }
    // It heard it when it was said, and does now what follows.
    hears.age = word.age;
    if (is_given && word.age > 0) step(i, moment, hears, take);
  }
}

void World::follow_lost(std::uint32_t i, const Moment& moment, const Take& take) {
  std::vector<std::vector<WordNumber>> told(size_.nodes(), {0});
  for (const auto number : sets_[moment.words]) {
    const auto& word = words_.at(number);
    if (word.kind == Word::Kind::told && word.to == i) told[word.from].push_back(number);
  }
  auto recovers = step_of(Step::Kind::recover);
  recovers.age = moment.members[i].age;
  const std::function<void(std::uint32_t)> choose = [&](std::uint32_t from) {
    if (from == size_.nodes()) {
      if (std::ranges::any_of(recovers.words, [](auto word) { return word != 0; }))
        step(i, moment, recovers, take);
      return;
    }
    for (const auto word : told[from]) {
      recovers.words[from] = word;
      choose(from + 1);
    }
    recovers.words[from] = 0;
  };
  choose(0);
}

void World::follow_time(const Moment& moment, const Take& take) {
  for (std::size_t i = 0; i < moment.ghosts.size(); ++i) {
    if (moment.ghosts[i] == 0) continue;
    auto next = moment;
    --next.ghosts[i];
    ++next.judged[0];
    take(next, happening(Happening::Kind::count_ghost, 0));
  }
  // D is what it is: by then all that was written is counted.
  auto next = moment;
  const auto last = static_cast<std::size_t>(size_.delay);
  if (moment.ghosts[last] > 0) return;
  next.ghosts = {0, moment.ghosts[0]};
  next.judged = {0, size_.window > 1 ? moment.judged[0] : std::uint8_t{0}};
  for (std::uint32_t i = 0; i < size_.nodes(); ++i) {
    auto& member = next.members[i];
    if (member.uncounted[last] > 0) return;
    member.book = members_[i]->later(member.book);
    member.uncounted = {0, member.uncounted[0]};
    const auto oldest = static_cast<std::size_t>(size_.held());
    auto counted = member.counted;
    for (std::size_t age = 0; age < counted.size(); ++age)
      counted[age] = age == 0 ? std::uint8_t{0} : member.counted[age - 1];
    counted[oldest] = static_cast<std::uint8_t>(counted[oldest] + member.counted[oldest]);
    for (auto age = oldest + 1; age < counted.size(); ++age) counted[age] = 0;
    member.counted = counted;
    if (member.is_up && member.age < size_.held() && members_[i]->facts(member.book).is_lost)
      ++member.age;
  }
  next.words = words_later(moment.words);
  say(next, {});
  take(next, happening(Happening::Kind::tick, 0));
}

} // namespace gateway
