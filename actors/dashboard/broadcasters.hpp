#pragma once

#include "actors/dashboard/broadcaster.hpp"
#include "actors/dashboard/view_scope.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace gateway {

/// A broadcaster for all nodes, and one for each smaller set of nodes that somebody listens to or
/// may come back to. Browsers of one scope share all that is told there, so what this costs grows
/// with scopes, of which there are few, and not with browsers.
class Broadcasters {
public:
  using Moment = Broadcaster::Moment;

  /// Scopes besides the whole: what each of them costs, the whole costs as well.
  static constexpr std::size_t scopes_max = 16;

  /// `new_epoch`: a text that no other epoch of this node has or had.
  Broadcasters(LiveView whole, std::function<std::string()> new_epoch);

  const LiveView& whole() const noexcept { return all_.at({}).view(); }
  /// The moment as those nodes have it. What it is kept in is `made` where nobody listens to it.
  const LiveView& view(const ViewScope& scope, WallTime now, std::optional<LiveView>& made) const;
  /// All views are told the same: each takes what is of its nodes.
  template <class Tell>
  void change(Tell tell) {
    for (auto& [scope, broadcaster] : all_) tell(broadcaster.change());
  }
  /// What this node says of itself to another one that knows as much as `mark`.
  std::string report(const ReportMark& mark, WallTime now) {
    return all_.at({}).change().report(mark, now);
  }
  void ended(const EndedRequests& ended, Moment now);
  void in_force(const VersionNote& note);

  /// As Broadcaster's, of topics.nodes; refused also where too many scopes are listened to.
  Broadcaster::Opened open(
    const StreamTopics& topics,
    std::optional<std::uint64_t> before,
    Moment now,
    std::vector<LiveNotice>& notices);
  Broadcaster::Opened
  begin_anew(const ViewScope& scope, Moment now, std::vector<LiveNotice>& notices);
  void close(const StreamTopics& topics, Moment now);

  /// What there is to be told.
  std::vector<LiveNotice> turn(Moment now);

  bool anybody(Instant now) const;
  RowsWanted rows_wanted(Instant now) const;
  RowsWish rows_wish(const std::string& node, Instant now) const;
  void saw_rows(const std::string& node, const RowsTold& told, Instant now);

private:
  Broadcaster* find_or_begin(const ViewScope& scope, Moment now, std::vector<LiveNotice>& notices);
  void end(const Broadcaster& broadcaster, std::vector<LiveNotice>& notices) const;

  std::function<std::string()> new_epoch_;
  std::map<ViewScope, Broadcaster> all_; // the whole first
};

} // namespace gateway
