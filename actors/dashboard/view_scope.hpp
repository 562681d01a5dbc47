#pragma once

#include <set>
#include <string>
#include <vector>

namespace gateway {

/// Whose figures are wanted: of these nodes, or of all where none is named.
class ViewScope {
public:
  ViewScope() = default;
  explicit ViewScope(const std::vector<std::string>& nodes) : nodes_(nodes.begin(), nodes.end()) {}

  bool is_whole() const noexcept { return nodes_.empty(); }
  bool has(const std::string& node) const { return is_whole() || nodes_.contains(node); }
  std::vector<std::string> nodes() const { return {nodes_.begin(), nodes_.end()}; }

  friend auto operator<=>(const ViewScope&, const ViewScope&) = default;

private:
  std::set<std::string> nodes_;
};

} // namespace gateway
