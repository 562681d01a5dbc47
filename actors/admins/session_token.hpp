#pragma once

#include "net/base/secret.hpp"
#include "net/base/time.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace gateway {

/// What a session's cookie says: who, until when. Nothing is kept of it here.
struct SessionClaim {
  std::string id;
  WallTime until{};
  std::string subject; // an admin's name, or own_key_subject
};

/// The node's own admin key: no admin of a document can be called so.
constexpr std::string_view own_key_subject = "*";

/// A longer cookie is none of ours.
constexpr std::size_t session_token_bytes_max = 256;

/// Signs sessions and checks them, with a secret that all nodes of a cluster share.
/// Shape of a token: ID.UNTIL.SUBJECT.SIGNATURE; every character may stand in a cookie.
class SessionSigner {
public:
  explicit SessionSigner(Secret secret) : secret_(std::move(secret)) {}

  /// `standing`: what the session hangs on beside its claim, the admin's hash and role. It is
  /// signed and not said: when it changes, the signature no longer fits.
  std::string token_of(const SessionClaim& claim, std::string_view standing) const;

  /// The claim of a token, true or not.
  static std::optional<SessionClaim> read(std::string_view token);
  /// Constant time.
  bool
  is_signed(std::string_view token, const SessionClaim& claim, std::string_view standing) const;

  /// What a page must send with writes: whoever can't read this node's answers can't know it.
  std::string csrf_of(const SessionClaim& claim) const;

private:
  std::string
  mac(std::string_view purpose, const SessionClaim& claim, std::string_view standing) const;

  Secret secret_;
};

/// In constant time for texts of equal length.
bool same_secret(std::string_view a, std::string_view b) noexcept;

} // namespace gateway
