#pragma once

#include "actors/admins/admins.hpp"
#include "actors/node/options.hpp"
#include "net/base/result.hpp"

#include <string>

namespace gateway {

/// A shorter admin key could be guessed.
constexpr std::size_t admin_key_bytes_min = 16;

/// What the node's admins are told apart by: the hash of its own admin key, the secret of sessions
/// and this start's sign-in code.
///
/// The key is the one given, else DATA/admin-key, which is made (mode 0600) where there is none; it
/// is kept nowhere else. The secret is DATA/session-secret, made in the same way: the one place
/// that would take the cluster's instead, so that a session holds on every node.
/// Errors: storage_unavailable; invalid_value where a key or the secret is too short.
Result<AdminSecrets> load_admin_secrets(const ServeOptions& options);

/// Where a person signs in with the code, which stands in the fragment: no server or log ever sees
/// it. `address`: of the node, `http://HOST:PORT`, or a --public-url.
std::string sign_in_link(std::string address, const Secret& code);

} // namespace gateway
