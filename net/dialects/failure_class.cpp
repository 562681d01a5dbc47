#include "net/dialects/failure_class.hpp"

#include "net/base/header.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace gateway {
namespace {

constexpr std::array<std::string_view, 10> context_patterns{
  "maximum context length",
  "context window",
  "context length",
  "too many tokens",
  "prompt is too long",
  "input is too long",
  "exceeds the maximum number of tokens",
  "input token count",
  "too large for model",
  "reduce the length"};

constexpr std::array<std::string_view, 4> quota_patterns{
  "credit balance is too low", "credits are depleted", "payment required", "spending limit"};
/// With "insufficient" before it.
constexpr std::array<std::string_view, 3> lacking_patterns{"quota", "balance", "credit"};

bool says_one_of(std::span<const std::string_view> patterns, std::string_view message) {
  const auto text = lower_ascii(message);
  return std::ranges::any_of(
    patterns, [&](std::string_view pattern) { return text.find(pattern) != text.npos; });
}

std::string_view text_of_kind(FailureKind kind) noexcept {
  switch (kind) {
  case FailureKind::rate_limited: return "rate limited by the provider";
  case FailureKind::quota_exhausted: return "the provider's quota or credit is spent";
  case FailureKind::overloaded: return "the provider is overloaded";
  case FailureKind::timed_out: return "the provider timed out";
  case FailureKind::network: return "the provider could not be reached";
  case FailureKind::server_error: return "the provider failed";
  case FailureKind::credentials: return "the provider refused the gateway's credentials";
  case FailureKind::model_not_found: return "the provider does not know the model";
  case FailureKind::context_too_long: return "the request is longer than the model's context";
  case FailureKind::content_filtered: return "the provider's content policy refused the request";
  case FailureKind::bad_request: return "the provider refused the request as invalid";
  case FailureKind::request_too_large: return "the request is larger than the provider takes";
  case FailureKind::invalid_answer: return "the provider's answer is invalid";
  }
  return "the provider failed";
}

} // namespace

FailureKind kind_of_status(int status) noexcept {
  switch (status) {
  case 401:
  case 403: return FailureKind::credentials;
  case 402: return FailureKind::quota_exhausted;
  case 404:
  case 410: return FailureKind::model_not_found;
  case 408:
  case 499:
  case 504: return FailureKind::timed_out;
  case 409:
  case 424: return FailureKind::server_error; // Foundry: the model behind it failed
  case 413: return FailureKind::request_too_large;
  case 429: return FailureKind::rate_limited;
  case 503:
  case 529: return FailureKind::overloaded;
  default: break;
  }
  if (status < 400) return FailureKind::invalid_answer;
  return status < 500 ? FailureKind::bad_request : FailureKind::server_error;
}

Failure make_failure(FailureKind kind, int status) {
  Failure failure;
  failure.kind = kind;
  failure.status = status;
  failure.message = text_of_kind(kind);
  return failure;
}

bool is_worth_a_wait(FailureKind kind) noexcept {
  return kind == FailureKind::rate_limited || kind == FailureKind::quota_exhausted
    || kind == FailureKind::overloaded;
}

void wait_at_least(Failure& failure, std::optional<std::chrono::milliseconds> told) noexcept {
  if (!told || !is_worth_a_wait(failure.kind)) return;
  const bool is_spent = failure.kind == FailureKind::quota_exhausted;
  const auto otherwise = is_spent ? quota_probe : std::chrono::milliseconds{0};
  if (*told > failure.retry_after.value_or(otherwise)) failure.retry_after = told;
}

bool says_context_too_long(std::string_view message) {
  return says_one_of(context_patterns, message);
}

bool says_quota_exhausted(std::string_view message) {
  const auto text = lower_ascii(message);
  // Cohere's "Trial key … 1000 API calls / month".
  if (text.find("trial key") != text.npos && text.find("month") != text.npos) return true;
  const auto lacking = std::min(text.find("insufficient"), text.size());
  return says_one_of(quota_patterns, text)
    || says_one_of(lacking_patterns, std::string_view{text}.substr(lacking));
}

std::string lower_ascii(std::string_view text) {
  std::string lower{text};
  std::ranges::transform(lower, lower.begin(), to_lower_ascii);
  return lower;
}

} // namespace gateway
