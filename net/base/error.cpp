#include "net/base/error.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>

namespace gateway {
namespace {

struct Row {
  ErrorKind kind;
  int status;
  std::string_view code;
  std::string_view type;
};

constexpr std::string_view request = "invalid_request_error";
constexpr std::string_view server = "server_error";

constexpr std::array table{
  Row{ErrorKind::invalid_json, 400, "invalid_json", request},
  Row{ErrorKind::invalid_value, 400, "invalid_value", request},
  Row{ErrorKind::missing_field, 400, "missing_field", request},
  Row{ErrorKind::unsupported_parameter, 400, "unsupported_parameter", request},
  Row{ErrorKind::context_length_exceeded, 400, "context_length_exceeded", request},
  Row{ErrorKind::content_policy_violation, 400, "content_policy_violation", request},
  Row{ErrorKind::invalid_api_key, 401, "invalid_api_key", "authentication_error"},
  Row{ErrorKind::not_allowed, 403, "not_allowed", "permission_error"},
  Row{ErrorKind::model_not_found, 404, "model_not_found", request},
  Row{ErrorKind::not_found, 404, "not_found", request},
  Row{ErrorKind::method_not_allowed, 405, "method_not_allowed", request},
  Row{ErrorKind::request_timeout, 408, "request_timeout", request},
  Row{ErrorKind::length_required, 411, "length_required", request},
  Row{ErrorKind::request_too_large, 413, "request_too_large", request},
  Row{ErrorKind::unsupported_media_type, 415, "unsupported_media_type", request},
  Row{ErrorKind::headers_too_large, 431, "headers_too_large", request},
  Row{ErrorKind::rate_limit_exceeded, 429, "rate_limit_exceeded", "rate_limit_error"},
  Row{ErrorKind::insufficient_quota, 429, "insufficient_quota", "insufficient_quota"},
  Row{ErrorKind::provider_quota_exhausted, 429, "provider_quota_exhausted", "rate_limit_error"},
  Row{ErrorKind::upstream_error, 502, "upstream_error", server},
  Row{ErrorKind::upstream_invalid_response, 502, "upstream_invalid_response", server},
  Row{ErrorKind::upstream_credentials, 502, "upstream_credentials", server},
  Row{ErrorKind::upstream_timeout, 504, "upstream_timeout", server},
  Row{ErrorKind::no_provider_available, 503, "no_provider_available", server},
  Row{ErrorKind::draining, 503, "draining", server},
  Row{ErrorKind::overloaded, 503, "overloaded", server},
  Row{ErrorKind::storage_unavailable, 503, "storage_unavailable", server},
  // 499 is nginx's status for a client that left; nobody reads it but the record.
  Row{ErrorKind::cancelled, 499, "cancelled", request},
  Row{ErrorKind::internal, 500, "internal", server},
};

constexpr bool table_follows_the_enum() {
  for (std::size_t i = 0; i < table.size(); ++i)
    if (static_cast<std::size_t>(table[i].kind) != i) return false;
  return table.size() == static_cast<std::size_t>(ErrorKind::internal) + 1;
}
static_assert(table_follows_the_enum());

const Row& row(ErrorKind kind) noexcept {
  return table[static_cast<std::size_t>(kind)];
}

} // namespace

int http_status(ErrorKind kind) noexcept {
  return row(kind).status;
}

std::string_view code_text(ErrorKind kind) noexcept {
  return row(kind).code;
}

std::string_view type_text(ErrorKind kind) noexcept {
  return row(kind).type;
}

void broken_promise(std::string_view what) noexcept {
  std::fprintf(stderr, "broken promise: %.*s\n", static_cast<int>(what.size()), what.data());
  std::abort();
}

} // namespace gateway
