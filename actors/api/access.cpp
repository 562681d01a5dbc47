#include "actors/api/access.hpp"

#include "actors/admins/session_token.hpp"
#include "actors/api/session_cookie.hpp"
#include "actors/runtime/ask.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>

namespace gateway {
namespace {

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
  return host_without_port(origin.substr(scheme + 3));
}

Failed bad_key() {
  return fail(ErrorKind::invalid_api_key, "A valid API key is needed: Authorization: Bearer KEY.");
}

bool writes(const RequestHead& head) {
  return head.method != "GET" && head.method != "HEAD";
}

} // namespace

std::string_view host_without_port(std::string_view authority) {
  if (authority.starts_with('[')) {
    const auto end = authority.find(']');
    return end == std::string_view::npos ? authority : authority.substr(1, end - 1);
  }
  return authority.substr(0, authority.find(':'));
}

Result<void> check_host(const RequestHead& head, const NodeState& node) {
  const auto host = head.find("host");
  const auto own = host_without_port(host.value_or(""));
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
  if (keys.any_key()) {
    const auto presented = presented_key(head.headers);
    const auto* key = presented ? keys.find_key(*presented) : nullptr;
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

Co<Result<Caller>> find_caller(Context& context, const Exchange& exchange) {
  const auto& head = exchange.head();
  if (auto ours = check_host(head, context.node); !ours) co_return fail(std::move(ours.error()));
  const auto key = presented_key(head.headers);
  const auto cookie = session_cookie_name(head, is_by_https(exchange, context.node));
  const auto session = session_in(head, cookie);
  if (!key && !session)
    co_return fail(
      ErrorKind::invalid_api_key, "Sign in, or send an admin key: Authorization: Bearer KEY.");
  const auto in_force = context.in_force;
  CallerRequest question{
    Secret{std::string{key.value_or("")}},
    Secret{std::string{key ? "" : *session}},
    std::string{exchange.client()},
    in_force->keys};
  auto asked = ask<CallerAnswer>(context.unit, context.admins, std::move(question));
  auto answer = co_await asked;
  if (!answer) co_return fail(std::move(answer.error()));
  if (!answer->caller) co_return fail(std::move(answer->refusal));
  auto& caller = *answer->caller;
  if (caller.session && writes(head)) {
    const auto sent = head.find("x-csrf").value_or("");
    if (!same_secret(sent, caller.session->csrf))
      co_return fail(
        ErrorKind::not_allowed, "A write by cookie needs the header X-CSRF, as GET /me says it.");
  }
  co_return std::move(caller);
}

Result<void> check_role(const Caller& caller, AdminRole needed) {
  if (caller.role >= needed) return {};
  std::string message = "This needs the role ";
  message += role_text(needed);
  message += "; " + caller.name + " has the role ";
  message += role_text(caller.role);
  return fail(ErrorKind::not_allowed, message + ".");
}

} // namespace gateway
