#pragma once

#include "actors/dashboard/ended_requests.hpp"
#include "actors/dashboard/row_talk.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>

namespace gateway {

/// This node's last requests, for other nodes at which somebody watches them one by one: each is
/// told of what ended since it asked last, however many ask and when.
class RecentRows {
public:
  static constexpr std::size_t kept = 2'048;

  /// `life`: a number that no other life of this node has; not 0.
  explicit RecentRows(std::uint64_t life) : life_(life) {}

  void add(const EndedRequests& ended);
  /// Who asks for the first time is told of what ends from now on.
  RowsTold since(const RowsQuestion& asked) const;
  /// Nobody asks.
  void drop() noexcept { rows_.clear(); }

private:
  std::uint64_t life_;
  std::uint64_t next_ = 0; // one that was left out has a number too
  std::deque<std::pair<std::uint64_t, RequestRecord>> rows_;
};

} // namespace gateway
