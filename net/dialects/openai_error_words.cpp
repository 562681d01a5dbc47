#include "net/dialects/openai_error_words.hpp"

#include "net/dialects/failure_class.hpp"
#include "net/dialects/json_reading.hpp"
#include "net/dialects/limit_values.hpp"

#include <nlohmann/json.hpp>

namespace gateway {
namespace {

/// Gemini's compatible endpoint: which quota it was stands in the violations (limits.md, section
/// 4).
void take_google(const Json& error, OpenAiErrorWords& words) {
  if (text_at(error, "status") != "RESOURCE_EXHAUSTED") return;
  bool has_quota = true;
  for (const auto& detail : items_at(error, "details")) {
    if (const auto delay = duration_of(text_at(detail, "retryDelay"))) words.retry_delay = delay;
    for (const auto& violation : items_at(detail, "violations")) {
      if (text_at(violation, "quotaId").find("PerDay") != std::string_view::npos)
        words.google_day = true;
      if (count_at(violation, "quotaValue") == 0) has_quota = false;
    }
  }
  const bool is_spent = words.google_day || !has_quota;
  words.google = is_spent ? FailureKind::quota_exhausted : FailureKind::rate_limited;
}

std::string code_of(const Json& json, std::string_view name) {
  const auto* code = member(json, name);
  if (code == nullptr) return {};
  return lower_ascii(code->is_number_integer() ? json_text(*code) : std::string{text_of(*code)});
}

void take_words(const Json& error, OpenAiErrorWords& words) {
  words.any = true;
  words.code = code_of(error, "code");
  words.type = lower_ascii(text_at(error, "type"));
  words.message = lower_ascii(text_at(error, "message"));
  words.param = text_at(error, "param");
  take_google(error, words);
  if (const auto* metadata = object_at(error, "metadata")) {
    words.has_reasons = member(*metadata, "reasons") != nullptr;
    if (words.type.empty()) words.type = lower_ascii(text_at(*metadata, "error_type"));
    if (const auto* headers = object_at(*metadata, "headers"))
      words.reset = text_at(*headers, "X-RateLimit-Reset");
  }
}

/// FastAPI's `detail`: a text, or what is wrong with which field.
void take_detail(const Json& detail, OpenAiErrorWords& words) {
  words.any = true;
  words.message = lower_ascii(text_of(detail));
  if (!detail.is_array() || detail.empty()) return;
  words.message = lower_ascii(text_at(detail.front(), "msg"));
  if (const auto where = items_at(detail.front(), "loc"); !where.empty())
    words.param = text_of(where.back());
}

} // namespace

OpenAiErrorWords read_error_words(std::string_view body) {
  OpenAiErrorWords words;
  const auto parsed = parse_json(body);
  if (!parsed) return words; // HTML of a proxy, or nothing: the status must do
  // Gemini's compatible endpoint wraps its errors in an array.
  const auto& json = parsed->is_array() && !parsed->empty() ? parsed->front() : *parsed;
  if (const auto* error = member(json, "error"); error && error->is_object()) {
    take_words(*error, words);
  } else if (error && error->is_string() && !text_of(*error).empty()) {
    take_words(json, words); // xAI: {"code","error"}
    words.message = lower_ascii(text_of(*error));
  } else if (const auto* wrapper = object_at(json, "base_resp");
             wrapper && code_of(*wrapper, "status_code") != "0") {
    words.any = words.wrapped = true;
    words.code = code_of(*wrapper, "status_code");
    words.message = lower_ascii(text_at(*wrapper, "status_msg"));
  } else if (const auto* detail = member(json, "detail")) {
    take_detail(*detail, words);
  } else if (const auto errors = items_at(json, "errors"); !errors.empty()) {
    take_words(errors.front(), words); // Cloudflare
  } else if (member(json, "message")) {
    take_words(json, words); // Mistral, older vLLM: flat
  }
  return words;
}

} // namespace gateway
