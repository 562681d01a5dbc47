#pragma once

#include "net/base/header_list.hpp"

#include <string>
#include <utility>
#include <vector>

namespace gateway {

/// Names and values, in order: what tests compare.
inline std::vector<std::pair<std::string, std::string>> header_pairs(const HeaderList& headers) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const auto& header : headers.all()) pairs.emplace_back(header.name, header.value);
  return pairs;
}

} // namespace gateway
