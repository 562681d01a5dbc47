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

void append_scope_with(
  std::string& out, const NodeState& node, bool covers_own, std::string_view missing) {
  out += R"("scope":{"nodes":[)";
  if (covers_own) append_json_string(out, node.node);
  out += R"(],"missing":)";
  out += missing;
  append_number(out += R"(,"as_of":)", milliseconds_since_epoch(wall_now()));
  out += '}';
}

} // namespace

void append_scope(std::string& out, const NodeState& node, std::span<const std::string> asked) {
  const auto is_asked = [&](const std::string& name) {
    return asked.empty() || std::ranges::find(asked, name) != asked.end();
  };
  static const std::vector<MemberState> nobody;
  const auto seen = node.cluster.load();
  const auto& members = seen ? seen->members : nobody;
  std::string missing = "[";
  for (const auto& member : members)
    if (member.name != node.node && is_asked(member.name))
      append_missing(
        missing,
        member.name,
        member.is_linked ? "not_merged" : "unreachable",
        member.is_linked ? wall_now() : member.last_seen);
  for (const auto& name : asked)
    if (name != node.node && std::ranges::find(members, name, &MemberState::name) == members.end())
      append_missing(missing, name, "unknown", WallTime{});
  missing += ']';
  append_scope_with(out, node, is_asked(node.node), missing);
}

void append_whole_scope(std::string& out, const NodeState& node) {
  append_scope_with(out, node, true, "[]");
}

} // namespace gateway
