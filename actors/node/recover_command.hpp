#pragma once

#include "actors/node/options.hpp"

#include <iosfwd>
#include <span>
#include <string_view>

namespace gateway {

/// `llm-gateway recover`: when most voters of a cluster are lost for good, the node of this data
/// folder goes on as the only one. Says what it will do and asks twice. Returns the exit code.
int run_recover(
  std::span<const std::string_view> args,
  const Environment& environment,
  std::istream& in,
  std::ostream& out,
  std::ostream& problems);

} // namespace gateway
