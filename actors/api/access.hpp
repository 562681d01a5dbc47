#pragma once

#include "actors/api/context.hpp"
#include "net/http/exchange.hpp"

#include <string>
#include <string_view>

/// Who may call (contract, section 4, "Who may call").
namespace gateway {

/// The virtual key of an inference request; null where none is needed.
/// Errors: invalid_api_key, not_allowed (a keyless node behind a proxy, a foreign Host or Origin).
Result<const KeyConfig*>
check_inference(const Exchange& exchange, const NodeState& node, const KeyTable& keys);

/// The caller holds the node's admin key or is one of the document's admins.
/// Errors: invalid_api_key, not_allowed.
Result<void> check_admin(const Exchange& exchange, const NodeState& node, const KeyTable& keys);

/// As check_admin, for what only the role `admin` may do: editing the document and its keys.
/// Returns the caller's name, `admin` for the node's own key. Errors: as above.
Result<std::string>
check_editor(const Exchange& exchange, const NodeState& node, const KeyTable& keys);

/// `Host` names this node: an address, localhost or a --public-url; and an `Origin`, if sent, is
/// the same host, this machine or a --public-url. Keeps a web page elsewhere from reaching a local
/// node through its visitor's browser.
Result<void> check_host(const RequestHead& head, const NodeState& node);

} // namespace gateway
