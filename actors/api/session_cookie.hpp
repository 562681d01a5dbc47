#pragma once

#include "actors/api/context.hpp"
#include "net/http/exchange.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

/// The cookie that a session lives in.
namespace gateway {

/// People reach the node by https: this connection is, or a proxy's is, by the --public-url that
/// this request's Host names.
bool is_by_https(const Exchange& exchange, const NodeState& node);

/// `llm-gateway-PORT`, by the port that the browser sees: cookies know hosts and no ports, and
/// several nodes may share a host.
std::string session_cookie_name(const RequestHead& head, bool by_https);

/// The session that the browser sent, a view into its headers; none where it sent none.
std::optional<std::string_view> session_in(const RequestHead& head, std::string_view cookie_name);

/// A value of Set-Cookie. `token`: empty ends it. Out of reach for scripts, and never sent along
/// with what another site's page asks for.
std::string session_cookie(
  std::string_view name, std::string_view token, std::chrono::seconds life, bool by_https);

} // namespace gateway
