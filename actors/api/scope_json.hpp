#pragma once

#include "actors/api/context.hpp"

#include <span>
#include <string>

namespace gateway {

/// Which nodes an answer covers, as the member `"scope":{…}` (dashboard.md, section 8): this one,
/// if it is among those that were asked for. `asked` empty: all.
void append_scope(std::string& out, const NodeState& node, std::span<const std::string> asked = {});

} // namespace gateway
