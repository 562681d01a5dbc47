#include "net/base/json_text.hpp"
#include "net/dialects/answer_parts.hpp"
#include "net/dialects/openai_write.hpp"
#include "net/dialects/think_tags.hpp"
#include "net/unified/json_cursor.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

/// Whole answers, both ways (openai.md, section 3).
namespace gateway {
namespace {

constexpr std::size_t choices_max = 128;

bool has_think_tags(const Target& target) {
  return target.quirks
    && std::ranges::find(target.quirks->reasoning_out, "think_tags")
    != target.quirks->reasoning_out.end();
}

void add_content(std::vector<Block>& blocks, const Json& message, const Target& target) {
  const auto* content = member(message, "content");
  if (content == nullptr) return;
  if (content->is_array()) { // Mistral
    for (const auto& part : *content) {
      if (text_at(part, "type") == "thinking") {
        std::string thinking;
        for (const auto& piece : items_at(part, "thinking")) thinking += text_at(piece, "text");
        add_text(blocks, Block::Kind::reasoning, thinking);
      } else {
        add_text(blocks, Block::Kind::text, text_at(part, "text"));
      }
    }
    return;
  }
  if (!has_think_tags(target)) return add_text(blocks, Block::Kind::text, text_of(*content));
  ThinkTags tags;
  std::vector<ThinkTags::Piece> pieces;
  tags.feed(text_of(*content), pieces);
  tags.finish(pieces);
  for (const auto& piece : pieces) add_text(blocks, piece.kind, piece.text);
}

void add_calls(std::vector<Block>& blocks, const Json& message) {
  for (const auto& call : items_at(message, "tool_calls")) {
    const auto* function = object_at(call, "function");
    if (function == nullptr) continue;
    auto& block = blocks.emplace_back();
    block.kind = Block::Kind::tool_call;
    block.id = text_at(call, "id");
    if (block.id.empty()) block.id = "call_" + std::to_string(blocks.size());
    block.name = text_at(*function, "name");
    const auto* arguments = member(*function, "arguments");
    const bool is_text = arguments && arguments->is_string();
    block.arguments = is_text ? std::string{text_of(*arguments)} : "";
    if (arguments && !is_text) block.arguments = json_text(*arguments);
    if (const auto* extra = object_at(call, "extra_content"))
      if (const auto* google = object_at(*extra, "google")) {
        block.signature = text_at(*google, "thought_signature");
        block.signature_origin = "gemini";
      }
  }
}

Choice read_choice(const Json& json, const Target& target) {
  Choice choice;
  choice.index = count_at(json, "index").value_or(0);
  choice.finish = read_openai_finish(text_at(json, "finish_reason"));
  if (const auto* logprobs = member(json, "logprobs")) choice.logprobs = json_text(*logprobs);
  const auto* message = object_at(json, "message");
  if (message == nullptr) return choice;
  auto reasoning = text_at(*message, "reasoning_content");
  if (reasoning.empty()) reasoning = text_at(*message, "reasoning");
  add_text(choice.blocks, Block::Kind::reasoning, reasoning);
  add_content(choice.blocks, *message, target);
  add_text(choice.blocks, Block::Kind::refusal, text_at(*message, "refusal"));
  add_calls(choice.blocks, *message);
  return choice;
}

Failed invalid_answer(std::string_view why) {
  return fail(
    ErrorKind::upstream_invalid_response, "the provider's answer is invalid: " + std::string{why});
}

/// Reasoning that only its maker can check goes back to the client in the form it keeps for it.
void add_thinking(Json& message, const std::vector<Block>& blocks) {
  std::string text;
  Json signed_blocks = Json::array();
  for (const auto& block : blocks) {
    if (block.kind != Block::Kind::reasoning) continue;
    text += block.text;
    if (!block.redacted.empty()) {
      signed_blocks.push_back({{"type", "redacted_thinking"}, {"data", block.redacted}});
    } else if (!block.signature.empty()) {
      signed_blocks.push_back(
        {{"type", "thinking"}, {"thinking", block.text}, {"signature", block.signature}});
    } else {
      continue;
    }
    if (!block.signature_origin.empty() && block.signature_origin != "anthropic")
      signed_blocks.back()["origin"] = block.signature_origin;
  }
  if (!text.empty()) message["reasoning_content"] = std::move(text);
  if (!signed_blocks.empty()) message["thinking_blocks"] = std::move(signed_blocks);
}

Json message_of(const Choice& choice) {
  Json message{{"role", "assistant"}, {"content", nullptr}, {"refusal", nullptr}};
  Json calls = Json::array();
  std::string text;
  std::string refusal;
  bool has_text = false;
  for (const auto& block : choice.blocks) {
    if (block.kind == Block::Kind::text) {
      has_text = true;
      text += block.text;
    }
    if (block.kind == Block::Kind::refusal) refusal += block.text;
    if (block.kind == Block::Kind::tool_call) calls.push_back(openai_tool_call(block));
  }
  if (!refusal.empty()) message["refusal"] = std::move(refusal);
  // An answer without a word is an empty text, unless it says something else.
  if (has_text || (calls.empty() && message["refusal"].is_null())) message["content"] = text;
  add_thinking(message, choice.blocks);
  if (!calls.empty()) message["tool_calls"] = std::move(calls);
  return message;
}

} // namespace

Result<ChatAnswer> read_openai_answer(std::string_view body, const Target& target) {
  const auto json = parse_json_object(body);
  if (!json) return invalid_answer("no JSON object");
  if (member(*json, "error")) return invalid_answer("an error with a good status");
  const auto choices = items_at(*json, "choices");
  if (choices.empty() || choices.size() > choices_max) return invalid_answer("no choices");
  ChatAnswer answer;
  answer.id = text_at(*json, "id");
  answer.model = text_at(*json, "model");
  answer.created = count_at(*json, "created").value_or(0);
  answer.service_tier = text_at(*json, "service_tier");
  answer.system_fingerprint = text_at(*json, "system_fingerprint");
  for (const auto& choice : choices) {
    if (is_error_finish(text_at(choice, "finish_reason")))
      return invalid_answer("the provider gave up");
    answer.choices.push_back(read_choice(choice, target));
  }
  if (const auto* usage = member(*json, "usage")) {
    const auto text = json_text(*usage);
    auto cursor = JsonTokens::of_this_thread().read(text);
    answer.usage = read_openai_usage(cursor);
  }
  return answer;
}

std::string write_openai_answer(const ChatAnswer& answer, std::int64_t created) {
  Json choices = Json::array();
  for (const auto& choice : answer.choices) {
    auto logprobs = parse_json(choice.logprobs);
    choices.push_back(
      {{"index", choice.index},
       {"message", message_of(choice)},
       {"logprobs", logprobs ? *std::move(logprobs) : Json{}},
       {"finish_reason", openai_finish_text(choice.finish)}});
  }
  Json json{
    {"id", answer.id},
    {"object", "chat.completion"},
    {"created", answer.created != 0 ? answer.created : created},
    {"model", answer.model},
    {"choices", std::move(choices)}};
  if (!answer.service_tier.empty()) json["service_tier"] = answer.service_tier;
  if (!answer.system_fingerprint.empty()) json["system_fingerprint"] = answer.system_fingerprint;
  auto text = json_text(json);
  if (!answer.usage.known) return text;
  text.pop_back();
  text += ",\"usage\":";
  append_openai_usage(text, answer.usage);
  return text + '}';
}

} // namespace gateway
