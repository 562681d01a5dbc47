#pragma once

#include "net/base/time.hpp"

#include <optional>
#include <set>
#include <string>

namespace gateway {

/// When a node that was told whom to join, and finds nobody who belongs to a cluster, begins one:
/// once a majority of itself and the places given answers, and nobody among those who are known,
/// by hearsay too, has a smaller name. Where the places given are the same everywhere, any two such
/// majorities share a node, by which the two with the smallest names know of each other.
class Formation {
public:
  /// So long must nobody new come before the cluster begins.
  static constexpr Milliseconds settles_in{1'000};

  struct View {
    std::size_t places_given = 0; // this node's own not counted
    bool is_every_name_resolved = false;
    std::set<std::string> linked; // who answered; none of them belongs to a cluster
    std::set<std::string> heard_of;
  };

  explicit Formation(std::string self) : self_(std::move(self)) {}
  bool begins(const View& view, Instant now);

private:
  std::string self_;
  std::set<std::string> linked_;
  std::optional<Instant> since_; // when they were first seen like this
};

} // namespace gateway
