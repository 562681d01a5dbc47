#include "actors/cluster/book_message.hpp"

#include <catch2/catch.hpp>

#include <random>

using namespace gateway;

namespace {

BookLost question() {
  return {{4, 9}, {{2, 4}, {127, 1ULL << 50}}, 3};
}

BookTold answer() {
  BookTold told;
  told.lives = {9, 4};
  told.about = {{2, 4}};
  told.silent = {Milliseconds{12'345}};
  told.wall = WallTime{Milliseconds{1'795'438'800'000}};
  told.page = 1;
  told.pages = 3;
  told.counters = {{7, 2, 100, 90, 3'600s}, {4'000'000'000, 127, 0, std::int64_t{1} << 54}};
  return told;
}

} // namespace

TEST_CASE("what is asked and told of a lost book arrives as it was sent", "[cluster][wire]") {
  CHECK(*decode_book_lost(encode(question())) == question());
  CHECK(*decode_book_told(encode(answer())) == answer());
}

TEST_CASE("a full page is within the bound of a message", "[cluster][wire]") {
  auto told = answer();
  told.counters.assign(
    BookTold::counters_max, {0xffffffff, 127, std::int64_t{1} << 54, 1LL << 54, 744h});
  const auto bytes = encode(told);
  CHECK(bytes.size() <= PairMessage::bytes_max);
  CHECK(*decode_book_told(bytes) == told);
}

TEST_CASE("what is told in pieces or of another kind is refused", "[cluster][wire]") {
  const auto lost = encode(question());
  const auto told = encode(answer());
  for (std::size_t length = 0; length < lost.size(); ++length)
    CHECK_FALSE(decode_book_lost(lost.substr(0, length)));
  for (std::size_t length = 0; length < told.size(); ++length)
    CHECK_FALSE(decode_book_told(told.substr(0, length)));
  CHECK_FALSE(decode_book_lost(told));
  CHECK_FALSE(decode_book_told(lost));
  CHECK_FALSE(decode_pair_message(told));
  auto beyond = answer();
  beyond.page = beyond.pages;
  CHECK_FALSE(decode_book_told(encode(beyond)));
  beyond = answer();
  beyond.counters[0].given = -1;
  CHECK_FALSE(decode_book_told(encode(beyond)));
}

TEST_CASE("bytes that changed on the way end in a refusal or a sane answer", "[cluster][wire]") {
  std::mt19937_64 random{8};
  const auto good = encode(answer());
  for (int i = 0; i < 20'000; ++i) {
    auto bytes = good;
    bytes[random() % bytes.size()] = static_cast<char>(random());
    const auto read = decode_book_told(bytes);
    if (read) CHECK(*decode_book_told(encode(*read)) == *read);
  }
}
