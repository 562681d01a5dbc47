#include "actors/api/scope_json.hpp"

#include "net/base/json_text.hpp"

#include <algorithm>

namespace gateway {

void append_scope(std::string& out, const NodeState& node, std::span<const std::string> asked) {
  out += R"("scope":{"nodes":[)";
  if (asked.empty() || std::ranges::find(asked, node.node) != asked.end())
    append_json_string(out, node.node);
  out += R"(],"missing":[],"as_of":)";
  append_number(out, milliseconds_since_epoch(wall_now()));
  out += '}';
}

} // namespace gateway
