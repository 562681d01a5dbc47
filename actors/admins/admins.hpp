#pragma once

#include "actors/admins/caller.hpp"
#include "actors/admins/refused_sign_ins.hpp"
#include "actors/admins/session_token.hpp"
#include "actors/admins/sign_in_throttle.hpp"
#include "actors/keys/virtual_key.hpp"
#include "net/base/result.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

constexpr std::chrono::hours session_time{12};
constexpr std::chrono::minutes sign_in_code_time{10};
/// Ended sessions that are remembered; beyond it the one that would be over first is forgotten.
constexpr std::size_t ended_sessions_max = 10'000;

/// What the node knows of its admins beside the document.
struct AdminSecrets {
  Secret session_secret;    // what sessions are signed with
  std::string own_key_hash; // of the node's own admin key
  Secret sign_in_code;      // of the link that this start printed; empty: none
};

/// Decides who asks under /admin/v1: admin keys, the one-time code and sessions. Thread: its
/// owner's.
class Admins {
public:
  struct Moment {
    Instant at{};
    WallTime wall{};
  };
  struct SignedIn {
    Caller caller;
    std::string token; // for the cookie alone
  };

  Admins(AdminSecrets secrets, Instant now);

  /// Who sent this admin key. Errors: invalid_api_key; rate_limit_exceeded, and the key was not
  /// looked at.
  Result<Caller>
  by_key(std::string_view key, std::string_view client, const KeyTable& keys, Instant now);

  /// Whose session that is. Errors: invalid_api_key.
  Result<Caller> by_session(std::string_view token, const KeyTable& keys, WallTime now) const;

  /// A session for whoever has an admin key, or the code, which works once. Errors: as of by_key.
  Result<SignedIn>
  sign_in(std::string_view token, std::string_view client, const KeyTable& keys, Moment now);

  /// Ends a session here; also for what the audit log tells at a start, and other nodes.
  void end_session(EndedSession session, WallTime now);
  /// Those that ended and would last yet.
  std::vector<EndedSession> ended(WallTime now) const;

  /// Another node of the cluster: its admin key and its sessions are good here too.
  void trust(const std::string& node, Secret session_secret, std::string own_key_hash);
  /// It was removed from the cluster.
  void distrust(const std::string& node) { others_.erase(node); }

  RefusedSignIns& refused() noexcept { return refused_; }

private:
  /// A node that signs sessions.
  struct Issuer {
    SessionSigner signer;
    std::string own_key_hash;
  };
  struct Found {
    std::string subject;
    Caller caller;
  };
  Result<Found> look_at(
    std::string_view token, std::string_view client, const KeyTable& keys, bool code_too, Instant);
  std::optional<Found> find_by_key(std::string_view key, const KeyTable& keys) const;
  bool take_code(std::string_view code, Instant now);
  std::optional<Caller> caller_of(std::string_view subject, const KeyTable& keys) const;
  static std::string
  standing_of(std::string_view subject, const KeyTable& keys, const Issuer& issuer);
  static SessionFacts facts_of(const SessionClaim& claim, const Issuer& issuer);
  const Issuer*
  issuer_of(std::string_view token, const SessionClaim& claim, const KeyTable& keys) const;
  bool is_own_key(std::string_view key) const;

  Issuer own_;
  std::map<std::string, Issuer> others_; // by node
  std::optional<KeyDigest> code_;
  Instant code_until_{};
  SignInThrottle throttle_;
  RefusedSignIns refused_;
  std::map<std::string, WallTime, std::less<>> ended_; // sessions, by id: until when
};

} // namespace gateway
