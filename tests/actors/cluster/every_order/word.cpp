#include "tests/actors/cluster/every_order/word.hpp"

namespace gateway {
namespace {

std::uint8_t small(std::uint64_t number) {
  REQUIRE(number < 200);
  return static_cast<std::uint8_t>(number);
}

std::int8_t count(std::int64_t number) {
  REQUIRE(std::abs(number) < 100);
  return static_cast<std::int8_t>(number);
}

void put(Word& word, const PairMessage& message) {
  word.is_lost = message.is_lost;
  for (const auto& entry : message.entries) {
    word.given[word.to] = count(entry.given);
    word.received[word.to] = count(entry.received);
    word.wait_ms = static_cast<std::int32_t>(entry.wait.count());
  }
}

void put(Word& word, const BookLost& message) {
  word.kind = Word::Kind::lost;
  for (const auto& [member, epoch] : message.about) word.about[member] = small(epoch);
}

void put(Word& word, const BookTold& message) {
  word.kind = Word::Kind::told;
  word.is_lost = message.is_lost;
  for (const auto& [member, epoch] : message.about) word.about[member] = small(epoch);
  for (const auto& counters : message.counters) {
    word.given[counters.member] = count(counters.given);
    word.received[counters.member] = count(counters.received);
  }
}

std::vector<BookLost::About> about_of(const Word& word) {
  std::vector<BookLost::About> about;
  // Whoever asks stands first.
  const std::uint32_t asks = word.kind == Word::Kind::lost ? word.from : word.to;
  if (word.about[asks] != 0) about.push_back({asks, word.about[asks]});
  for (std::uint32_t i = 0; i < Size::nodes_max; ++i)
    if (i != asks && word.about[i] != 0) about.push_back({i, word.about[i]});
  return about;
}

} // namespace

Word word_of(std::uint32_t from, const QuotaSharing::Outgoing& outgoing) {
  Word word;
  word.from = small(from);
  word.to = small(outgoing.to);
  std::visit(
    [&](const auto& message) {
      word.epoch = small(message.lives.epoch);
      word.your_epoch = small(message.lives.your_epoch);
      put(word, message);
    },
    outgoing.message);
  return word;
}

std::variant<PairMessage, BookLost, BookTold> message_of(const Word& word, Instant now) {
  const Lives lives{word.epoch, word.your_epoch};
  switch (word.kind) {
  case Word::Kind::pair: break;
  case Word::Kind::lost: return BookLost{lives, about_of(word), 0};
  case Word::Kind::told: {
    BookTold told;
    told.lives = lives;
    told.is_lost = word.is_lost;
    told.about = about_of(word);
    for (const auto& [member, epoch] : told.about) {
      told.silent.emplace_back(0);
      if (word.given[member] != 0 || word.received[member] != 0)
        told.counters.push_back(
          {quota_of_words, member, word.given[member], word.received[member]});
    }
    return told;
  }
  }
  PairMessage message;
  message.lives = lives;
  message.sent = now.time_since_epoch().count();
  message.is_lost = word.is_lost;
  if (word.is_lost) return message;
  PairMessage::Entry entry;
  entry.quota = quota_of_words;
  entry.given = word.given[word.to];
  entry.received = word.received[word.to];
  entry.wait = Milliseconds{word.wait_ms};
  message.entries.push_back(entry);
  return message;
}

std::string text_of(const Word& word) {
  const auto number = [](auto value) { return std::to_string(static_cast<int>(value)); };
  auto text = number(word.from) + "@" + number(word.epoch) + " to " + number(word.to) + "@"
    + number(word.your_epoch);
  if (word.kind == Word::Kind::lost) text += ", who asks";
  if (word.kind == Word::Kind::told) text += ", who tells";
  if (word.is_lost) return text + ": its book is lost";
  for (std::uint32_t i = 0; i < Size::nodes_max; ++i) {
    if (word.about[i] != 0) text += ", of " + number(i) + "@" + number(word.about[i]);
    if (word.given[i] != 0 || word.received[i] != 0)
      text += ", gave " + number(word.given[i]) + ", received " + number(word.received[i]);
  }
  if (word.wait_ms > 0) text += ", cools " + std::to_string(word.wait_ms) + " ms";
  return text;
}

} // namespace gateway
