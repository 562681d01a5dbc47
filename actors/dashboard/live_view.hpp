#pragma once

#include "actors/cluster/cluster_state.hpp"
#include "actors/dashboard/attention.hpp"
#include "actors/dashboard/budget_board.hpp"
#include "actors/dashboard/node_live.hpp"
#include "actors/dashboard/past_usage.hpp"
#include "actors/dashboard/pending_tick.hpp"
#include "actors/dashboard/provider_json.hpp"
#include "actors/dashboard/provider_live.hpp"
#include "actors/dashboard/request_tally.hpp"
#include "actors/dashboard/total_seconds.hpp"
#include "actors/dashboard/view_page.hpp"
#include "actors/router/plan.hpp"

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
};

/// The moment as pages show it, put together of what the actors say. Knows no actor and no clock.
/// `now` may go back where the machine's clock is set; nothing more comes of it than a gap.
class LiveView {
public:
  struct Own {
    std::string node;
    std::string version;
    WallTime started{};
  };
  LiveView(Own own, const std::vector<PastUsage>& past);

  /// A version of the document is in force; what it does not name any more is not shown any more.
  void configured(std::shared_ptr<const Plan> plan);
  /// Requests that ended since the last look, here.
  void count(const RequestTally& tally, WallTime now);
  /// How a provider, a pool or a budget is.
  void saw(ProviderState state, WallTime now);
  void saw(const NodeUse& use, WallTime now);
  void saw(ClusterState cluster) { cluster_ = std::move(cluster); }

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

private:
  const ProviderConfig* config_of(const std::string& provider) const;
  std::vector<const QuotaState*> windows_of(const ProviderLive& provider) const;
  void append_provider(std::string& out, const ProviderLive& provider, WallTime now) const;
  void append_providers(std::string& out, WallTime now) const;
  void append_nodes(std::string& out, WallTime now) const;

  Own own_;
  std::shared_ptr<const Plan> plan_;
  std::set<std::string_view> stops_; // of the plan
  std::map<std::string, ProviderLive, std::less<>> providers_;
  PoolStates pools_;
  BudgetBoard budgets_;
  std::map<std::string, NodeLive, std::less<>> nodes_;
  ClusterState cluster_;
  TotalSeconds seconds_;
  PendingTick pending_;
  AttentionList attention_;
  std::set<std::string> health_changed_; // providers
  bool node_changed_ = false;
};

} // namespace gateway
