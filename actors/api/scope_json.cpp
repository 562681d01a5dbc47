#include "actors/api/scope_json.hpp"

#include "net/base/json_text.hpp"

namespace gateway {

void append_scope(std::string& out, const NodeState& node) {
  out += R"("scope":{"nodes":[)";
  append_json_string(out, node.node);
  out += R"(],"missing":[],"as_of":)";
  append_number(out, milliseconds_since_epoch(wall_now()));
  out += '}';
}

} // namespace gateway
