#include "tests/actors/cluster/every_order/world.hpp"

#include <algorithm>
#include <numeric>

/// What may still be heard in a world, and what must hold in each moment of it.
namespace gateway {
namespace {

/// Whether what no real code makes a difference of has to stay: it does where a rule is removed
/// that it is for.
bool keeps_all(Removed removed) {
  switch (removed) {
  case Removed::larger_counts:
  case Removed::older_lives_are_closed:
  case Removed::closed_before_told: return true;
  default: return false;
  }
}

} // namespace

// -- words ----------------------------------------------------------------------------------------

std::uint32_t World::set_of(std::vector<WordNumber> words) {
  std::ranges::sort(words);
  words.erase(std::unique(words.begin(), words.end()), words.end());
  const auto [known, is_new] =
    known_sets_.try_emplace(words, static_cast<std::uint32_t>(sets_.size()));
  if (is_new) sets_.push_back(std::move(words));
  return known->second;
}

/// The word, or a shorter one to the same effect; 0: nobody will ever make anything of it.
WordNumber World::kept(WordNumber number, const Moment& moment) {
  if (keeps_all(removed_)) return number;
  const auto shorter = as_good(number, moment);
  if (shorter != number) compare(number, shorter, moment);
  return shorter;
}

/// Nothing is left out that the real code makes something of.
void World::compare(WordNumber number, WordNumber shorter, const Moment& moment) {
  const auto i = words_.at(number).to;
  const auto& member = moment.members[i];
  if (!member.is_up || member.is_told) return;
  const auto both = std::uint64_t{number} * 0x10001U + shorter;
  if (!compared_.insert(both << 32U | member.book).second) return;
  const auto book_after = [&](WordNumber word) {
    if (word == 0) return member.book;
    Step hears;
    hears.kind = Step::Kind::hear;
    hears.words[0] = word;
    return members_[i]->after(member.book, hears).end;
  };
  if (book_after(number) != book_after(shorter))
    wrong_ = "what is over has an effect: " + gateway::text_of(words_.at(number));
}

WordNumber World::as_good(WordNumber number, const Moment& moment) {
  const auto word = words_.at(number);
  const auto& from = moment.members[word.from];
  const auto& to = moment.members[word.to];
  static const BookFacts nothing;
  const auto& there = to.book != 0 ? members_[word.to]->facts(to.book) : nothing;
  const auto& here = from.book != 0 ? members_[word.from]->facts(from.book) : nothing;
  const bool is_newest = word.epoch >= there.epochs[word.from];
  const bool is_to_me = word.your_epoch == to.epoch && to.book != 0;
  const bool is_asked = word.kind == Word::Kind::lost && here.is_lost && from.epoch == word.epoch;
  const bool is_told = word.kind == Word::Kind::told && there.is_lost && is_to_me;
  if (is_newest && (is_asked || is_told)) {
    auto same = word;
    // Whose life it is for makes no difference to a question, nor of what else to who has no book.
    if (is_asked) same.your_epoch = 0;
    if (is_told && word.is_lost) {
      same.about = {};
      same.about[word.to] = word.about[word.to];
    }
    return words_.number_of(same);
  }
  const bool counts = word.kind == Word::Kind::pair && is_newest && is_to_me && !word.is_lost;
  const auto received = is_whole(to, word.to) ? there.received[word.from] : 0;
  if (counts && word.given[word.to] > received) return number;
  Word shorter;
  shorter.from = word.from;
  shorter.to = word.to;
  shorter.epoch = word.epoch;
  if (counts && size_.gives_cooling && word.received[word.to] > 0) {
    shorter.your_epoch = word.your_epoch;
    shorter.received = word.received;
    return words_.number_of(shorter);
  }
  if (word.epoch <= there.epochs[word.from]) return 0;
  // That there is a newer life of its sender is all that it says.
  shorter.is_lost = true;
  return words_.number_of(shorter);
}

/// Of words that differ in what was received and when they were said, the one that says most.
std::vector<WordNumber> World::merged(std::vector<WordNumber> words) const {
  const auto is_covered = [&](WordNumber number) {
    return std::ranges::any_of(words, [&](WordNumber other) {
      if (other == number) return false;
      auto mine = words_.at(number);
      const auto& its = words_.at(other);
      // Who asks says that there is a newer life of it, too.
      if (
        mine.kind == Word::Kind::pair && mine.is_lost && its.kind == Word::Kind::lost
        && mine.from == its.from && mine.to == its.to && mine.epoch == its.epoch)
        return true;
      if (mine.kind == Word::Kind::told && !mine.is_lost) return false;
      if (mine.age > its.age || mine.received[mine.to] > its.received[mine.to]) return false;
      mine.age = its.age;
      if (mine.kind == Word::Kind::pair) mine.received = its.received;
      return mine == its;
    });
  };
  std::vector<WordNumber> left;
  for (const auto word : words)
    if (!is_covered(word)) left.push_back(word);
  return left;
}

void World::say(Moment& moment, std::vector<WordNumber> said) {
  std::ranges::copy(sets_[moment.words], std::back_inserter(said));
  for (std::uint32_t i = 0; i < size_.nodes(); ++i) {
    const auto& member = moment.members[i];
    if (!member.is_up || member.is_told || !members_[i]->facts(member.book).is_lost) continue;
    // It asks of others too that it hears have lost theirs.
    std::vector<WordNumber> lost;
    for (const auto word : said)
      if (
        words_.at(word).kind == Word::Kind::told && words_.at(word).to == i
        && words_.at(word).is_lost && words_.at(word).your_epoch == member.epoch)
        lost.push_back(word);
    for (const auto word : lost) {
      const auto [known, is_new] = asked_.try_emplace({member.book, {i, word}});
      if (is_new) known->second = members_[i]->said_of_lost(member.book, {word});
      std::ranges::copy(known->second, std::back_inserter(said));
    }
  }
  std::vector<WordNumber> words;
  for (const auto word : said)
    if (const auto number = kept(word, moment); number != 0) words.push_back(number);
  std::ranges::sort(words);
  words.erase(std::unique(words.begin(), words.end()), words.end());
  moment.words = set_of(keeps_all(removed_) ? std::move(words) : merged(std::move(words)));
}

/// What is said by those who are there they may say at any time: it needs not be kept.
void World::keep_unsaid(Moment& moment) {
  auto words = sets_[moment.words];
  std::vector<WordNumber> said;
  for (std::uint32_t i = 0; i < size_.nodes(); ++i) {
    const auto& member = moment.members[i];
    if (!member.is_up) continue;
    for (const auto word : members_[i]->facts(member.book).said) said.push_back(kept(word, moment));
  }
  std::erase_if(
    words, [&](WordNumber word) { return std::ranges::find(said, word) != said.end(); });
  moment.words = set_of(std::move(words));
}

/// The opposite: all that may be heard.
Moment World::with_said(const Moment& moment) {
  auto all = moment;
  std::vector<WordNumber> said;
  for (std::uint32_t i = 0; i < size_.nodes(); ++i)
    if (moment.members[i].is_up)
      std::ranges::copy(members_[i]->facts(moment.members[i].book).said, std::back_inserter(said));
  say(all, std::move(said));
  return all;
}

std::uint32_t World::words_later(std::uint32_t words) {
  std::vector<WordNumber> later;
  for (const auto number : std::vector<WordNumber>{sets_[words]}) {
    auto word = words_.at(number);
    if (word.wait_ms > 0 && word.age * Size::tick < Milliseconds{word.wait_ms}) ++word.age;
    if (word.kind == Word::Kind::told && word.is_lost && word.age < size_.held()) ++word.age;
    later.push_back(words_.number_of(word));
  }
  return set_of(std::move(later));
}

// -- what must hold -------------------------------------------------------------------------------

bool World::is_whole(const MemberMoment& member, std::uint32_t number) {
  if (member.book == 0) return false;
  const auto& facts = members_[number]->facts(member.book);
  return facts.is_published && !facts.is_lost;
}

std::string World::wrong_in(const Moment& moment) {
  const auto used = std::accumulate(moment.judged.begin(), moment.judged.end(), std::int64_t{0});
  if (used > size_.limit()) return "the provider counts more than the limit within a window";
  std::int64_t sum = 0;
  bool is_all = true;
  for (std::uint32_t i = 0; i < size_.nodes(); ++i) {
    const auto& member = moment.members[i];
    is_all = is_all && is_whole(member, i);
    if (!is_whole(member, i) && !member.is_told) continue;
    const auto& book = members_[i]->facts(member.book);
    if ((book.idle < 0 || book.pool < 0 || book.cooling < 0 || book.in_flight < 0 || book.hold < 0))
      return "I2: more is there than is held";
    const auto calls = std::accumulate(member.uncounted.begin(), member.uncounted.end(), 0)
      + std::accumulate(member.counted.begin(), member.counted.end(), 0) + member.taken;
    if (member.is_up && book.in_flight != calls) return "I2: what is with calls is not with calls";
    if (member.is_told) continue;
    sum += book.hold;
    for (std::uint32_t j = 0; j < size_.nodes(); ++j) {
      if (j == i || !is_whole(moment.members[j], j)) continue;
      const auto coming = book.given[j] - members_[j]->facts(moment.members[j].book).received[i];
      if (coming < 0) return "I1: more was received than given";
      sum += coming;
    }
  }
  if (is_all && sum != size_.limit()) return "I1: what is held and on its way is not the limit";
  return {};
}

std::size_t World::books() const {
  std::size_t sum = 0;
  for (const auto& member : members_) sum += member->books();
  return sum;
}

std::size_t World::steps() const {
  std::size_t sum = 0;
  for (const auto& member : members_) sum += member->steps();
  return sum;
}

} // namespace gateway
