#include "net/base/time.hpp"
#include "net/dialects/anthropic.hpp"
#include "net/dialects/failure_class.hpp"
#include "net/dialects/limit_values.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace gateway {
namespace {

struct Row {
  std::string_view type;
  FailureKind kind;
};

/// Section 6.
constexpr std::array types{
  Row{"invalid_request_error", FailureKind::bad_request},
  Row{"authentication_error", FailureKind::credentials},
  Row{"billing_error", FailureKind::quota_exhausted},
  Row{"permission_error", FailureKind::credentials},
  Row{"not_found_error", FailureKind::model_not_found},
  Row{"conflict_error", FailureKind::server_error},
  Row{"request_too_large", FailureKind::request_too_large},
  Row{"rate_limit_error", FailureKind::rate_limited},
  Row{"api_error", FailureKind::server_error},
  Row{"timeout_error", FailureKind::timed_out},
  Row{"overloaded_error", FailureKind::overloaded},
};

FailureKind kind_of_invalid_request(std::string_view message) {
  if (says_context_too_long(message)) return FailureKind::context_too_long;
  if (says_quota_exhausted(message)) return FailureKind::quota_exhausted;
  return FailureKind::bad_request;
}

/// A spent tier answers 429 like a rate limit, but can't say when to come back.
FailureKind
kind_of_rate_limit(std::string_view error_code, std::span<const Header> headers, bool says_when) {
  if (const auto retry = find_header(headers, "x-should-retry"))
    return *retry == "false" ? FailureKind::quota_exhausted : FailureKind::rate_limited;
  if (says_when || headers.empty() || error_code == "ramp_limit_exceeded")
    return FailureKind::rate_limited;
  return FailureKind::quota_exhausted;
}

} // namespace

Failure classify_anthropic(int status, std::span<const Header> headers, const Json* body) {
  auto kind = kind_of_status(status);
  const auto now = milliseconds_since_epoch(wall_now());
  const auto retry_after = read_retry_after(headers, now);
  const auto* error = body ? object_at(*body, "error") : nullptr;
  if (error != nullptr) {
    const auto row = std::ranges::find(types, text_at(*error, "type"), &Row::type);
    if (row != types.end()) kind = row->kind;
    const auto* details = object_at(*error, "details");
    const auto code = details ? text_at(*details, "error_code") : std::string_view{};
    if (code.ends_with("spend_limit_reached"))
      kind = FailureKind::quota_exhausted;
    else if (kind == FailureKind::bad_request)
      kind = kind_of_invalid_request(text_at(*error, "message"));
    else if (kind == FailureKind::rate_limited)
      kind = kind_of_rate_limit(code, headers, retry_after.has_value());
  }
  auto failure = make_failure(kind, status);
  failure.retry_after = retry_after;
  // Z.ai serves this dialect too.
  if (error != nullptr)
    wait_at_least(
      failure, read_reset_in_message(text_at(*error, "message"), provider_clock(headers, now)));
  return failure;
}

} // namespace gateway
