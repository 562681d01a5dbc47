#pragma once

#include "actors/cluster/pair_message.hpp"
#include "net/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// The two messages about a lost book: asking the others what they gave and received, and telling.
namespace gateway {

/// A member whose book is lost asks; who answers has closed its older lives first.
struct BookLost {
  static constexpr std::uint8_t version = 1;

  Lives lives;
  /// Members whose counters it needs: itself, and those that lost theirs too, with the epoch they
  /// have now.
  struct About {
    std::uint32_t member = 0;
    std::uint64_t epoch = 0;

    friend bool operator==(const About&, const About&) = default;
  };
  std::vector<About> about;
  std::uint32_t page = 0; // of the answer

  friend bool operator==(const BookLost&, const BookLost&) = default;
};

/// What a member says of its counters with others. A book of many quotas is told in pages; between
/// them nothing moves, because the lives it is about are closed.
struct BookTold {
  static constexpr std::uint8_t version = 2;
  static constexpr std::size_t counters_max = 2'000;
  static constexpr std::uint32_t pages_max = 10'000;

  struct Counters {
    std::uint32_t quota = 0;
    std::uint32_t member = 0; // whom they are with
    std::int64_t given = 0;
    std::int64_t received = 0;
    /// What was given last cools for so long, wherever it lies.
    Milliseconds cools{0};

    friend bool operator==(const Counters&, const Counters&) = default;
  };

  Lives lives;
  bool is_lost = false; // then it can tell nothing, and is about to ask
  WallTime wall{};      // the sender's clock; 1970: it does not say
  std::vector<BookLost::About> about;
  /// For how long the sender has heard nothing of each of these; since its start, if that is later.
  std::vector<Milliseconds> silent;
  std::uint32_t page = 0;
  std::uint32_t pages = 1;
  std::vector<Counters> counters;

  friend bool operator==(const BookTold&, const BookTold&) = default;
};

std::string encode(const BookLost& message);
std::string encode(const BookTold& message);
/// Errors: invalid_value, for what `encode` never makes.
Result<BookLost> decode_book_lost(std::string_view bytes);
Result<BookTold> decode_book_told(std::string_view bytes);

} // namespace gateway
