#include "actors/cluster/message_parts.hpp"

#include "actors/cluster/document_peers.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>

namespace gateway {
namespace {

std::string long_text(std::size_t bytes, char first) {
  std::string text(bytes, '\0');
  for (std::size_t i = 0; i < bytes; ++i) text[i] = static_cast<char>(first + i % 23);
  return text;
}

std::vector<std::string> parts_of(const std::string& text, std::uint64_t number) {
  MessageCutter cutter;
  cutter.take(text, number);
  std::vector<std::string> parts;
  while (cutter.is_busy()) parts.push_back(cutter.next());
  return parts;
}

} // namespace

TEST_CASE("a long message goes in parts and arrives whole", "[document log][wire]") {
  const std::size_t bytes = GENERATE(1U, 49'151U, 49'152U, 49'153U, 500'000U);
  const auto text = long_text(bytes, 'a');
  const auto parts = parts_of(text, 7);
  CHECK(parts.size() == (bytes + message_part_bytes_max - 1) / message_part_bytes_max);
  MessageJoiner joiner;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    CHECK(parts[i].size() <= 64 * 1024);
    const auto joined = joiner.take(parts[i]);
    REQUIRE(joined);
    CHECK(joined->has_value() == (i + 1 == parts.size()));
    if (*joined) CHECK(**joined == text);
  }
}

TEST_CASE(
  "parts may come twice, late and in any order, of two messages at once", "[document log][wire]") {
  std::mt19937 random{5};
  for (int round = 0; round < 50; ++round) {
    const auto first = long_text(300'000, 'a');
    const auto second = long_text(200'000, 'k');
    auto parts = parts_of(first, 100);
    std::ranges::copy(parts_of(second, 3), std::back_inserter(parts));
    std::ranges::copy(std::vector{parts}, std::back_inserter(parts)); // each twice
    std::ranges::shuffle(parts, random);
    MessageJoiner joiner;
    std::vector<std::string> joined;
    for (const auto& part : parts) {
      auto one = joiner.take(part);
      REQUIRE(one);
      if (*one) joined.push_back(**one);
    }
    std::ranges::sort(joined);
    CHECK(joined == std::vector{first, second});
  }
}

TEST_CASE("a part that is lost makes the message lost, and nothing else", "[document log][wire]") {
  auto parts = parts_of(long_text(300'000, 'a'), 100);
  parts.erase(parts.begin() + 2);
  MessageJoiner joiner;
  for (const auto& part : parts) CHECK_FALSE(*joiner.take(part));
  const auto text = long_text(100'000, 'b');
  std::optional<std::string> joined;
  for (const auto& part : parts_of(text, 101)) joined = *joiner.take(part);
  CHECK(joined == text);
}

TEST_CASE("parts that are none are refused", "[document log][wire]") {
  const auto parts = parts_of(long_text(100'000, 'a'), 100);
  MessageJoiner joiner;
  for (std::size_t length = 0; length < parts[0].size(); length += 1 + length / 3)
    CHECK_FALSE(joiner.take(std::string_view{parts[0]}.substr(0, length)));
  CHECK_FALSE(joiner.take(parts[0] + "x"));
  std::mt19937_64 random{3};
  for (int i = 0; i < 2'000; ++i) {
    auto bytes = parts[i % parts.size()];
    bytes[random() % 8] = static_cast<char>(random());
    static_cast<void>(joiner.take(bytes));
  }
}

TEST_CASE("one long message to a node at a time, short ones between", "[document log][wire]") {
  std::uint64_t number = 0;
  DocumentPeers sender{[&] { return ++number; }};
  DocumentPeers receiver{[] { return std::uint64_t{0}; }};
  const auto first = long_text(300'000, 'a');
  sender.send("b", DocumentPeers::Kind::agreement, first);
  sender.send("b", DocumentPeers::Kind::agreement, long_text(300'000, 'b')); // not sent
  sender.send("b", DocumentPeers::Kind::proposal, "short");
  std::vector<std::string> got;
  for (int turn = 0; turn < 10; ++turn) {
    sender.send_parts(2);
    const auto sent = sender.take();
    CHECK(sent.size() <= 3);
    for (const auto& one : sent) {
      CHECK(one.to == "b");
      const auto received = receiver.receive("a", one.bytes);
      REQUIRE(received);
      if (*received) got.push_back((*received)->bytes);
    }
  }
  CHECK(got == std::vector<std::string>{"short", first});
}

} // namespace gateway
