#include "net/http/head_syntax.hpp"
#include "net/upstream/origin.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>

namespace gateway {
namespace {

constexpr std::size_t url_bytes_max = 2048;
constexpr std::size_t host_bytes_max = 253; // RFC 1035, section 2.3.4, as text

bool is_name_character(char c) noexcept {
  // An underscore is no host name's, but container networks hand such names out.
  return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
}

bool is_ipv4(const std::string& host) noexcept {
  in_addr address{};
  return ::inet_pton(AF_INET, host.c_str(), &address) == 1;
}

bool is_ipv6(const std::string& host) noexcept {
  in6_addr address{};
  return ::inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

/// Names whose last label is a number are read as addresses by resolvers in forms nobody expects
/// ("127.1", "0x7f.1"): only the plain form of four numbers is one here (WHATWG URL, "ends in a
/// number").
bool ends_in_a_number(std::string_view host) noexcept {
  const auto label = host.substr(host.rfind('.') + 1);
  return std::ranges::all_of(label, is_digit) || label.starts_with("0x");
}

Result<void> check_name(const std::string& host) {
  if (host.empty()) return fail(ErrorKind::invalid_value, "the URL has no host");
  if (host.size() > host_bytes_max)
    return fail(ErrorKind::invalid_value, "the host name is too long");
  for (std::size_t begin = 0; begin <= host.size();) {
    const auto end = std::min(host.find('.', begin), host.size());
    const auto label = std::string_view{host}.substr(begin, end - begin);
    if (
      label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-'
      || !std::ranges::all_of(label, is_name_character))
      return fail(ErrorKind::invalid_value, "the host is neither a name nor an address");
    begin = end + 1;
  }
  if (ends_in_a_number(host) && !is_ipv4(host))
    return fail(ErrorKind::invalid_value, "the host is not an IPv4 address of four numbers");
  return {};
}

Result<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, port);
  if (parsed.ec != std::errc{} || parsed.ptr != end || port == 0)
    return fail(ErrorKind::invalid_value, "the port is not a number from 1 to 65535");
  return port;
}

Result<Origin> parse_authority(std::string_view authority, bool tls) {
  Origin origin{.tls = tls, .host = {}, .port = std::uint16_t(tls ? 443 : 80), .host_header = {}};
  std::string_view behind_host;
  if (authority.starts_with('[')) {
    const auto bracket = authority.find(']');
    if (bracket == authority.npos)
      return fail(ErrorKind::invalid_value, "the bracket of the IPv6 address is not closed");
    origin.host = authority.substr(1, bracket - 1);
    if (!is_ipv6(origin.host))
      return fail(ErrorKind::invalid_value, "what stands in brackets is not an IPv6 address");
    behind_host = authority.substr(bracket + 1);
    origin.host_header = authority.substr(0, bracket + 1);
  } else {
    const auto colon = std::min(authority.find(':'), authority.size());
    origin.host = authority.substr(0, colon);
    std::ranges::transform(origin.host, origin.host.begin(), to_lower_ascii);
    if (auto checked = check_name(origin.host); !checked) return fail(std::move(checked.error()));
    behind_host = authority.substr(colon);
    origin.host_header = origin.host;
  }
  if (behind_host.empty()) return origin;
  if (!behind_host.starts_with(':'))
    return fail(ErrorKind::invalid_value, "only a port may follow the IPv6 address");
  const auto default_port = origin.port;
  GATEWAY_TRY(origin.port, parse_port(behind_host.substr(1)));
  if (origin.port != default_port) origin.host_header += ":" + std::to_string(origin.port);
  return origin;
}

} // namespace

Result<BaseUrl> parse_base_url(std::string_view url) {
  if (url.size() > url_bytes_max) return fail(ErrorKind::invalid_value, "the URL is too long");
  if (!std::ranges::all_of(url, [](char c) { return c > ' ' && c < 0x7f && c != '\\'; }))
    return fail(
      ErrorKind::invalid_value, "the URL has a space, a backslash or a control character");
  const auto scheme_end = url.find("://");
  const auto scheme = url.substr(0, scheme_end);
  const bool tls = same_ignoring_case(scheme, "https");
  if (scheme_end == url.npos || (!tls && !same_ignoring_case(scheme, "http")))
    return fail(ErrorKind::invalid_value, "the URL must begin with https:// or http://");
  if (url.find('?') != url.npos || url.find('#') != url.npos)
    return fail(ErrorKind::invalid_value, "the URL may have no query and no fragment");
  const auto rest = url.substr(scheme_end + 3);
  const auto authority = rest.substr(0, rest.find('/'));
  if (authority.find('@') != authority.npos)
    return fail(ErrorKind::invalid_value, "the URL may hold no user name or password");
  BaseUrl parsed;
  GATEWAY_TRY(parsed.origin, parse_authority(authority, tls));
  auto path = rest.substr(authority.size());
  while (path.ends_with('/')) path.remove_suffix(1);
  parsed.path = path;
  return parsed;
}

} // namespace gateway
