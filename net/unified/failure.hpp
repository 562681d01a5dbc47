#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gateway {

/// Why an attempt at a provider failed, and so what may be done next
/// (providers/limits.md, section 3, the gateway's classes).
enum class FailureKind : std::uint8_t {
  rate_limited,      // wait, try elsewhere
  quota_exhausted,   // day, month, credits: try elsewhere, back at the reset
  overloaded,        // 503, 529, capacity
  timed_out,         // connect, first byte, idle or total
  network,           // refused, reset, TLS
  server_error,      // 500, 502 and the like
  credentials,       // the provider refused our key
  model_not_found,   // the provider does not know the model
  context_too_long,  // only a larger model can take it
  content_filtered,  // the request is at fault
  bad_request,       // the request is at fault
  request_too_large, // 413
  invalid_answer,    // a 200 that is none
};

struct Failure {
  FailureKind kind = FailureKind::server_error;
  int status = 0; // the provider's HTTP status, 0 if there was none
  std::optional<std::chrono::milliseconds> retry_after = {};
  /// True where a daily quota is spent: back at the provider's own midnight, not after retry_after.
  bool until_day_ends = false;
  /// A text we wrote, fit for a client: never the upstream's raw text.
  std::string message = {};
  std::string param = {}; // the request's field at fault, where the provider named one we know
};

/// A spent quota that does not say when it is back is tried again after that (providers/limits.md,
/// section 3).
constexpr std::chrono::milliseconds quota_probe = std::chrono::hours{1};

/// The request itself is at fault: another provider would say the same, and nothing cools down.
inline bool is_the_requests_fault(FailureKind kind) noexcept {
  return kind == FailureKind::bad_request || kind == FailureKind::content_filtered;
}

/// The word that traces and metrics use for a failure.
constexpr std::string_view failure_text(FailureKind kind) noexcept {
  switch (kind) {
  case FailureKind::rate_limited: return "rate_limited";
  case FailureKind::quota_exhausted: return "quota_exhausted";
  case FailureKind::overloaded: return "overloaded";
  case FailureKind::timed_out: return "timed_out";
  case FailureKind::network: return "network";
  case FailureKind::server_error: return "server_error";
  case FailureKind::credentials: return "credentials";
  case FailureKind::model_not_found: return "model_not_found";
  case FailureKind::context_too_long: return "context_too_long";
  case FailureKind::content_filtered: return "content_filtered";
  case FailureKind::bad_request: return "bad_request";
  case FailureKind::request_too_large: return "request_too_large";
  case FailureKind::invalid_answer: return "invalid_answer";
  }
  return "failed";
}

} // namespace gateway
