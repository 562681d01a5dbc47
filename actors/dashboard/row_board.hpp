#pragma once

#include "actors/dashboard/live_tick.hpp"

#include <cstdint>
#include <set>
#include <span>
#include <vector>

namespace gateway {

/// The rows of one kind that the next tick may tell: what was added since a row was told before,
/// and what else of it changed. A tick takes some of them; what does not fit waits, and nothing of
/// it is lost.
class RowBoard {
public:
  explicit RowBoard(RowShape shape) : shape_(shape) {}

  /// `sums`: of the columns that are sums, in order.
  void add(std::uint32_t id, std::span<const std::int64_t> sums);
  /// `values`: of the others, in order.
  void set(std::uint32_t id, std::span<const std::int64_t> values);

  /// At most shape.rows_max rows, by id: those of `first`, then the busiest and those that waited.
  std::vector<TickRow> take(const std::set<std::uint32_t>& first);
  /// Forgets what has been added so far: nobody is there to be told.
  void drop();

private:
  struct Entry {
    TickRow row;             // what is to be told
    bool known = false;      // its values that are no sums were told
    bool waits = false;      // is among waiting_
    std::int64_t waited = 0; // ticks
  };
  Entry& entry_of(std::uint32_t id);
  void wait(std::uint32_t id, Entry& entry);
  void told(Entry& entry);

  RowShape shape_;
  std::vector<Entry> entries_; // by id
  std::vector<std::uint32_t> waiting_;
};

} // namespace gateway
