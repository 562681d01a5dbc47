#include "net/base/json_text.hpp"
#include "net/dialects/openai.hpp"
#include "net/unified/json_cursor.hpp"

#include <algorithm>
#include <array>

namespace gateway {
namespace {

/// No call has more tokens; and sums of counts can't overflow.
constexpr std::int64_t tokens_max = 1'000'000'000'000;

/// Takes a value; 0 or above if it is a count, else -1.
std::int64_t take_count(JsonCursor& cursor) {
  std::string_view raw;
  if (!cursor.skip(raw)) return -1;
  if (const auto whole = json_integer(raw)) return std::clamp<std::int64_t>(*whole, -1, tokens_max);
  const auto number = json_number(raw); // "3.0" is what some proxies make of 3
  if (!number || !(*number >= 0)) return -1;
  return static_cast<std::int64_t>(std::min(*number, static_cast<double>(tokens_max)));
}

struct Counts {
  std::int64_t prompt = -1;
  std::int64_t completion = -1;
  std::int64_t total = -1;
  std::int64_t cached = -1;
  std::int64_t cache_write = -1;
  std::int64_t reasoning = -1;
};

bool take_details(JsonCursor& cursor, Counts& counts) {
  if (cursor.peek() != '{') return cursor.skip();
  return cursor.object([&](std::string_view name) {
    if (name == "cached_tokens")
      counts.cached = take_count(cursor);
    else if (name == "cache_write_tokens")
      counts.cache_write = take_count(cursor);
    else if (name == "reasoning_tokens")
      counts.reasoning = take_count(cursor);
    else
      return cursor.skip();
    return cursor.fault() == JsonFault::none;
  });
}

struct Reason {
  std::string_view name;
  FinishReason means;
};

// What vendors say besides OpenAI's five (openai-compatible.md, section 1; Gemini's and Anthropic's
// words leak through some proxies).
constexpr std::array reasons{
  Reason{"stop", FinishReason::stop},
  Reason{"length", FinishReason::length},
  Reason{"tool_calls", FinishReason::tool_calls},
  Reason{"content_filter", FinishReason::content_filter},
  Reason{"function_call", FinishReason::tool_calls},
  Reason{"model_length", FinishReason::length},
  Reason{"max_tokens", FinishReason::length},
  Reason{"insufficient_system_resource", FinishReason::length},
  Reason{"tool_use", FinishReason::tool_calls},
  Reason{"sensitive", FinishReason::content_filter},
  Reason{"safety", FinishReason::content_filter},
  Reason{"refusal", FinishReason::content_filter},
};

} // namespace

Usage read_openai_usage(JsonCursor& cursor) {
  Counts counts;
  if (cursor.peek() != '{') {
    cursor.skip();
    return {};
  }
  const bool good = cursor.object([&](std::string_view name) {
    if (name == "prompt_tokens")
      counts.prompt = take_count(cursor);
    else if (name == "completion_tokens")
      counts.completion = take_count(cursor);
    else if (name == "total_tokens")
      counts.total = take_count(cursor);
    // DeepSeek and Moonshot tell what was cached beside the counts.
    else if (name == "prompt_cache_hit_tokens" || name == "cached_tokens")
      counts.cached = std::max(counts.cached, take_count(cursor));
    else if (name == "prompt_tokens_details" || name == "completion_tokens_details")
      return take_details(cursor, counts);
    else
      return cursor.skip();
    return cursor.fault() == JsonFault::none;
  });
  if (!good || (counts.prompt < 0 && counts.completion < 0 && counts.total < 0)) return {};

  Usage usage;
  usage.known = true;
  usage.input = std::max<std::int64_t>(counts.prompt, 0);
  usage.output = std::max<std::int64_t>(counts.completion, 0);
  usage.reasoning = std::max<std::int64_t>(counts.reasoning, 0);
  if (counts.prompt < 0 && counts.total > 0)
    usage.input = std::max<std::int64_t>(counts.total - usage.output, 0);
  // xAI's older models count reasoning beside the completion; the total betrays it.
  if (usage.reasoning > 0 && counts.total == usage.input + usage.output + usage.reasoning)
    usage.output += usage.reasoning;
  usage.reasoning = std::min(usage.reasoning, usage.output);
  usage.cached_input = std::clamp<std::int64_t>(counts.cached, 0, usage.input);
  usage.cache_write = std::clamp<std::int64_t>(counts.cache_write, 0, usage.input);
  return usage;
}

void append_openai_usage(std::string& out, const Usage& usage) {
  const auto add = [&](std::string_view before, std::int64_t number) {
    out += before;
    append_number(out, number);
  };
  add(R"({"prompt_tokens":)", usage.input);
  add(R"(,"completion_tokens":)", usage.output);
  add(R"(,"total_tokens":)", usage.input + usage.output);
  add(R"(,"prompt_tokens_details":{"cached_tokens":)", usage.cached_input);
  add(R"(,"cache_write_tokens":)", usage.cache_write);
  add(R"(},"completion_tokens_details":{"reasoning_tokens":)", usage.reasoning);
  out += "}}";
}

FinishReason read_openai_finish(std::string_view reason) noexcept {
  if (reason.empty() || is_error_finish(reason)) return FinishReason::none;
  const auto* found = std::ranges::find(reasons, reason, &Reason::name);
  return found == reasons.end() ? FinishReason::stop : found->means;
}

std::string_view openai_finish_text(FinishReason reason) noexcept {
  switch (reason) {
  case FinishReason::none:
  case FinishReason::stop: return "stop";
  case FinishReason::length: return "length";
  case FinishReason::tool_calls: return "tool_calls";
  case FinishReason::content_filter: return "content_filter";
  }
  return "stop";
}

bool is_error_finish(std::string_view reason) noexcept {
  return reason == "error" || reason == "network_error";
}

} // namespace gateway
