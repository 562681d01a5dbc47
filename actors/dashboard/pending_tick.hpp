#pragma once

#include "actors/dashboard/live_tick.hpp"
#include "actors/dashboard/name_ids.hpp"
#include "actors/dashboard/node_live.hpp"
#include "actors/dashboard/provider_live.hpp"
#include "actors/dashboard/recent_speed.hpp"
#include "actors/dashboard/request_tally.hpp"
#include "actors/dashboard/row_board.hpp"

#include <array>
#include <set>
#include <string>
#include <vector>

namespace gateway {

/// What came since the last tick, and what else of the view changed: the next tick takes it.
class PendingTick {
public:
  /// How full the fullest windows called rpm, tpm, rpd and tpd are, in thousandths.
  using Fullness = std::array<std::int64_t, 4>;

  /// Rows that a tick tells before the busiest ones: what some page is about.
  struct First {
    std::set<std::string> models;
    std::set<std::string> keys;
  };

  void count(const RequestTally& tally, const std::string& node, WallTime now);
  void saw(const ProviderLive& provider, ProviderLive::Attempts ended, const Fullness& fullness);
  void saw(const NodeLive& node, WallTime now);

  /// A tick with all of that, but for rows that do not fit; its first_token is left to the caller.
  LiveTick take(const First& first, WallTime now);
  /// Forgets it: nobody is there to be told.
  void drop();

  /// `{"p":{"groq":0},…}`: every number there is.
  void append_ids_json(std::string& out) const;

private:
  NameIds& ids(RowKind kind) noexcept { return ids_[static_cast<std::size_t>(kind)]; }
  RowBoard& board(RowKind kind) noexcept { return boards_[static_cast<std::size_t>(kind)]; }
  RecentSpeed& speed_of(std::uint32_t model);

  std::array<NameIds, row_kinds> ids_;
  std::array<RowBoard, row_kinds> boards_{
    RowBoard{row_shapes[0]},
    RowBoard{row_shapes[1]},
    RowBoard{row_shapes[2]},
    RowBoard{row_shapes[3]}};
  std::array<std::int64_t, 6> totals_{};
  std::vector<RecentSpeed> model_speeds_; // by number
};

/// As ticks and snapshots count: requests, errors, failovers, tokens in, tokens out, nano-dollars.
std::array<std::int64_t, 6> totals_of(const UsageCounters& counters) noexcept;

} // namespace gateway
