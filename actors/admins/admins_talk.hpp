#pragma once

#include "actors/admins/caller.hpp"
#include "net/base/result.hpp"
#include "net/base/secret.hpp"

#include <string>
#include <string_view>
#include <vector>

/// What nodes of a cluster tell each other of their admins, over links that only they have. What is
/// read back and was not written so is an error of kind invalid_value.
namespace gateway {

/// Who a node is to those who sign in there, and which sessions were signed out.
struct AdminsTold {
  Secret session_secret;
  std::string own_key_hash;
  std::vector<EndedSession> ended;
};
std::string encode_admins(const AdminsTold& told);
Result<AdminsTold> decode_admins(std::string_view bytes);

std::string encode_ended_session(const EndedSession& session);
Result<EndedSession> decode_ended_session(std::string_view bytes);

} // namespace gateway
