#include "net/base/json_text.hpp"
#include "net/dialects/answer_parts.hpp"
#include "net/dialects/anthropic_client.hpp"
#include "net/dialects/call_ids.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

/// A whole answer of anybody's as Anthropic's message.
namespace gateway {
namespace {

Json text_of_block(const Block& block) {
  return Json{{"type", "text"}, {"text", block.text}};
}

/// The format has no place for arguments that are no JSON object, as models write them at times:
/// whoever runs the tool shall see what was said.
Json input_of(std::string_view arguments) {
  if (arguments.empty()) return Json::object();
  if (auto input = parse_json_object(arguments)) return *std::move(input);
  return Json{{"invalid_arguments", arguments}};
}

/// Nothing is written of what a client could not send back.
void add_block(Json& content, const Block& block) {
  switch (block.kind) {
  case Block::Kind::text:
  case Block::Kind::refusal:
    if (!block.text.empty()) content.push_back(text_of_block(block));
    return;
  case Block::Kind::reasoning:
    content.push_back(
      {{"type", "thinking"},
       {"thinking", block.text},
       {"signature", mark_foreign_signature(block.signature_origin, block.signature)}});
    return;
  case Block::Kind::tool_call: {
    if (!block.signature.empty())
      content.push_back(
        {{"type", "redacted_thinking"},
         {"data", mark_foreign_signature(block.signature_origin, block.signature)}});
    content.push_back(
      {{"type", "tool_use"},
       {"id", plain_call_id(block.id)},
       {"name", block.name},
       {"input", input_of(block.arguments)}});
    return;
  }
  default: return; // images and sounds have no place in a message of this format
  }
}

} // namespace

std::string_view stop_reason_of(const Ending& ending) noexcept {
  switch (ending.finish) {
  case FinishReason::length: return "max_tokens";
  case FinishReason::content_filter: return "refusal";
  case FinishReason::tool_calls: return "tool_use";
  case FinishReason::none:
  case FinishReason::stop: break;
  }
  // Some say that they have stopped where they wait for a tool.
  if (ending.has_calls) return "tool_use";
  return ending.has_refusal ? "refusal" : "end_turn";
}

void append_anthropic_usage(std::string& out, const Usage& usage) {
  out += R"({"input_tokens":)";
  append_number(
    out, std::max<std::int64_t>(0, usage.input - usage.cached_input - usage.cache_write));
  out += R"(,"cache_creation_input_tokens":)";
  append_number(out, usage.cache_write);
  out += R"(,"cache_read_input_tokens":)";
  append_number(out, usage.cached_input);
  out += R"(,"output_tokens":)";
  append_number(out, usage.output);
  if (usage.reasoning > 0) {
    out += R"(,"output_tokens_details":{"thinking_tokens":)";
    append_number(out, usage.reasoning);
    out += '}';
  }
  out += '}';
}

std::string anthropic_message_id(std::string_view id) {
  constexpr std::string_view prefix = "msg_";
  if (id.empty()) return make_answer_id(prefix);
  return id.starts_with(prefix) ? std::string{id} : std::string{prefix} + std::string{id};
}

std::string write_anthropic_message(const ChatAnswer& answer) {
  const auto& choice = answer.choices.front();
  const auto has = [&](Block::Kind kind) {
    return std::ranges::find(choice.blocks, kind, &Block::kind) != choice.blocks.end();
  };
  Json content = Json::array();
  for (const auto& block : choice.blocks) add_block(content, block);
  const Ending ending{choice.finish, has(Block::Kind::tool_call), has(Block::Kind::refusal)};
  auto text = json_text(Json{
    {"id", anthropic_message_id(answer.id)},
    {"type", "message"},
    {"role", "assistant"},
    {"model", answer.model},
    {"content", std::move(content)},
    {"stop_reason", stop_reason_of(ending)},
    {"stop_sequence", nullptr}});
  text.pop_back();
  text += ",\"usage\":";
  append_anthropic_usage(text, answer.usage);
  return text + '}';
}

} // namespace gateway
