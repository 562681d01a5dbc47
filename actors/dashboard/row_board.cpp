#include "actors/dashboard/row_board.hpp"

#include <algorithm>
#include <utility>

namespace gateway {

RowBoard::Entry& RowBoard::entry_of(std::uint32_t id) {
  while (entries_.size() <= id) {
    auto& made = entries_.emplace_back();
    made.row.id = static_cast<std::uint32_t>(entries_.size() - 1);
    for (std::size_t i = 0; i < shape_.columns; ++i)
      if (!shape_.is_sum(i)) made.row.values[i] = unknown_number;
  }
  return entries_[id];
}

void RowBoard::wait(std::uint32_t id, Entry& entry) {
  if (!std::exchange(entry.waits, true)) waiting_.push_back(id);
}

void RowBoard::add(std::uint32_t id, std::span<const std::int64_t> sums) {
  auto& entry = entry_of(id);
  std::size_t next = 0;
  bool any = false;
  for (std::size_t i = 0; i < shape_.columns && next < sums.size(); ++i) {
    if (!shape_.is_sum(i)) continue;
    any |= sums[next] != 0;
    entry.row.values[i] += sums[next++];
  }
  if (any) wait(id, entry);
}

void RowBoard::set(std::uint32_t id, std::span<const std::int64_t> values) {
  auto& entry = entry_of(id);
  std::size_t next = 0;
  bool changed = !entry.known;
  for (std::size_t i = 0; i < shape_.columns && next < values.size(); ++i) {
    if (shape_.is_sum(i)) continue;
    changed |= std::exchange(entry.row.values[i], values[next]) != values[next];
    ++next;
  }
  entry.known = true;
  if (changed) wait(id, entry);
}

void RowBoard::told(Entry& entry) {
  entry.waits = false;
  entry.waited = 0;
  for (std::size_t i = 0; i < shape_.columns; ++i)
    if (shape_.is_sum(i)) entry.row.values[i] = 0;
}

std::vector<TickRow> RowBoard::take(const std::set<std::uint32_t>& first) {
  const auto urgency = [&](std::uint32_t id) {
    const auto& entry = entries_[id];
    // The first column counts requests in every kind of row.
    return std::pair{first.contains(id), entry.row.values[0] + entry.waited};
  };
  const auto count = std::min(waiting_.size(), shape_.rows_max);
  const auto behind = waiting_.begin() + static_cast<std::ptrdiff_t>(count);
  if (behind != waiting_.end())
    std::nth_element(waiting_.begin(), behind, waiting_.end(), [&](auto a, auto b) {
      return urgency(a) > urgency(b);
    });
  std::sort(waiting_.begin(), behind);
  std::vector<TickRow> rows;
  rows.reserve(count);
  for (auto id = waiting_.begin(); id != behind; ++id) {
    rows.push_back(entries_[*id].row);
    told(entries_[*id]);
  }
  waiting_.erase(waiting_.begin(), behind);
  for (const auto id : waiting_) ++entries_[id].waited;
  return rows;
}

void RowBoard::drop() {
  for (const auto id : waiting_) told(entries_[id]);
  waiting_.clear();
}

} // namespace gateway
