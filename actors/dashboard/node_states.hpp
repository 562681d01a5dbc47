#pragma once

#include "actors/dashboard/node_report.hpp"
#include "actors/dashboard/provider_live.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// How each node has a stop (a provider, a pool, a budget), and what all of them together make of
/// it: sums of what is held, used and under way.
class NodeStates {
public:
  explicit NodeStates(std::string own) : own_(std::move(own)) {}

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
  /// As all have it together, but for the attempts; nothing where this node did not say yet.
  std::optional<ProviderState> merged(std::string_view stop) const;
  /// What the others counted there.
  CountedByOthers counted(std::string_view stop, Day today) const;

  /// "provider/groq", "pool/x", "budget/key/k".
  static std::string stop_of(const ProviderState& state);

private:
  using Stops = std::map<std::string, ReportedState, std::less<>>;

  std::string own_;
  std::map<std::string, ProviderState, std::less<>> states_; // by stop
  std::map<std::string, Stops> others_;                      // by node
  std::set<std::string> linked_;
};

} // namespace gateway
