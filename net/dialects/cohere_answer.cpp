#include "net/dialects/answer_parts.hpp"
#include "net/dialects/cohere.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace gateway {
namespace {

Failed no_answer(const char* why) {
  return fail(ErrorKind::upstream_invalid_response, std::string{"the provider's answer "} + why);
}

/// Thoughts and text in the order they have; what a model planned to do with tools is text that it
/// said on the way to them.
std::vector<Block> read_blocks(const Json& message) {
  std::vector<Block> blocks;
  for (const auto& item : items_at(message, "content")) {
    add_text(blocks, Block::Kind::reasoning, text_at(item, "thinking"));
    add_text(blocks, Block::Kind::text, text_at(item, "text"));
  }
  add_text(blocks, Block::Kind::text, text_at(message, "content"));
  add_text(blocks, Block::Kind::text, text_at(message, "tool_plan"));
  for (const auto& call : items_at(message, "tool_calls")) {
    const auto* function = object_at(call, "function");
    if (function == nullptr) continue;
    auto& block = blocks.emplace_back();
    block.kind = Block::Kind::tool_call;
    block.id = text_at(call, "id");
    block.name = text_at(*function, "name");
    block.arguments = text_at(*function, "arguments");
    // So says a tool without parameters (section 3).
    if (block.arguments.empty() || block.arguments == "null") block.arguments = "{}";
  }
  return blocks;
}

/// A chunk's tokens have no text of their own: together they are as likely as their product.
void add_logprob(Json& content, const Json& chunk) {
  const auto text = text_at(chunk, "text");
  const auto numbers = items_at(chunk, "logprobs");
  if (numbers.empty()) return;
  double sum = 0;
  for (const auto& number : numbers) sum += number.is_number() ? number.get<double>() : 0;
  content.push_back(Json{
    {"token", text}, {"logprob", sum}, {"bytes", bytes_of(text)}, {"top_logprobs", Json::array()}});
}

} // namespace

FinishReason read_cohere_finish(std::string_view reason) noexcept {
  if (reason == "ERROR" || reason == "TIMEOUT") return FinishReason::none;
  if (reason == "MAX_TOKENS" || reason == "ERROR_LIMIT") return FinishReason::length;
  if (reason == "TOOL_CALL") return FinishReason::tool_calls;
  if (reason == "ERROR_TOXIC") return FinishReason::content_filter;
  return FinishReason::stop; // COMPLETE, STOP_SEQUENCE and what is new
}

Usage read_cohere_usage(const Json& usage) noexcept {
  const auto* tokens = object_at(usage, "tokens");
  const auto* billed = object_at(usage, "billed_units");
  if (billed == nullptr) billed = tokens;
  Usage read;
  if (billed == nullptr) return read;
  const auto input = count_at(*billed, "input_tokens");
  const auto output = count_at(*billed, "output_tokens");
  read.known = input || output;
  // What is paid for: the prompt's template, which only `tokens` counts, is not.
  read.input = input.value_or(0);
  read.output = output.value_or(0);
  // The cache holds the prompt's begin, where the template stands: what of it is free comes first.
  const auto prompt = tokens ? count_at(*tokens, "input_tokens").value_or(0) : 0;
  const auto unbilled = std::max<std::int64_t>(prompt - read.input, 0);
  const auto cached = count_at(usage, "cached_tokens").value_or(0) - unbilled;
  read.cached_input = std::clamp<std::int64_t>(cached, 0, read.input);
  return read;
}

std::string read_cohere_logprobs(const Json& logprobs) {
  Json content = Json::array();
  if (logprobs.is_object()) add_logprob(content, logprobs);
  if (logprobs.is_array())
    for (const auto& chunk : logprobs) add_logprob(content, chunk);
  if (content.empty()) return {};
  return json_text(Json{{"content", std::move(content)}, {"refusal", nullptr}});
}

Result<ChatAnswer> read_cohere_answer(std::string_view body) {
  const auto json = parse_json_object(body);
  const auto* message = json ? object_at(*json, "message") : nullptr;
  if (message == nullptr) return no_answer("has no message");
  const auto reason = text_at(*json, "finish_reason");
  if (reason.empty()) return no_answer("has no end");
  Choice choice;
  choice.finish = read_cohere_finish(reason);
  if (choice.finish == FinishReason::none) return no_answer("failed midway");
  choice.blocks = read_blocks(*message);
  if (const auto* logprobs = member(*json, "logprobs"))
    choice.logprobs = read_cohere_logprobs(*logprobs);
  ChatAnswer answer;
  answer.id = text_at(*json, "id");
  answer.choices.push_back(std::move(choice));
  if (const auto* usage = object_at(*json, "usage")) answer.usage = read_cohere_usage(*usage);
  return answer;
}

} // namespace gateway
