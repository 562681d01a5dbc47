#pragma once

#include "net/base/time.hpp"
#include "net/http/exchange.hpp"

#include <optional>
#include <string>
#include <string_view>

/// The other side of AWS's Signature Version 4. The simulated account knows every access key: what
/// belongs to the key ID `AKIAX` is the secret `secret-of-AKIAX`, and to `ASIAX`, a temporary one,
/// the session token `session-of-ASIAX` as well.
namespace gateway {

constexpr std::string_view aws_algorithm = "AWS4-HMAC-SHA256";

/// The access key ID that an `authorization` header names; none where it is of another kind.
std::optional<std::string_view> signing_key_id(std::string_view authorization);

/// Makes the signature anew and compares. Errors: not_allowed.
Result<void> check_aws_signature(const RequestHead& head, std::string_view body, WallTime now);

} // namespace gateway
