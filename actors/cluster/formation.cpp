#include "actors/cluster/formation.hpp"

namespace gateway {
namespace {

bool is_smallest(const std::string& name, const std::set<std::string>& others) {
  return others.empty() || name < *others.begin();
}

} // namespace

bool Formation::begins(const View& view, Instant now) {
  const auto voices = view.places_given + 1;
  const bool is_majority = 2 * (view.linked.size() + 1) > voices;
  const bool is_mine = is_smallest(self_, view.linked) && is_smallest(self_, view.heard_of);
  if (!view.is_every_name_resolved || !is_majority || !is_mine) {
    since_.reset();
    return false;
  }
  if (!since_ || view.linked != linked_) {
    since_ = now;
    linked_ = view.linked;
  }
  return now - *since_ >= settles_in;
}

} // namespace gateway
