#pragma once

#include <cstddef>
#include <string>

namespace gateway {

/// Which part of a list is shown: so many by id, behind that one ("": from the first on).
struct ViewPage {
  std::size_t limit = 100;
  std::string after = {};
};

} // namespace gateway
