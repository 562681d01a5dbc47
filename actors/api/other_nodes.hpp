#pragma once

#include "actors/api/context.hpp"
#include "net/base/co.hpp"

#include <map>
#include <span>
#include <string>
#include <vector>

namespace gateway {

/// The members that are linked with this node at this moment, itself not; of those asked for, where
/// some are.
std::vector<std::string>
linked_nodes(const NodeState& node, std::span<const std::string> asked = {});
/// Whether this node is among those asked for; none: all are.
bool is_asked(const NodeState& node, std::span<const std::string> asked);

/// Takes over what other nodes counted up to now; says whose figures that are.
Co<std::vector<std::string>> sync_usage(Context& context, std::span<const std::string> asked);

/// Asks other nodes, each its own question; says who answered what.
Co<std::map<std::string, std::string>>
ask_nodes(Context& context, PeerTopic topic, std::map<std::string, std::string> questions);

/// The names that a map has.
std::vector<std::string> names_of(const std::map<std::string, std::string>& by_name);

} // namespace gateway
