#pragma once

#include "actors/cluster/cluster_state.hpp"
#include "actors/dashboard/attention.hpp"
#include "actors/dashboard/budget_board.hpp"
#include "actors/dashboard/node_live.hpp"
#include "actors/dashboard/node_report.hpp"
#include "actors/dashboard/node_states.hpp"
#include "actors/dashboard/past_usage.hpp"
#include "actors/dashboard/pending_tick.hpp"
#include "actors/dashboard/provider_json.hpp"
#include "actors/dashboard/provider_live.hpp"
#include "actors/dashboard/report_board.hpp"
#include "actors/dashboard/request_tally.hpp"
#include "actors/dashboard/total_seconds.hpp"
#include "actors/dashboard/view_page.hpp"
#include "actors/dashboard/view_scope.hpp"
#include "actors/router/plan.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// What a node measures of itself.
struct NodeUse {
  std::int64_t cpu_thousandths = 0; // of a core, in use since the last look
  std::int64_t rss_bytes = 0;
  bool draining = false;
  bool storage_ok = true;
  // Of a cluster, as this node knows; a lone node is both.
  std::string broker = {}; // whoever gives it permits; empty: nobody does
  std::optional<LogRoles> roles = {};
};

/// The moment as pages show it, put together of what the actors say. Knows no actor and no clock.
/// `now` may go back where the machine's clock is set; nothing more comes of it than a gap.
class LiveView {
public:
  struct Own {
    std::string node;
    std::string version;
    WallTime started{};
    std::uint64_t life = 1; // random, so that others tell this start from earlier ones
  };
  LiveView(Own own, const std::vector<PastUsage>& past);

  /// The same moment as these nodes have it. Told all that this view is told from now on, it stays
  /// so. Of its health the past is known where it is that of all.
  LiveView of(const ViewScope& scope, WallTime now) const;

  /// A version of the document is in force; what it does not name any more is not shown any more.
  void configured(std::shared_ptr<const Plan> plan);
  /// Requests that ended since the last look, here.
  void count(const RequestTally& tally, WallTime now);
  /// How a provider, a pool or a budget is.
  void saw(ProviderState state, WallTime now);
  void saw(const NodeUse& use, WallTime now);
  void saw(ClusterState cluster, WallTime now);

  // Other nodes. Each is told what changed here since it asked before, and tells the same.
  /// What this node says of itself to one that knows as much as `mark`.
  std::string report(const ReportMark& mark, WallTime now);
  /// What another one said to this one's mark of it.
  void heard(const std::string& node, const ReportChanges& changes, WallTime now);
  /// Nothing where too much time has passed since: what came between belongs to no moment.
  ReportMark mark_of(const std::string& node, WallTime now) const;
  /// The other nodes that are linked.
  std::vector<std::string> linked() const;
  /// Those of them that the view is of, and whose report is as of now.
  std::vector<std::string> merged(WallTime now) const;

  /// Is of this node, too.
  bool has_own() const { return scope_.has(own_.node); }
  /// By its stop: "budget/key/web".
  bool knows_budget(const std::string& stop) const { return budgets_.states().contains(stop); }

  // What the admin API answers, as JSON (openapi.yaml); objects without their scope.
  std::string providers_json(const ViewPage& page, WallTime now) const; // a list's items
  std::optional<std::string>
  provider_json(std::string_view id, WallTime now) const; // with models, learned
  std::string cluster_json(WallTime now) const;
  std::string budgets_json(const ViewPage& page, WallTime now) const; // a list's items

  // What the stream tells.
  /// A SnapshotEvent. Whoever hears it needs every tick taken later, and none taken before.
  std::string snapshot_json(WallTime now) const;
  LiveTick take_tick(const PendingTick::First& first, WallTime now);
  /// Nobody is told what came since the last tick, nor what changed.
  void drop_changes();
  /// JSON of HealthEvents and ClusterNodes: of those that changed since this was asked before.
  std::vector<std::string> take_health_changes();
  std::vector<std::string> take_node_changes(WallTime now);
  /// JSON of Budgets: of those that changed since this was asked before.
  std::vector<std::string> take_budget_changes(WallTime now) { return budgets_.take_changes(now); }
  /// Looks for what needs attention; true where that is another than at the last look.
  bool find_matters(WallTime now);
  void append_attention(std::string& out) const { attention_.append_json(out); }
  /// The windows that a provider lives under; none where there is no such provider.
  std::vector<const QuotaState*> windows_of(std::string_view provider) const;
  std::uint64_t config_version() const noexcept { return plan_ ? plan_->document->version : 0; }
  const std::string& node() const noexcept { return own_.node; }
  const ViewScope& scope() const noexcept { return scope_; }

private:
  /// What was heard of another node.
  struct Other {
    ReportMark mark;
    WallTime heard_at{};
    std::map<std::string, RequestTally::Cell> cells; // since its start, by key
    TotalSeconds seconds;
  };
  /// Reports are made once somebody asks for them.
  struct Reporting {
    ReportBoard board;
    bool is_asked = false;
    RequestTally counted; // since this node's start
  };

  void note(const RequestTally& tally, const std::string& node, WallTime now);
  void report_tally(const RequestTally& tally);
  void report_state(const ProviderState& state, WallTime now);
  void begin_report(WallTime now);
  void hear(
    const std::string& node,
    const std::string& key,
    const std::string& bytes,
    RequestTally& since,
    std::map<std::string, ProviderLive::Attempts>& stops,
    WallTime now);
  void show(const std::string& stop, WallTime now, ProviderLive::Attempts of_others);
  void show_all(WallTime now);
  void forget_gone();
  const ProviderConfig* config_of(const std::string& provider) const;
  std::vector<const QuotaState*> windows_of(const ProviderLive& provider) const;
  void append_provider(std::string& out, const ProviderLive& provider, WallTime now) const;
  void append_providers(std::string& out, WallTime now) const;
  void append_nodes(std::string& out, WallTime now) const;
  std::vector<const TotalSeconds*> all_seconds() const;

  Own own_;
  ViewScope scope_;
  std::shared_ptr<const Plan> plan_;
  std::set<std::string_view> stops_; // of the plan
  NodeStates states_;
  Reporting reporting_;
  std::map<std::string, Other> others_;
  std::map<std::string, ProviderLive, std::less<>> providers_;
  PoolStates pools_;
  BudgetBoard budgets_;
  std::map<std::string, NodeLive, std::less<>> nodes_;
  ClusterState cluster_;
  std::string broker_;
  LogRoles roles_;
  TotalSeconds seconds_; // of this node
  PendingTick pending_;
  AttentionList attention_;
  std::set<std::string> health_changed_; // providers
  std::set<std::string> nodes_changed_;
};

} // namespace gateway
