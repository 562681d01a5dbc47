#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gateway {

/// What went wrong, by the code a client or an operator reads (contract, section 4).
/// The table kind → status, type and text of the code stands once, in net/base/error.cpp.
enum class ErrorKind : std::uint8_t {
  invalid_json,
  invalid_value,
  missing_field,
  unsupported_parameter,
  context_length_exceeded,
  content_policy_violation,
  invalid_api_key,
  not_allowed,
  model_not_found,
  not_found,
  method_not_allowed,
  request_timeout,
  length_required,
  request_too_large,
  unsupported_media_type,
  headers_too_large,
  rate_limit_exceeded,
  insufficient_quota,
  provider_quota_exhausted,
  upstream_error,
  upstream_invalid_response,
  upstream_credentials,
  upstream_timeout,
  no_provider_available,
  draining,
  overloaded,
  storage_unavailable,
  cancelled,
  internal,
};

/// A failure that is expected to happen: a value, with a text a person can act on.
/// The message never holds a secret, a prompt or an upstream's raw text.
struct Error {
  ErrorKind kind = ErrorKind::internal;
  std::string message;
  std::string param = {}; // the request's or document's field at fault, empty if none
  std::optional<std::chrono::milliseconds> retry_after = {};
};

/// HTTP status of a kind, as in the contract's table.
int http_status(ErrorKind kind) noexcept;

/// The `code` of the error body: the enumerator's own name.
std::string_view code_text(ErrorKind kind) noexcept;

/// The `type` of the error body, as OpenAI's clients expect it.
std::string_view type_text(ErrorKind kind) noexcept;

/// A promise of our own code was broken: says which, on stderr, and stops the process.
[[noreturn]] void broken_promise(std::string_view what) noexcept;

} // namespace gateway
