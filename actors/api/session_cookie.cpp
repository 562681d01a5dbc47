#include "actors/api/session_cookie.hpp"

#include "actors/api/access.hpp"

#include <algorithm>

namespace gateway {
namespace {

std::string_view port_in(std::string_view authority) {
  const auto bracket = authority.rfind(']');
  const auto colon = authority.rfind(':');
  if (colon == authority.npos || (bracket != authority.npos && colon < bracket)) return "";
  const auto port = authority.substr(colon + 1);
  const bool is_number = !port.empty() && port.size() <= 5
    && std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; });
  return is_number ? port : "";
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

} // namespace

bool is_by_https(const Exchange& exchange, const NodeState& node) {
  if (exchange.is_tls()) return true;
  const auto host = host_without_port(exchange.head().find("host").value_or(""));
  return std::ranges::any_of(
    node.https_hosts, [&](const std::string& known) { return same_ignoring_case(host, known); });
}

std::string session_cookie_name(const RequestHead& head, bool by_https) {
  const auto port = port_in(head.find("host").value_or(""));
  const auto usual = by_https ? std::string_view{"443"} : std::string_view{"80"};
  return "llm-gateway-" + std::string{port.empty() ? usual : port};
}

std::optional<std::string_view> session_in(const RequestHead& head, std::string_view cookie_name) {
  for (const auto& header : head.headers) {
    if (!same_ignoring_case(header.name, "cookie")) continue;
    auto rest = header.value;
    while (!rest.empty()) {
      const auto pair = trimmed(rest.substr(0, rest.find(';')));
      rest.remove_prefix(
        std::min(rest.size(), rest.find(';') == rest.npos ? rest.size() : rest.find(';') + 1));
      const auto equals = pair.find('=');
      if (equals != pair.npos && pair.substr(0, equals) == cookie_name)
        return pair.substr(equals + 1);
    }
  }
  return std::nullopt;
}

std::string session_cookie(
  std::string_view name, std::string_view token, std::chrono::seconds life, bool by_https) {
  std::string cookie{name};
  cookie += '=';
  cookie += token;
  cookie += "; Path=/admin; Max-Age=" + std::to_string(life.count());
  cookie += "; HttpOnly; SameSite=Strict";
  if (by_https) cookie += "; Secure";
  return cookie;
}

} // namespace gateway
