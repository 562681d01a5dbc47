#pragma once

#include "actors/api/context.hpp"
#include "persistence/found_count.hpp"

#include <span>
#include <string>

namespace gateway {

/// Which nodes an answer covers, as the member `"scope":{…}` (dashboard.md, section 8): this one,
/// if it is among those that were asked for, and why the others are missing. `asked` empty: all.
void append_scope(std::string& out, const NodeState& node, std::span<const std::string> asked = {});
/// Of an answer that has the figures of those other nodes as well: who is linked and not among them
/// did not say in time.
void append_merged_scope(
  std::string& out,
  const NodeState& node,
  std::span<const std::string> asked,
  std::span<const std::string> merged);
/// Of what one node can say for all, the document above all: nobody is missing.
void append_whole_scope(std::string& out, const std::string& node);
/// How many items the whole list has, whatever page of it is told: `"count":{…}`.
void append_count(std::string& out, const FoundCount& count);

} // namespace gateway
