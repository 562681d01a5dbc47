#include "actors/admins/admins.hpp"

#include <algorithm>
#include <utility>

namespace gateway {
namespace {

constexpr std::size_t session_id_bytes = 16;

// The name under which the node's own key acts.
constexpr std::string_view own_key_name = "admin";

Caller own_caller() {
  return {std::string{own_key_name}, AdminRole::admin, {}};
}

} // namespace

Admins::Admins(AdminSecrets secrets, Instant now)
    : signer_(std::move(secrets.session_secret)), own_key_hash_(std::move(secrets.own_key_hash)),
      code_until_(now + sign_in_code_time) {
  if (!secrets.sign_in_code.empty()) code_ = digest_of(secrets.sign_in_code.reveal());
}

Result<Caller>
Admins::by_key(std::string_view key, std::string_view client, const KeyTable& keys, Instant now) {
  GATEWAY_TRY(auto found, look_at(key, client, keys, false, now));
  return std::move(found.caller);
}

Result<Caller>
Admins::by_session(std::string_view token, const KeyTable& keys, WallTime now) const {
  const auto over = [] {
    return fail(ErrorKind::invalid_api_key, "This session is over: sign in again.");
  };
  const auto claim = SessionSigner::read(token);
  if (!claim) return over();
  auto caller = caller_of(claim->subject, keys);
  if (!caller) return over();
  if (!signer_.is_signed(token, *claim, standing_of(claim->subject, keys))) return over();
  if (claim->until <= now || ended_.contains(claim->id)) return over();
  caller->session = facts_of(*claim);
  return *std::move(caller);
}

Result<Admins::SignedIn>
Admins::sign_in(std::string_view token, std::string_view client, const KeyTable& keys, Moment now) {
  GATEWAY_TRY(auto found, look_at(token, client, keys, true, now.at));
  const SessionClaim claim{
    random_text(session_id_bytes), now.wall + session_time, std::move(found.subject)};
  SignedIn signed_in{std::move(found.caller), {}};
  signed_in.caller.session = facts_of(claim);
  signed_in.token = signer_.token_of(claim, standing_of(claim.subject, keys));
  return signed_in;
}

void Admins::end_session(EndedSession session, WallTime now) {
  std::erase_if(ended_, [&](const auto& ended) { return ended.second <= now; });
  ended_.insert_or_assign(std::move(session.id), session.until);
  if (ended_.size() <= ended_sessions_max) return;
  const auto by_time = [](const auto& a, const auto& b) { return a.second < b.second; };
  ended_.erase(std::ranges::min_element(ended_, by_time));
}

// What is right costs nothing; while a client must wait, right and wrong look the same.
Result<Admins::Found> Admins::look_at(
  std::string_view token,
  std::string_view client,
  const KeyTable& keys,
  bool code_too,
  Instant now) {
  if (const auto wait = throttle_.wait(client, now)) {
    refused_.add(client);
    return fail(Error{
      ErrorKind::rate_limit_exceeded, "Too many wrong keys came from here: wait.", "", *wait});
  }
  std::optional<Found> found;
  if (code_too && take_code(token, now))
    found = Found{std::string{own_key_subject}, own_caller()};
  else
    found = find_by_key(token, keys);
  if (found) {
    throttle_.succeeded(client, now);
    return *std::move(found);
  }
  throttle_.failed(client, now);
  refused_.add(client);
  return fail(
    ErrorKind::invalid_api_key,
    code_too ? "This is no admin key, and no sign-in code that still works."
             : "This is no admin key.");
}

// Hashes are compared: how long that takes says nothing about the key.
std::optional<Admins::Found> Admins::find_by_key(std::string_view key, const KeyTable& keys) const {
  if (!own_key_hash_.empty() && same_secret(key_hash(key), own_key_hash_))
    return Found{std::string{own_key_subject}, own_caller()};
  const auto* admin = keys.find_admin(key);
  if (admin == nullptr) return std::nullopt;
  return Found{admin->name, {admin->name, admin->role, {}}};
}

bool Admins::take_code(std::string_view code, Instant now) {
  if (!code_ || now >= code_until_ || !same_digest(digest_of(code), *code_)) return false;
  code_.reset();
  return true;
}

std::optional<Caller> Admins::caller_of(std::string_view subject, const KeyTable& keys) const {
  if (subject == own_key_subject) return own_caller();
  const auto* admin = keys.admin_named(subject);
  if (admin == nullptr) return std::nullopt;
  return Caller{admin->name, admin->role, {}};
}

std::string Admins::standing_of(std::string_view subject, const KeyTable& keys) const {
  if (subject == own_key_subject) return own_key_hash_;
  const auto* admin = keys.admin_named(subject);
  return admin == nullptr ? "" : admin->hash + " " + std::string{role_text(admin->role)};
}

SessionFacts Admins::facts_of(const SessionClaim& claim) const {
  return {claim.id, claim.until, signer_.csrf_of(claim)};
}

} // namespace gateway
