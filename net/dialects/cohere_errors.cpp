#include "net/base/time.hpp"
#include "net/dialects/cohere.hpp"
#include "net/dialects/failure_class.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace gateway {
namespace {

struct Field {
  std::string_view theirs;
  std::string_view ours;
};

/// Fields that a message may find at fault, which says so in its text alone. What stands within
/// another comes first.
constexpr std::array fields{
  Field{"temperature", "temperature"},
  Field{"max_tokens", "max_tokens"},
  Field{"stop_sequences", "stop"},
  Field{"frequency_penalty", "frequency_penalty"},
  Field{"presence_penalty", "presence_penalty"},
  Field{"seed", "seed"},
  Field{"logprobs", "logprobs"},
  Field{"thinking", "reasoning_effort"},
  Field{"token_budget", "reasoning_effort"},
  Field{"json_schema", "response_format"},
  Field{"response_format", "response_format"},
  Field{"tool_choice", "tool_choice"},
  Field{"strict_tools", "tools"},
  Field{"tools", "tools"},
  Field{"tool_call_id", "messages"},
  Field{"tool_calls", "messages"},
  Field{"image_url", "messages"},
  Field{"messages", "messages"},
  Field{"output_dimension", "dimensions"},
  Field{"input_type", "input_type"},
  Field{"texts", "input"},
};

bool is_word_byte(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

bool has_word(std::string_view text, std::string_view word) noexcept {
  for (auto at = text.find(word); at != text.npos; at = text.find(word, at + 1)) {
    const auto end = at + word.size();
    if (
      (at == 0 || !is_word_byte(text[at - 1])) && (end == text.size() || !is_word_byte(text[end])))
      return true;
  }
  return false;
}

bool says(std::string_view text, std::string_view words) noexcept {
  return text.find(words) != text.npos;
}

/// What the text, in lower case, adds to a kind that a status says only roughly.
FailureKind kind_by_text(FailureKind kind, std::string_view text) {
  if (kind == FailureKind::rate_limited)
    return says_quota_exhausted(text) ? FailureKind::quota_exhausted : kind;
  if (kind != FailureKind::bad_request && kind != FailureKind::server_error) return kind;
  if (says_context_too_long(text)) return FailureKind::context_too_long;
  if (says(text, "invalid api token")) return FailureKind::credentials;
  return kind;
}

} // namespace

Failure classify_cohere(int status, std::span<const Header> headers, const Json* body) {
  const auto text = lower_ascii(body ? text_at(*body, "message") : std::string_view{});
  auto kind = kind_of_status(status);
  if (status < 400) {
    const auto reason = body ? text_at(*body, "finish_reason") : std::string_view{};
    if (!reason.empty() && read_cohere_finish(reason) == FinishReason::none)
      return classify_cohere_end(reason, text_at(*body, "error"));
    if (!text.empty()) kind = FailureKind::server_error;
  }
  constexpr int invalid_token = 498; // of the prompt, not of the key
  if (status == invalid_token) kind = FailureKind::content_filtered;
  // A server's own fault stays one, whatever it says of the prompt.
  if (status < 500) kind = kind_by_text(kind, text);
  auto failure = make_failure(kind, status);
  failure.retry_after = read_retry_after(headers, milliseconds_since_epoch(wall_now()));
  if (kind != FailureKind::bad_request) return failure;
  const auto* field =
    std::ranges::find_if(fields, [&](const Field& one) { return has_word(text, one.theirs); });
  if (field != fields.end()) failure.param = field->ours;
  return failure;
}

Failure classify_cohere_end(std::string_view reason, std::string_view message) {
  const auto kind = reason == "TIMEOUT" ? FailureKind::timed_out : FailureKind::server_error;
  return make_failure(kind_by_text(kind, lower_ascii(message)), 200);
}

} // namespace gateway
