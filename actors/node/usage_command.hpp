#pragma once

#include "actors/node/options.hpp"

#include <iosfwd>
#include <span>
#include <string_view>

namespace gateway {

/// `llm-gateway usage`: totals from a data folder, as a table or JSON. Returns the exit code.
int run_usage(
  std::span<const std::string_view> args,
  const Environment& environment,
  std::ostream& out,
  std::ostream& problems);

} // namespace gateway
