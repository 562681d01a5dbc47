#pragma once

#include "actors/api/context.hpp"

#include <string>

namespace gateway {

/// Which nodes an answer covers, as the member `"scope":{…}` (dashboard.md, section 8): this one.
void append_scope(std::string& out, const NodeState& node);

} // namespace gateway
