#include "actors/api/access.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>

namespace gateway {
namespace {

// "host:port" or "[v6]:port" → host.
std::string_view without_port(std::string_view authority) {
  if (authority.starts_with('[')) {
    const auto end = authority.find(']');
    return end == std::string_view::npos ? authority : authority.substr(1, end - 1);
  }
  return authority.substr(0, authority.find(':'));
}

std::optional<boost::asio::ip::address> address_in(std::string_view host) {
  boost::system::error_code error;
  const std::string text{host};
  // Without a colon it can't be the longer kind, which would be tried first.
  boost::asio::ip::address address;
  if (host.find(':') == std::string_view::npos)
    address = boost::asio::ip::make_address_v4(text, error);
  else
    address = boost::asio::ip::make_address(text, error);
  return error ? std::nullopt : std::optional{address};
}

bool is_public(std::string_view host, const NodeState& node) {
  return std::ranges::any_of(
    node.public_hosts, [&](const std::string& known) { return same_ignoring_case(host, known); });
}

bool is_ours(std::string_view host, const NodeState& node) {
  return same_ignoring_case(host, "localhost") || address_in(host) || is_public(host, node);
}

// A page of this node's own host, or of the machine its visitor sits at. Any address will not do
// here: pages elsewhere have one as well.
bool is_near(std::string_view page, std::string_view own, const NodeState& node) {
  if (same_ignoring_case(page, own) || same_ignoring_case(page, "localhost")) return true;
  const auto address = address_in(page);
  return (address && address->is_loopback()) || is_public(page, node);
}

std::optional<std::string_view> host_of_origin(std::string_view origin) {
  const auto scheme = origin.find("://");
  if (scheme == std::string_view::npos) return std::nullopt; // "null": a sandboxed page
  return without_port(origin.substr(scheme + 3));
}

Failed bad_key() {
  return fail(ErrorKind::invalid_api_key, "A valid API key is needed: Authorization: Bearer KEY.");
}

// Null for the node's own key.
Result<const AdminConfig*>
find_admin(const Exchange& exchange, const NodeState& node, const KeyTable& keys) {
  if (auto ours = check_host(exchange.head(), node); !ours) return fail(std::move(ours.error()));
  const auto presented = presented_key(exchange.head().headers);
  if (!presented) return bad_key();
  // Hashes are compared: how long that takes says nothing about the key.
  if (!node.admin_key_hash.empty() && key_hash(*presented) == node.admin_key_hash)
    return static_cast<const AdminConfig*>(nullptr);
  const auto* admin = keys.find_admin(*presented);
  if (admin == nullptr) return bad_key();
  return admin;
}

} // namespace

Result<void> check_host(const RequestHead& head, const NodeState& node) {
  const auto host = head.find("host");
  const auto own = without_port(host.value_or(""));
  if (host && !is_ours(own, node))
    return fail(
      ErrorKind::not_allowed,
      "This node does not know itself by the Host of this request; name it by --public-url.");
  const auto origin = head.find("origin");
  if (!origin) return {};
  const auto page = host_of_origin(*origin);
  if (!page || !is_near(*page, own, node))
    return fail(ErrorKind::not_allowed, "Requests from web pages of another origin are refused.");
  return {};
}

Result<const KeyConfig*>
check_inference(const Exchange& exchange, const NodeState& node, const KeyTable& keys) {
  const auto& head = exchange.head();
  const bool keyless = node.allow_open || (!keys.any_key() && exchange.on_loopback());
  const auto presented = presented_key(head.headers);
  if (keys.any_key() && presented) {
    const auto* key = keys.find_key(*presented);
    if (key != nullptr && !key->enabled)
      return fail(ErrorKind::not_allowed, "This API key is disabled.");
    if (key != nullptr) return key;
  }
  if (!keyless) return bad_key();
  if (!node.allow_open && (head.find("forwarded") || head.find("x-forwarded-for")))
    return fail(
      ErrorKind::not_allowed,
      "This node needs no key on its loopback address, so it must not stand behind a proxy: "
      "create a key, or start it with --allow-open.");
  if (auto ours = check_host(head, node); !ours) return fail(std::move(ours.error()));
  return static_cast<const KeyConfig*>(nullptr);
}

Result<void> check_admin(const Exchange& exchange, const NodeState& node, const KeyTable& keys) {
  const auto caller = find_admin(exchange, node, keys);
  if (!caller) return fail(caller.error());
  return {};
}

Result<std::string>
check_editor(const Exchange& exchange, const NodeState& node, const KeyTable& keys) {
  const auto caller = find_admin(exchange, node, keys);
  if (!caller) return fail(caller.error());
  if (*caller == nullptr) return std::string("admin");
  if ((*caller)->role != AdminRole::admin)
    return fail(ErrorKind::not_allowed, "Only the role admin may edit the document.");
  return (*caller)->name;
}

} // namespace gateway
