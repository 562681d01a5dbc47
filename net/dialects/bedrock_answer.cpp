#include "net/dialects/answer_parts.hpp"
#include "net/dialects/bedrock.hpp"
#include "net/dialects/tool_schema.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace gateway {
namespace {

Failed no_answer(const char* why) {
  return fail(ErrorKind::upstream_invalid_response, std::string{"the provider's answer "} + why);
}

void add_reasoning(std::vector<Block>& blocks, const Json& content) {
  Block block;
  block.kind = Block::Kind::reasoning;
  block.signature_origin = bedrock_name;
  block.redacted = text_at(content, "redactedContent");
  if (const auto* text = object_at(content, "reasoningText")) {
    block.text = text_at(*text, "text");
    block.signature = text_at(*text, "signature");
  }
  if (!block.text.empty() || !block.redacted.empty()) blocks.push_back(std::move(block));
}

void add_call(std::vector<Block>& blocks, const Json& call) {
  const auto* input = object_at(call, "input");
  auto arguments = input ? json_text(*input) : std::string{"{}"};
  if (text_at(call, "name") == json_tool) return add_text(blocks, Block::Kind::text, arguments);
  auto& block = blocks.emplace_back();
  block.kind = Block::Kind::tool_call;
  block.id = text_at(call, "toolUseId");
  block.name = text_at(call, "name");
  block.arguments = std::move(arguments);
}

/// Blocks of kinds that the vocabulary has no word for are left out.
std::vector<Block> read_blocks(std::span<const Json> content) {
  std::vector<Block> blocks;
  for (const auto& one : content) {
    add_text(blocks, Block::Kind::text, text_at(one, "text"));
    if (const auto* reasoning = object_at(one, "reasoningContent"))
      add_reasoning(blocks, *reasoning);
    if (const auto* call = object_at(one, "toolUse")) add_call(blocks, *call);
  }
  return blocks;
}

} // namespace

FinishReason read_bedrock_finish(std::string_view reason) noexcept {
  if (reason == "max_tokens" || reason == "model_context_window_exceeded")
    return FinishReason::length;
  if (reason == "tool_use") return FinishReason::tool_calls;
  if (reason == "content_filtered" || reason == "guardrail_intervened")
    return FinishReason::content_filter;
  return FinishReason::stop; // end_turn, stop_sequence and what is new
}

bool is_bedrock_failure(std::string_view reason) noexcept {
  return reason == "malformed_model_output" || reason == "malformed_tool_use";
}

Usage read_bedrock_usage(const Json& usage) noexcept {
  const auto input = count_at(usage, "inputTokens");
  const auto output = count_at(usage, "outputTokens");
  Usage read;
  read.known = input || output;
  read.cached_input = count_at(usage, "cacheReadInputTokens").value_or(0);
  read.cache_write = count_at(usage, "cacheWriteInputTokens").value_or(0);
  for (const auto& detail : items_at(usage, "cacheDetails"))
    if (text_at(detail, "ttl") == "1h")
      read.cache_write_1h += count_at(detail, "inputTokens").value_or(0);
  read.cache_write_1h = std::min(read.cache_write_1h, read.cache_write);
  read.input = input.value_or(0) + read.cached_input + read.cache_write;
  read.output = output.value_or(0);
  return read;
}

Result<ChatAnswer> read_bedrock_answer(std::string_view body) {
  const auto json = parse_json_object(body);
  const auto* output = json ? object_at(*json, "output") : nullptr;
  const auto* message = output ? object_at(*output, "message") : nullptr;
  if (message == nullptr) return no_answer("has no message");
  const auto reason = text_at(*json, "stopReason");
  if (reason.empty()) return no_answer("has no end");
  Choice choice;
  choice.blocks = read_blocks(items_at(*message, "content"));
  if (choice.blocks.empty() && is_bedrock_failure(reason)) return no_answer("failed midway");
  choice.finish = read_bedrock_finish(reason);
  if (
    choice.finish == FinishReason::tool_calls
    && std::ranges::find(choice.blocks, Block::Kind::tool_call, &Block::kind)
      == choice.blocks.end())
    choice.finish = FinishReason::stop; // the only tool was the one that stands for a schema
  ChatAnswer answer;
  answer.choices.push_back(std::move(choice));
  if (const auto* usage = object_at(*json, "usage")) answer.usage = read_bedrock_usage(*usage);
  if (const auto* tier = object_at(*json, "serviceTier"))
    answer.service_tier = text_at(*tier, "type");
  return answer;
}

} // namespace gateway
