#include "actors/config/nearest.hpp"
#include "actors/config/reading.hpp"

#include <algorithm>

namespace gateway {

std::vector<std::string> sorted_names(const Place& place) {
  auto names = place.names();
  std::sort(names.begin(), names.end());
  return names;
}

void must_exist(
  const Place& place,
  const std::string& what,
  const std::vector<std::string>& known,
  Problems& problems) {
  const auto name = place.text();
  if (!name || problems.full()) return; // the nearest name is dear to find
  if (std::binary_search(known.begin(), known.end(), *name)) return;
  place.error(
    problems,
    "unknown_" + what,
    "there is no " + what + " \"" + *name + "\"" + did_you_mean(*name, known));
}

std::vector<std::string> read_pools(const Place& place, Reading& reading) {
  for (std::size_t i = 0; i < place.size(); ++i)
    must_exist(place[i], "pool", reading.pool_names, reading.problems);
  return place.texts();
}

} // namespace gateway
