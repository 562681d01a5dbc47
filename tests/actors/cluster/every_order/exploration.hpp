#pragma once

#include "tests/actors/cluster/every_order/world.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace gateway {

/// What came of trying every order of moves.
struct Explored {
  std::size_t moments = 0;
  std::size_t moves = 0;
  std::size_t books = 0; // values of mappings of all members
  std::size_t steps = 0; // of the real code
  bool is_all = true;    // false: there are more moments than were to be tried
  std::string wrong;     // what does not hold, and the shortest way there
};

/// Breadth first from the beginning, until something does not hold.
Explored explore(const Size& size, Removed removed, std::size_t moments_most);

} // namespace gateway
