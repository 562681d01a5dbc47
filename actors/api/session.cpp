#include "actors/admins/admins.hpp"
#include "actors/api/access.hpp"
#include "actors/api/audit.hpp"
#include "actors/api/endpoint.hpp"
#include "actors/api/json_body.hpp"
#include "actors/api/scope_json.hpp"
#include "actors/api/session_cookie.hpp"
#include "actors/runtime/ask.hpp"
#include "net/base/json_text.hpp"

#include <array>

namespace gateway {
namespace {

constexpr std::size_t sign_in_bytes_max = 4 * 1024;

std::string me_json(const Context& context, const Caller& caller) {
  const auto& document = *context.in_force->directory->plan->document;
  const auto& session = caller.session;
  std::string body = "{";
  append_whole_scope(body, context.node.node);
  append_json_string(body += R"(,"name":)", caller.name);
  append_json_string(body += R"(,"role":)", role_text(caller.role));
  body += R"(,"csrf":)";
  if (session)
    append_json_string(body, session->csrf);
  else
    body += "null";
  body += R"(,"expires_at":)";
  body += session ? std::to_string(milliseconds_since_epoch(session->until)) : "null";
  append_json_string(body += R"(,"node":)", context.node.node);
  append_json_string(body += R"(,"version":)", context.node.version);
  append_number(body += R"(,"config_version":)", document.version);
  body += document.settings.locked ? R"(,"locked":"settings.locked")" : R"(,"locked":null)";
  body += context.node.demo ? R"(,"features":["demo"]})" : R"(,"features":[]})";
  return body;
}

// A page elsewhere may send a form's kinds of body without asking first; JSON it may not.
bool is_json(const RequestHead& head) {
  const auto type = head.find("content-type").value_or("");
  return same_ignoring_case(type.substr(0, type.find(';')), "application/json");
}

Co<std::optional<Secret>> read_token(Exchange& exchange) {
  if (!is_json(exchange.head())) {
    Error error{
      ErrorKind::unsupported_media_type,
      "The body must be sent as content-type: application/json.",
      "",
      {}};
    co_await answer_problem(exchange, std::move(error));
    co_return std::nullopt;
  }
  const auto order = co_await object_of(exchange, sign_in_bytes_max);
  if (!order) co_return std::nullopt;
  const auto* token = order->find("token");
  if (token != nullptr && token->is_string() && !token->text.empty()) co_return Secret{token->text};
  Error error{
    ErrorKind::missing_field, "\"token\" is an admin key or a sign-in code.", "token", {}};
  co_await answer_problem(exchange, std::move(error));
  co_return std::nullopt;
}

Co<void> sign_in(Context& context, Exchange& exchange) {
  if (auto ours = check_host(exchange.head(), context.node); !ours)
    co_return co_await answer_problem(exchange, std::move(ours.error()));
  auto token = co_await read_token(exchange);
  if (!token) co_return;
  const auto in_force = context.in_force;
  SignInRequest question{*std::move(token), std::string{exchange.client()}, in_force->keys};
  auto asked = ask<SignInAnswer>(context.unit, context.admins, std::move(question));
  auto answer = co_await asked;
  if (!answer) co_return co_await answer_problem(exchange, std::move(answer.error()));
  if (!answer->caller) co_return co_await answer_problem(exchange, std::move(answer->refusal));
  const auto& caller = *answer->caller;
  EventRecord act;
  act.kind = EventKind::sign_in;
  act.text = "signed in";
  auto told = co_await tell(context, exchange, caller, std::move(act));
  if (!told) co_return co_await answer_problem(exchange, std::move(told.error()));
  const bool by_https = is_by_https(exchange, context.node);
  const auto name = session_cookie_name(exchange.head(), by_https);
  HeaderList headers;
  headers.add("content-type", "application/json");
  headers.add("set-cookie", session_cookie(name, answer->session.reveal(), session_time, by_https));
  co_await send_answer(exchange, 200, headers, me_json(context, caller));
}

// With a key there is no session, and that it is over is true as well.
Co<void> sign_out(Context& context, Exchange& exchange, const Caller& caller) {
  if (caller.session) {
    SignOutRequest question{{caller.session->id, caller.session->until}};
    auto asked = ask<SignOutAnswer>(context.unit, context.admins, std::move(question));
    const auto done = co_await asked;
    if (!done) co_return co_await answer_problem(exchange, done.error());
    // The log is what a restart knows of it: before that it is over only for this life.
    EventRecord act;
    act.kind = EventKind::sign_out;
    act.text = "signed out";
    act.ref = caller.session->id;
    act.until = caller.session->until;
    auto told = co_await tell(context, exchange, caller, std::move(act));
    if (!told) co_return co_await answer_problem(exchange, std::move(told.error()));
  }
  const bool by_https = is_by_https(exchange, context.node);
  const auto name = session_cookie_name(exchange.head(), by_https);
  HeaderList headers;
  headers.add("set-cookie", session_cookie(name, "", std::chrono::seconds{0}, by_https));
  co_await send_answer(exchange, 204, headers, "");
}

Co<void> me(Context& context, Exchange& exchange, const Caller& caller) {
  co_await answer_json(exchange, me_json(context, caller));
}

} // namespace

std::span<const Route> session_routes() {
  static constexpr std::array routes{
    Route{"POST", "/admin/v1/session", sign_in},
    Route{"DELETE", "/admin/v1/session", AdminRole::viewer, sign_out},
    Route{"GET", "/admin/v1/me", AdminRole::viewer, me}};
  return routes;
}

} // namespace gateway
