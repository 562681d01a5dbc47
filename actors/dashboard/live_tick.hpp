#pragma once

#include "net/base/time.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace gateway {

/// What a number of a row is that nobody knows; null on the wire.
constexpr std::int64_t unknown_number = std::numeric_limits<std::int64_t>::min();

/// Kinds of rows, in the order of their tables: providers, nodes, models, keys.
enum class RowKind : std::uint8_t { provider, node, model, key };
constexpr std::size_t row_kinds = 4;

/// What the columns of a kind of row are. A sum is what came since the row was told before; the
/// others are as they are now. Times are kept in microseconds and told in milliseconds.
struct RowShape {
  char letter = ' '; // of its table in a tick
  std::size_t columns = 0;
  std::uint16_t sums = 0;   // a bit a column
  std::uint16_t times = 0;  // a bit a column
  std::size_t rows_max = 0; // in a tick; others wait for the next one

  bool is_sum(std::size_t column) const noexcept { return (sums >> column & 1U) != 0; }
  bool is_time(std::size_t column) const noexcept { return (times >> column & 1U) != 0; }
};

/// The order of TickEvent in openapi.yaml.
constexpr std::array<RowShape, row_kinds> row_shapes{
  RowShape{'p', 13, 0b1'1100'0111, 0b11'0000, 300},
  RowShape{'n', 6, 0b11, 0b1000, 100},
  RowShape{'m', 6, 0b1'1111, 0b10'0000, 100},
  RowShape{'k', 5, 0b1'1111, 0, 100}};
constexpr std::size_t columns_max = 13;

constexpr const RowShape& shape_of(RowKind kind) noexcept {
  return row_shapes[static_cast<std::size_t>(kind)];
}

struct TickRow {
  std::uint32_t id = 0;
  std::array<std::int64_t, columns_max> values{};
};

/// What changed between two moments, for all browsers.
struct LiveTick {
  struct Table {
    std::vector<TickRow> rows;                                // by id
    std::vector<std::pair<std::uint32_t, std::string>> names; // of numbers nobody was told before
  };

  WallTime at{};
  /// requests, errors, failovers, tokens in, tokens out, nano-dollars
  std::array<std::int64_t, 6> totals{};
  /// p50, p95, p99 of the running second so far, microseconds
  std::array<std::int64_t, 3> first_token{unknown_number, unknown_number, unknown_number};
  std::array<Table, row_kinds> tables; // by RowKind
  int merged = 1;

  std::size_t rows() const noexcept;
};

/// Adds the tick that came behind `into`: sums are added, the rest is the newest known. Whoever
/// hears the merged tick knows what one knows who heard both.
void merge(LiveTick& into, const LiveTick& later);

/// Appends a TickEvent.
void append_tick_json(std::string& out, const LiveTick& tick);

/// Microseconds as milliseconds with a digit behind the point; null where unknown.
void append_tick_time(std::string& out, std::int64_t us);

} // namespace gateway
