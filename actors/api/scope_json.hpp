#pragma once

#include "actors/api/context.hpp"

#include <span>
#include <string>

namespace gateway {

/// Which nodes an answer covers, as the member `"scope":{…}` (dashboard.md, section 8): this one,
/// if it is among those that were asked for, and why the others are missing. `asked` empty: all.
void append_scope(std::string& out, const NodeState& node, std::span<const std::string> asked = {});
/// Of what is the same at all nodes, the document above all: nobody is missing.
void append_whole_scope(std::string& out, const NodeState& node);

} // namespace gateway
