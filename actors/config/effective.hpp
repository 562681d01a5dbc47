#pragma once

#include "actors/config/document.hpp"

#include <span>
#include <string>
#include <string_view>

namespace gateway {

/// Reads a document together with what this node adds to it (`added`: the demo's providers, or
/// empty). Problems are the document's own; what is added is known to be good.
DocumentReading
read_effective(std::string_view text, std::string_view added, std::uint64_t version);

/// One log line a problem.
void log_problems(std::span<const Problem> problems);

} // namespace gateway
