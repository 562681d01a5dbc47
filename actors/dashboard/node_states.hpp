#pragma once

#include "actors/dashboard/node_report.hpp"
#include "actors/dashboard/provider_live.hpp"
#include "actors/dashboard/view_scope.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// How each node has a stop (a provider, a pool, a budget), and what all of a scope together make
/// of it: sums of what is held, used and under way.
class NodeStates {
public:
  explicit NodeStates(std::string own, ViewScope scope = {})
      : own_(std::move(own)), scope_(std::move(scope)) {}

  /// The same of fewer nodes.
  NodeStates of(const ViewScope& scope) const;

  void saw(ProviderState state);
  /// Returns the attempts that ended there since it was heard before; none if it was not.
  ProviderLive::Attempts heard(const std::string& node, ReportedState reported);
  void forget(const std::string& node, const std::string& stop);
  /// What it says next follows on nothing.
  void begin_anew(const std::string& node) { others_.erase(node); }
  /// Who is there. Of the others the last is known; nobody can use what lies there.
  void linked(std::set<std::string> nodes) { linked_ = std::move(nodes); }
  bool is_linked(const std::string& node) const { return linked_.contains(node); }
  /// Only these stops are.
  void keep(const std::set<std::string_view>& stops);

  /// As this node has them, by stop.
  const std::map<std::string, ProviderState, std::less<>>& all_own() const noexcept {
    return states_;
  }
  /// As all have it together, but for the attempts, which are this node's; nothing where nobody did
  /// say yet, or not this node, which alone tells what a quota is.
  std::optional<ProviderState> merged(std::string_view stop) const;
  /// What the others counted there.
  CountedByOthers counted(std::string_view stop, Day today) const;

  /// "provider/groq", "pool/x", "budget/key/k".
  static std::string stop_of(const ProviderState& state);

private:
  using Stops = std::map<std::string, ReportedState, std::less<>>;
  const ProviderState* first_of_others(std::string_view stop) const;

  std::string own_;
  ViewScope scope_;
  std::map<std::string, ProviderState, std::less<>> states_; // by stop
  std::map<std::string, Stops> others_;                      // by node
  std::set<std::string> linked_;
};

} // namespace gateway
