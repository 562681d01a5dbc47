#include "net/base/time.hpp"
#include "net/dialects/failure_class.hpp"
#include "net/dialects/limit_values.hpp"
#include "net/dialects/openai.hpp"
#include "net/dialects/openai_error_words.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>

/// What OpenAI-compatible vendors mean by their errors. Order: code, type, status, message
/// (openai.md, section 5; limits.md, sections 3 to 5).
namespace gateway {
namespace {

using Kind = FailureKind;

struct Meaning {
  std::string_view code; // lower case
  Kind kind;
};

// `code` and `type` of all vendors; numbers are Z.ai's and Mistral's, which do not collide.
constexpr std::array meanings{
  Meaning{"rate_limit_exceeded", Kind::rate_limited},
  Meaning{"rate_limit_error", Kind::rate_limited},
  Meaning{"rate_limited", Kind::rate_limited},
  Meaning{"rate_limit_reached_error", Kind::rate_limited},
  Meaning{"ratelimitreached", Kind::rate_limited},
  Meaning{"too_many_requests", Kind::rate_limited},
  Meaning{"limit_requests", Kind::rate_limited},
  Meaning{"throttling", Kind::rate_limited},
  Meaning{"throttling.ratequota", Kind::rate_limited},
  Meaning{"token_quota_exceeded", Kind::rate_limited},
  Meaning{"request_quota_exceeded", Kind::rate_limited},
  Meaning{"1300", Kind::rate_limited},
  Meaning{"1302", Kind::rate_limited},
  Meaning{"1303", Kind::rate_limited},
  Meaning{"1305", Kind::rate_limited},
  Meaning{"insufficient_quota", Kind::quota_exhausted},
  Meaning{"credit_balance_exhausted", Kind::quota_exhausted},
  Meaning{"billing_hard_limit_reached", Kind::quota_exhausted},
  Meaning{"spend_limit_reached", Kind::quota_exhausted},
  Meaning{"insufficient_balance", Kind::quota_exhausted},
  Meaning{"quotaexceeded", Kind::quota_exhausted},
  Meaning{"exceeded_current_quota_error", Kind::quota_exhausted},
  Meaning{"throttling.allocationquota", Kind::quota_exhausted},
  Meaning{"allocationquota.freetieronly", Kind::quota_exhausted},
  Meaning{"arrearage", Kind::quota_exhausted},
  Meaning{"1113", Kind::quota_exhausted},
  Meaning{"1304", Kind::quota_exhausted},
  Meaning{"1308", Kind::quota_exhausted},
  Meaning{"1309", Kind::quota_exhausted},
  Meaning{"1310", Kind::quota_exhausted},
  // Z.ai's plans with a balance or a spending limit beside (docs.z.ai/api-reference/api-code).
  Meaning{"1316", Kind::quota_exhausted},
  Meaning{"1317", Kind::quota_exhausted},
  Meaning{"1318", Kind::quota_exhausted},
  Meaning{"1319", Kind::quota_exhausted},
  Meaning{"1320", Kind::quota_exhausted},
  Meaning{"1321", Kind::quota_exhausted},
  Meaning{"server_is_overloaded", Kind::overloaded},
  Meaning{"engine_overloaded_error", Kind::overloaded},
  Meaning{"overloaded_error", Kind::overloaded},
  Meaning{"queue_exceeded", Kind::overloaded},
  Meaning{"modelservingerror", Kind::overloaded},
  Meaning{"unavailable_error", Kind::overloaded},
  Meaning{"service_unavailable_error", Kind::overloaded},
  Meaning{"the service is currently unavailable", Kind::overloaded},
  Meaning{"3505", Kind::overloaded},
  Meaning{"1234", Kind::overloaded},
  Meaning{"1312", Kind::overloaded},
  Meaning{"context_length_exceeded", Kind::context_too_long},
  Meaning{"exceed_context_size_error", Kind::context_too_long},
  Meaning{"3051", Kind::context_too_long},
  Meaning{"1261", Kind::context_too_long},
  Meaning{"content_policy_violation", Kind::content_filtered},
  Meaning{"content_filter", Kind::content_filtered},
  Meaning{"invalid_prompt", Kind::content_filtered},
  Meaning{"datainspectionfailed", Kind::content_filtered},
  Meaning{"data_inspection_failed", Kind::content_filtered},
  Meaning{"1301", Kind::content_filtered},
  Meaning{"invalid_api_key", Kind::credentials},
  Meaning{"authentication_error", Kind::credentials},
  Meaning{"unsupported_country_region_territory", Kind::credentials},
  Meaning{"model_not_found", Kind::model_not_found},
  Meaning{"model_decommissioned", Kind::model_not_found},
  Meaning{"deploymentnotfound", Kind::model_not_found},
  Meaning{"invalid_model", Kind::model_not_found},
  Meaning{"request_too_large", Kind::request_too_large},
};

// MiniMax's `base_resp.status_code`, which comes with status 200.
constexpr std::array wrapper_meanings{
  Meaning{"1000", Kind::overloaded},
  Meaning{"1013", Kind::overloaded},
  Meaning{"1002", Kind::rate_limited},
  Meaning{"1039", Kind::rate_limited},
  Meaning{"1008", Kind::quota_exhausted},
  Meaning{"1004", Kind::credentials},
  Meaning{"2013", Kind::bad_request},
  Meaning{"1026", Kind::content_filtered},
  Meaning{"1027", Kind::content_filtered},
};

template <std::size_t N>
std::optional<Kind> meaning_of(const std::array<Meaning, N>& table, std::string_view code) {
  const auto* found = std::ranges::find(table, code, &Meaning::code);
  if (found == table.end()) return std::nullopt;
  return found->kind;
}

bool says(std::string_view message, std::initializer_list<std::string_view> patterns) {
  return std::ranges::any_of(
    patterns, [&](std::string_view one) { return message.find(one) != message.npos; });
}

bool says_overloaded(std::string_view message) {
  // "Try again later" is not among them: Cohere says so of a rate.
  return says(
    message, {"overloaded", "high demand", "high traffic", "currently unavailable", "capacity"});
}

bool says_filtered(std::string message) {
  // A complaint about the parameter of that name is none about the content.
  if (const auto at = message.find("safety_identifier"); at != message.npos)
    message.erase(at, std::string_view{"safety_identifier"}.size());
  return says(
    message,
    {"content management policy", "content_filter", "safety", "flagged", "inappropriate content"});
}

bool says_day(std::string_view message) {
  return says(message, {"per day", "(rpd)", "(tpd)", "daily"});
}

bool says_spent(std::string_view message) {
  // Azure's "Quota exceeded", which others say of a minute too.
  if (says(message, {"quota exceeded"}) && !says(message, {"per minute"})) return true;
  if (says(message, {"exceeded call rate"}) && says(message, {"free tier"})) return true; // Azure's
  return says_quota_exhausted(message) || says_day(message)
    || says(
           message,
           {"exceeded your current quota",
            "out of call volume quota",
            "all available credits",
            "monthly",
            "per month",
            "billing"});
}

/// Some put a status of their own into `code`: OpenRouter of the provider behind it, with 200.
int status_in(const OpenAiErrorWords& words, int status) {
  int number = 0;
  const auto end = words.code.data() + words.code.size();
  const auto [read_to, error] = std::from_chars(words.code.data(), end, number);
  if (words.wrapped || error != std::errc{} || read_to != end) return status;
  return status < 400 && number >= 400 && number < 600 ? number : status;
}

Kind kind_by_message(int status, const OpenAiErrorWords& words) {
  const auto& message = words.message;
  switch (status) {
  case 429:
    if (message.find("request too large") != message.npos) return Kind::request_too_large;
    if (says_spent(message)) return Kind::quota_exhausted;
    return says_overloaded(message) ? Kind::overloaded : Kind::rate_limited;
  case 412: return Kind::quota_exhausted; // Fireworks: suspended
  case 498: return Kind::overloaded;      // Groq: no flex capacity
  case 401:
  case 403:
    if (says_context_too_long(message) || says(message, {"max_new_tokens"}))
      return Kind::context_too_long;
    if (words.has_reasons || says_filtered(message)) return Kind::content_filtered;
    // A 403 of Azure's says no more than the word.
    if (status == 403 && says(message, {"quota"})) return Kind::quota_exhausted;
    return says_spent(message) ? Kind::quota_exhausted : Kind::credentials;
  case 400:
  case 413:
  case 422:
    if (
      says_context_too_long(message)
      || says(message, {"n_ctx", "max_new_tokens", "model token limit", "range of input length"}))
      return Kind::context_too_long;
    if (status == 413) return Kind::request_too_large;
    if (says_quota_exhausted(message)) return Kind::quota_exhausted;
    return says_filtered(message) ? Kind::content_filtered : Kind::bad_request;
  default: break;
  }
  if (status < 400) {
    if (!words.any) return Kind::invalid_answer;
    return says_overloaded(message) ? Kind::overloaded : Kind::server_error;
  }
  if (status == 500 && says_overloaded(message)) return Kind::overloaded;
  return kind_of_status(status);
}

Kind kind_of(int status, const OpenAiErrorWords& words, bool has_wait) {
  if (words.google) return *words.google;
  // One request beyond the tokens of a minute: no wait helps (Groq says so by status).
  if (status == 413 && !says_context_too_long(words.message)) return Kind::request_too_large;
  // OpenRouter: money for requests under way, not for ever.
  if (status == 402 && has_wait) return Kind::rate_limited;
  // The ramp is too steep; it was a 503 once.
  if (words.code == "slow_down") return status == 503 ? Kind::overloaded : Kind::rate_limited;

  auto kind =
    words.wrapped ? meaning_of(wrapper_meanings, words.code) : meaning_of(meanings, words.code);
  if (!kind && !words.wrapped) kind = meaning_of(meanings, words.type);
  // OpenAI's "Request too large for m-1 … on tokens per min" has the code of a rate limit.
  if (kind == Kind::rate_limited && words.message.find("request too large") != std::string::npos)
    return Kind::request_too_large;
  if (kind == Kind::rate_limited && says_spent(words.message)) return Kind::quota_exhausted;
  return kind ? *kind : kind_by_message(status_in(words, status), words);
}

/// A field's path of the request, not a text of the provider's.
bool is_path(std::string_view param) {
  return !param.empty() && param.size() <= 64 && std::ranges::all_of(param, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'
      || c == '.' || c == '[' || c == ']' || c == '-';
  });
}

} // namespace

