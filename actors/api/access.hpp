#pragma once

#include "actors/api/context.hpp"
#include "net/base/co.hpp"
#include "net/http/exchange.hpp"

#include <string>
#include <string_view>

/// Who may call (contract, section 4, "Who may call").
namespace gateway {

/// The virtual key of an inference request; null where none is needed.
/// Errors: invalid_api_key, not_allowed (a keyless node behind a proxy, a foreign Host or Origin).
Result<const KeyConfig*>
check_inference(const Exchange& exchange, const NodeState& node, const KeyTable& keys);

/// Who asks, by the admin key or else the session's cookie. A write by cookie must carry the
/// session's X-CSRF: its page alone can know it.
/// Errors: invalid_api_key, not_allowed, rate_limit_exceeded.
Co<Result<Caller>> find_caller(Context& context, const Exchange& exchange);

/// The caller has at least this role. Errors: not_allowed, saying which is needed.
Result<void> check_role(const Caller& caller, AdminRole needed);

/// "host:port" or "[v6]:port" → host.
std::string_view host_without_port(std::string_view authority);

/// `Host` names this node: an address, localhost or a --public-url; and an `Origin`, if sent, is
/// the same host, this machine or a --public-url. Keeps a web page elsewhere from reaching a local
/// node through its visitor's browser.
Result<void> check_host(const RequestHead& head, const NodeState& node);

} // namespace gateway
