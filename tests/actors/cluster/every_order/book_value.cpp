#include "tests/actors/cluster/every_order/book_value.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace gateway {
namespace {

constexpr std::size_t word = sizeof(std::int64_t);
constexpr std::size_t slot_at = 2 * page_bytes;
constexpr std::size_t ring_first = (slot_at + offsetof(PermitSlot, ring)) / word;
constexpr std::size_t ring_last = ring_first + ring_buckets - 1;
constexpr std::size_t cursor_at = (slot_at + offsetof(PermitSlot, cursor)) / word;
constexpr std::size_t first_pair_at = (slot_at + offsetof(PermitSlot, first_pair)) / word;
constexpr std::size_t lost_at = offsetof(PermitHeader, lost_at) / word;
constexpr std::size_t pairs_first = (slot_at + sizeof(PermitSlot)) / word;
constexpr std::size_t pair_words = sizeof(PermitPair) / word;
constexpr std::size_t next_in_pair = offsetof(PermitPair, next) / word;
constexpr std::size_t given_until_in_pair = offsetof(PermitPair, given_until) / word;

std::int64_t at(const std::byte* book, std::size_t index) {
  std::int64_t value = 0;
  std::memcpy(&value, book + index * word, word);
  return value;
}

void put(std::byte* book, std::size_t index, std::int64_t value) {
  std::memcpy(book + index * word, &value, word);
}

bool is_of_journal(std::size_t index) {
  constexpr auto used = (slot_at + offsetof(PermitSlot, used_total)) / word;
  constexpr auto series = (slot_at + offsetof(PermitSlot, series)) / word;
  return index == used || index == series;
}

bool is_given_until(std::size_t index) {
  return index >= pairs_first && (index - pairs_first) % pair_words == given_until_in_pair;
}

/// A sweep that lags so much finds all that cools due, and nobody adds to it before.
std::int64_t lag_most(const Size& size) {
  return (size.held() + 2) * size.buckets_of_tick() + ring_buckets;
}

/// What is over is over, however long.
std::int64_t until(std::int64_t left) {
  return std::max<std::int64_t>(left, -1);
}

std::int64_t bucket_now(const Size& size) {
  return BookValue::now(size).time_since_epoch() / bucket_width(size.spec(0));
}

} // namespace

Instant BookValue::now(const Size& size) {
  return Instant{1'000 * ring_buckets * bucket_width(size.spec(0))};
}

BookValue::BookValue(const std::byte* book, const Size& size) {
  const auto instant = now(size).time_since_epoch().count();
  const auto cursor = at(book, cursor_at);
  for (std::size_t index = 0; index < pairs_first; ++index) {
    auto value = at(book, index);
    if (value == 0 || is_of_journal(index) || (index >= ring_first && index <= ring_last)) continue;
    if (index == cursor_at) value = std::max(value - bucket_now(size), -lag_most(size));
    if (index == lost_at) value = until(value - instant - 1);
    if (index == first_pair_at) continue;
    words_.emplace_back(static_cast<std::uint16_t>(index), value);
  }
  for (std::int64_t i = 0; i < ring_buckets; ++i) {
    const auto from = ring_first + static_cast<std::size_t>((cursor + i) % ring_buckets);
    if (const auto value = at(book, from); value != 0)
      words_.emplace_back(
        static_cast<std::uint16_t>(ring_first + static_cast<std::size_t>(i)), value);
  }
  std::vector<std::size_t> chain;
  for (auto link = at(book, first_pair_at); link != 0 && chain.size() < slots * pairs_per_slot;) {
    chain.push_back(static_cast<std::size_t>(link - 1));
    link = at(book, pairs_first + chain.back() * pair_words + next_in_pair);
  }
  std::reverse(chain.begin(), chain.end());
  for (std::size_t i = 0; i < chain.size(); ++i) {
    for (std::size_t j = 0; j < pair_words; ++j) {
      auto value = at(book, pairs_first + chain[i] * pair_words + j);
      const auto index = pairs_first + i * pair_words + j;
      if (j == next_in_pair) value = static_cast<std::int64_t>(i); // the one before
      if (value == 0) continue;
      if (j == given_until_in_pair) value = until(value - instant);
      words_.emplace_back(static_cast<std::uint16_t>(index), value);
    }
  }
  if (!chain.empty()) words_.emplace_back(static_cast<std::uint16_t>(first_pair_at), chain.size());
  std::sort(words_.begin(), words_.end());
}

void BookValue::write(std::byte* book, const Size& size) const {
  std::memset(book, 0, bytes());
  const auto instant = now(size).time_since_epoch().count();
  std::int64_t cursor = 0;
  for (auto [index, value] : words_) {
    if (index >= ring_first && index <= ring_last) continue;
    if (index == cursor_at) cursor = value += bucket_now(size);
    if (index == lost_at) value += instant + 1;
    if (is_given_until(index)) value += instant;
    put(book, index, value);
  }
  for (const auto& [index, value] : words_) {
    if (index < ring_first || index > ring_last) continue;
    const auto turned = (cursor + static_cast<std::int64_t>(index - ring_first)) % ring_buckets;
    put(book, ring_first + static_cast<std::size_t>(turned), value);
  }
}

BookValue BookValue::later(const Size& size) const {
  auto value = *this;
  const auto tick = Size::tick.count();
  for (auto& [index, number] : value.words_) {
    if (index == cursor_at) number = std::max(number - size.buckets_of_tick(), -lag_most(size));
    if (index == lost_at || is_given_until(index)) number = until(number - tick);
  }
  return value;
}

std::uint64_t BookValue::hash() const {
  std::uint64_t sum = words_.size();
  for (const auto& [index, value] : words_) {
    sum = (sum ^ index) * 0x9e3779b97f4a7c15U;
    sum = (sum ^ static_cast<std::uint64_t>(value)) * 0xff51afd7ed558ccdU;
    sum ^= sum >> 32U;
  }
  return sum;
}

} // namespace gateway
