#include "actors/api/scope_json.hpp"

#include "net/base/json_text.hpp"

#include <algorithm>

namespace gateway {
namespace {

void append_missing(
  std::string& out, const std::string& name, std::string_view reason, WallTime last_seen) {
  if (out.back() != '[') out += ',';
  append_json_string(out += R"({"node":)", name);
  append_json_string(out += R"(,"reason":)", reason);
  append_number(out += R"(,"last_seen":)", milliseconds_since_epoch(last_seen));
  out += '}';
}

bool has(std::span<const std::string> names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

// `merged`: other nodes that the answer covers; `silent`: why one that is linked is not among them.
void append_scope_with(
  std::string& out,
  const NodeState& node,
  std::span<const std::string> asked,
  std::span<const std::string> merged,
  std::string_view silent) {
  static const std::vector<MemberState> nobody;
  const auto wanted = [&](const std::string& name) { return asked.empty() || has(asked, name); };
  const auto seen = node.cluster.load();
  const auto& members = seen ? seen->members : nobody;
  std::vector<std::string> nodes(merged.begin(), merged.end());
  if (wanted(node.node)) nodes.push_back(node.node);
  std::ranges::sort(nodes);
  out += R"("scope":{"nodes":[)";
  for (const auto& name : nodes) {
    if (out.back() != '[') out += ',';
    append_json_string(out, name);
  }
  std::string missing = "[";
  for (const auto& member : members)
    if (member.name != node.node && wanted(member.name) && !has(merged, member.name))
      append_missing(
        missing,
        member.name,
        member.is_linked ? silent : "unreachable",
        member.is_linked ? wall_now() : member.last_seen);
  for (const auto& name : asked)
    if (name != node.node && std::ranges::find(members, name, &MemberState::name) == members.end())
      append_missing(missing, name, "unknown", WallTime{});
  out += R"(],"missing":)" + missing;
  append_number(out += R"(],"as_of":)", milliseconds_since_epoch(wall_now()));
  out += '}';
}

} // namespace

void append_scope(std::string& out, const NodeState& node, std::span<const std::string> asked) {
  append_scope_with(out, node, asked, {}, "not_merged");
}

void append_merged_scope(
  std::string& out,
  const NodeState& node,
  std::span<const std::string> asked,
  std::span<const std::string> merged) {
  append_scope_with(out, node, asked, merged, "stale");
}

void append_whole_scope(std::string& out, const std::string& node) {
  append_json_string(out += R"("scope":{"nodes":[)", node);
  append_number(out += R"(],"missing":[],"as_of":)", milliseconds_since_epoch(wall_now()));
  out += '}';
}

void append_count(std::string& out, const FoundCount& count) {
  append_number(out += R"("count":{"value":)", count.value);
  out += count.exact ? R"(,"exact":true})" : R"(,"exact":false})";
}

} // namespace gateway