Failure classify_openai(int status, std::span<const Header> headers, std::string_view body) {
  const auto words = read_error_words(body);
  const auto ours = milliseconds_since_epoch(wall_now()); // for dates and epochs only
  const auto now = provider_clock(headers, ours);
  auto wait = read_retry_after(headers, ours);
  if (!wait) wait = read_wait_in_message(words.message);
  if (!wait) wait = words.retry_delay;
  if (!wait && !words.reset.empty()) wait = read_reset(words.reset, now);
  // No wait of seconds helps where the quota is zero.
  if (words.google == Kind::quota_exhausted && !words.google_day) wait.reset();

  auto failure = make_failure(kind_of(status, words, wait.has_value()), status);
  if (is_worth_a_wait(failure.kind)) failure.retry_after = wait;
  wait_at_least(failure, read_reset_in_message(words.message, now));
  // OpenAI's reset is the time until all is back (limits.md, section 2), which is longer than
  // needed: a shorter wait that was told counts.
  if (!wait && status == 429) wait_at_least(failure, read_spent_reset(headers, ours));
  // A day's violation may still come with a wait of seconds (limits.md, section 5).
  failure.until_day_ends = failure.kind == Kind::quota_exhausted
    && (words.google ? words.google_day : !wait && says_day(words.message));
  if (failure.kind == Kind::bad_request && is_path(words.param)) failure.param = words.param;
  return failure;
}

} // namespace gateway
