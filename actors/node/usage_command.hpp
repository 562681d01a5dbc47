#pragma once

#include <iosfwd>
#include <span>
#include <string_view>

namespace gateway {

/// `llm-gateway usage`: totals from a data folder, as a table or JSON. Returns the exit code.
int run_usage(std::span<const std::string_view> args, std::ostream& out, std::ostream& problems);

} // namespace gateway
