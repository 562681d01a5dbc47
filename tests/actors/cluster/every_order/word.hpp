#pragma once

#include "actors/cluster/quota_sharing.hpp"
#include "tests/actors/cluster/every_order/size.hpp"

#include <array>
#include <cstdint>
#include <string>

namespace gateway {

/// A message between two members as far as it can make or lose a permit: counters, whose lives it
/// is about, how long what is new in it cools. Broker's business is left out.
struct Word {
  enum class Kind : std::uint8_t { pair, lost, told };
  Kind kind = Kind::pair;
  std::uint8_t from = 0;
  std::uint8_t to = 0;
  bool is_lost = false;
  std::uint8_t epoch = 0;      // of the sender
  std::uint8_t your_epoch = 0; // of the receiver
  /// Ticks since it was first said, as far as that matters: who heard it then and does something
  /// about it only now waits for less.
  std::uint8_t age = 0;
  std::int32_t wait_ms = 0;
  /// pair: what the sender gave and received, at the receiver's place; told: at that of whoever it
  /// is about.
  std::array<std::int8_t, Size::nodes_max> given{};
  std::array<std::int8_t, Size::nodes_max> received{};
  std::array<std::uint8_t, Size::nodes_max> about{}; // lost, told: their epochs; 0: not about it

  friend auto operator<=>(const Word&, const Word&) = default;
};

/// The number of the one quota there is.
constexpr std::uint32_t quota_of_words = 1;

/// None: it says nothing to anybody.
Word word_of(std::uint32_t from, const QuotaSharing::Outgoing& outgoing);
/// As if it was said at `now`.
std::variant<PairMessage, BookLost, BookTold> message_of(const Word& word, Instant now);
std::string text_of(const Word& word);

} // namespace gateway
