#include "net/base/time.hpp"
#include "net/dialects/failure_class.hpp"
#include "net/dialects/limit_values.hpp"
#include "net/dialects/ollama.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace gateway {
namespace {

/// An error is nothing but a text, and mid-stream there is not even a status (section 5): what is
/// in it decides where the status leaves it open.
struct Words {
  std::string_view pattern;
  FailureKind kind;
};
constexpr std::array meanings{
  Words{"context size", FailureKind::context_too_long}, // of llama.cpp, which runs the models
  // A session's, a day's or a week's: "you have reached your weekly usage limit".
  Words{"usage limit", FailureKind::quota_exhausted},
  Words{"server busy", FailureKind::overloaded},
  Words{"maximum pending requests", FailureKind::overloaded},
};

FailureKind kind_by_words(FailureKind kind, std::string_view text) {
  if (says_context_too_long(text)) return FailureKind::context_too_long;
  const auto* said = std::ranges::find_if(
    meanings, [&](const Words& words) { return text.find(words.pattern) != text.npos; });
  return said == meanings.end() ? kind : said->kind;
}

/// What a model can't do, by the parameter that asked it to.
std::string_view field_at_fault(std::string_view text) noexcept {
  if (text.find("does not support tools") != text.npos) return "tools";
  return text.find("does not support thinking") != text.npos ? "reasoning_effort" : "";
}

} // namespace

Failure classify_ollama(int status, std::span<const Header> headers, const Json* body) {
  const auto text = lower_ascii(body ? text_at(*body, "error") : std::string_view{});
  auto kind = kind_of_status(status);
  if (status < 400 && body && member(*body, "error")) kind = FailureKind::server_error;
  const auto is_open = kind == FailureKind::bad_request || kind == FailureKind::server_error
    || kind == FailureKind::rate_limited;
  if (is_open) kind = kind_by_words(kind, text);
  auto failure = make_failure(kind, status);
  failure.retry_after = read_retry_after(headers, milliseconds_since_epoch(wall_now()));
  if (kind == FailureKind::rate_limited && !failure.retry_after)
    failure.retry_after = read_wait_in_message(text);
  if (kind == FailureKind::bad_request) failure.param = field_at_fault(text);
  return failure;
}

} // namespace gateway
