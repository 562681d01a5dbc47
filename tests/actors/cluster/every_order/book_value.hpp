#pragma once

#include "tests/actors/cluster/every_order/size.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace gateway {

/// A permit book's mapping of one slot as a value: all of it that is not zero, by its place, such
/// that mappings which no code can tell apart are equal. Times are relative to now, and a ring is
/// turned to its cursor; which pair record is which pair is the order in which they were made. What
/// only the journal reads is left out.
class BookValue {
public:
  static constexpr std::uint32_t slots = 1;
  static std::size_t bytes() { return book_bytes(slots); }
  /// The instant at which all that is in a value happens.
  static Instant now(const Size& size);

  BookValue() = default; // no mapping
  BookValue(const std::byte* book, const Size& size);
  void write(std::byte* book, const Size& size) const;

  /// The same a tick later.
  BookValue later(const Size& size) const;
  bool is_there() const { return !words_.empty(); }
  std::uint64_t hash() const;

  friend bool operator==(const BookValue&, const BookValue&) = default;

private:
  std::vector<std::pair<std::uint16_t, std::int64_t>> words_; // by place
};

} // namespace gateway
