#include "net/dialects/anthropic.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace gateway {
namespace {

/// Blocks of kinds that the vocabulary has no word for are left out.
std::optional<Block> read_block(const Json& content) {
  Block block;
  const auto type = text_at(content, "type");
  if (type == "text") {
    block.text = text_at(content, "text");
  } else if (type == "thinking" || type == "redacted_thinking") {
    block.kind = Block::Kind::reasoning;
    block.text = text_at(content, "thinking");
    block.signature = text_at(content, "signature");
    block.redacted = text_at(content, "data");
    block.signature_origin = anthropic_name;
  } else if (type == "tool_use") {
    const auto* input = object_at(content, "input");
    auto arguments = input ? json_text(*input) : std::string{"{}"};
    if (text_at(content, "name") == json_tool) {
      block.text = std::move(arguments);
      return block;
    }
    block.kind = Block::Kind::tool_call;
    block.id = text_at(content, "id");
    block.name = text_at(content, "name");
    block.arguments = std::move(arguments);
  } else {
    return std::nullopt;
  }
  return block;
}

std::string tier_in_openais_words(std::string_view tier) {
  return std::string{tier == "standard" ? "default" : tier};
}

} // namespace

FinishReason read_anthropic_finish(std::string_view stop_reason) noexcept {
  if (stop_reason == "max_tokens" || stop_reason == "model_context_window_exceeded")
    return FinishReason::length;
  if (stop_reason == "tool_use") return FinishReason::tool_calls;
  if (stop_reason == "refusal") return FinishReason::content_filter;
  return FinishReason::stop; // end_turn, stop_sequence, pause_turn, compaction and what is new
}

Result<ChatAnswer> read_anthropic_answer(std::string_view body) {
  const auto json = parse_json_object(body);
  const auto* content = json ? member(*json, "content") : nullptr;
  if (content == nullptr || !content->is_array())
    return fail(ErrorKind::upstream_invalid_response, "the provider's answer is no message");

  ChatAnswer answer;
  answer.id = text_at(*json, "id");
  answer.model = text_at(*json, "model");
  Choice choice;
  for (const auto& one : *content)
    if (auto block = read_block(one)) choice.blocks.push_back(*std::move(block));
  choice.finish = read_anthropic_finish(text_at(*json, "stop_reason"));
  if (
    choice.finish == FinishReason::tool_calls
    && std::ranges::find(choice.blocks, Block::Kind::tool_call, &Block::kind)
      == choice.blocks.end())
    choice.finish = FinishReason::stop; // the only tool was the one that stands for a schema
  if (choice.finish == FinishReason::content_filter)
    if (const auto* details = object_at(*json, "stop_details"))
      if (const auto explanation = text_at(*details, "explanation"); !explanation.empty()) {
        Block refusal;
        refusal.kind = Block::Kind::refusal;
        refusal.text = explanation;
        choice.blocks.push_back(std::move(refusal));
      }
  answer.choices.push_back(std::move(choice));

  if (const auto* told = object_at(*json, "usage")) {
    AnthropicUsage usage;
    usage.take(*told);
    answer.usage = usage.usage();
    answer.service_tier = tier_in_openais_words(text_at(*told, "service_tier"));
  }
  return answer;
}

void AnthropicUsage::take(const Json& usage) {
  take_counts(usage);
  take_iterations(items_at(usage, "iterations"));
}

void AnthropicUsage::take_counts(const Json& counts) {
  const auto latest =
    [](std::optional<std::int64_t>& count, const Json& of, std::string_view name) {
      if (const auto told = count_at(of, name)) count = told;
    };
  latest(input_, counts, "input_tokens");
  latest(cache_read_, counts, "cache_read_input_tokens");
  latest(cache_write_, counts, "cache_creation_input_tokens");
  latest(output_, counts, "output_tokens");
  if (const auto* writes = object_at(counts, "cache_creation")) {
    latest(cache_write_5m_, *writes, "ephemeral_5m_input_tokens");
    latest(cache_write_1h_, *writes, "ephemeral_1h_input_tokens");
  }
  if (const auto* details = object_at(counts, "output_tokens_details"))
    latest(thinking_, *details, "thinking_tokens");
}

/// With compaction the counts beside are the last step's; all steps are paid for (section 4).
void AnthropicUsage::take_iterations(std::span<const Json> iterations) {
  AnthropicUsage sum;
  bool any = false;
  const auto add = [](std::optional<std::int64_t>& total, std::optional<std::int64_t> count) {
    if (count) total = total.value_or(0) + *count;
  };
  for (const auto& iteration : iterations) {
    const auto type = text_at(iteration, "type");
    if (type != "message" && type != "compaction") continue;
    any = true;
    AnthropicUsage one;
    one.take_counts(iteration);
    add(sum.input_, one.input_);
    add(sum.cache_read_, one.cache_read_);
    add(sum.cache_write_, one.cache_write_);
    add(sum.cache_write_5m_, one.cache_write_5m_);
    add(sum.cache_write_1h_, one.cache_write_1h_);
    add(sum.output_, one.output_);
    add(sum.thinking_, one.thinking_);
  }
  if (!any) return;
  if (!sum.thinking_) sum.thinking_ = thinking_;
  *this = sum;
}

Usage AnthropicUsage::usage() const noexcept {
  Usage usage;
  usage.known = input_ || output_;
  usage.cached_input = cache_read_.value_or(0);
  usage.cache_write =
    cache_write_.value_or(cache_write_5m_.value_or(0) + cache_write_1h_.value_or(0));
  usage.cache_write_1h = std::min(cache_write_1h_.value_or(0), usage.cache_write);
  usage.input = input_.value_or(0) + usage.cached_input + usage.cache_write;
  usage.output = output_.value_or(0);
  usage.reasoning = std::min(thinking_.value_or(0), usage.output);
  return usage;
}

} // namespace gateway
