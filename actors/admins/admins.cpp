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
    : own_{SessionSigner{std::move(secrets.session_secret)}, std::move(secrets.own_key_hash)},
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
  const auto* const issuer = issuer_of(token, *claim, keys);
  if (issuer == nullptr) return over();
  if (claim->until <= now || ended_.contains(claim->id)) return over();
  caller->session = facts_of(*claim, *issuer);
  return *std::move(caller);
}

Result<Admins::SignedIn>
Admins::sign_in(std::string_view token, std::string_view client, const KeyTable& keys, Moment now) {
  GATEWAY_TRY(auto found, look_at(token, client, keys, true, now.at));
  const SessionClaim claim{
    random_text(session_id_bytes), now.wall + session_time, std::move(found.subject)};
  SignedIn signed_in{std::move(found.caller), {}};
  signed_in.caller.session = facts_of(claim, own_);
  signed_in.token = own_.signer.token_of(claim, standing_of(claim.subject, keys, own_));
  return signed_in;
}

const Admins::Issuer*
Admins::issuer_of(std::string_view token, const SessionClaim& claim, const KeyTable& keys) const {
  const auto has_signed = [&](const Issuer& issuer) {
    return issuer.signer.is_signed(token, claim, standing_of(claim.subject, keys, issuer));
  };
  if (has_signed(own_)) return &own_;
  for (const auto& [node, issuer] : others_)
    if (has_signed(issuer)) return &issuer;
  return nullptr;
}

void Admins::trust(const std::string& node, Secret session_secret, std::string own_key_hash) {
  others_.insert_or_assign(
    node, Issuer{SessionSigner{std::move(session_secret)}, std::move(own_key_hash)});
}

std::vector<EndedSession> Admins::ended(WallTime now) const {
  std::vector<EndedSession> ended;
  for (const auto& [id, until] : ended_)
    if (until > now) ended.push_back({id, until});
  return ended;
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
bool Admins::is_own_key(std::string_view key) const {
  const auto hash = key_hash(key);
  const auto is_of = [&](const Issuer& issuer) {
    return !issuer.own_key_hash.empty() && same_secret(hash, issuer.own_key_hash);
  };
  return is_of(own_)
    || std::ranges::any_of(others_, [&](const auto& other) { return is_of(other.second); });
}

std::optional<Admins::Found> Admins::find_by_key(std::string_view key, const KeyTable& keys) const {
  if (is_own_key(key)) return Found{std::string{own_key_subject}, own_caller()};
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

std::string
Admins::standing_of(std::string_view subject, const KeyTable& keys, const Issuer& issuer) {
  if (subject == own_key_subject) return issuer.own_key_hash;
  const auto* admin = keys.admin_named(subject);
  return admin == nullptr ? "" : admin->hash + " " + std::string{role_text(admin->role)};
}

SessionFacts Admins::facts_of(const SessionClaim& claim, const Issuer& issuer) {
  return {claim.id, claim.until, issuer.signer.csrf_of(claim)};
}

} // namespace gateway
