#include "net/dialects/answer_parts.hpp"
#include "net/dialects/gemini.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace gateway {
namespace {

constexpr std::array<std::string_view, 9> filtered{
  "SAFETY",
  "RECITATION",
  "BLOCKLIST",
  "PROHIBITED_CONTENT",
  "SPII",
  "LANGUAGE",
  "IMAGE_SAFETY",
  "IMAGE_PROHIBITED_CONTENT",
  "IMAGE_RECITATION"};

Failed no_answer(const char* why) {
  return fail(ErrorKind::upstream_invalid_response, std::string{"the provider's answer "} + why);
}

/// Parts are pieces: neighbours of one kind are one block.
void add_part(std::vector<Block>& blocks, Block part) {
  const auto joins = part.kind == Block::Kind::text || part.kind == Block::Kind::reasoning;
  if (joins && part.text.empty()) return;
  if (joins && !blocks.empty() && blocks.back().kind == part.kind)
    blocks.back().text += part.text;
  else
    blocks.push_back(std::move(part));
}

Result<Choice>
read_candidate(const Json& candidate, std::string_view response_id, std::int64_t position) {
  Choice choice;
  choice.index = count_at(candidate, "index").value_or(position);
  if (choice.index >= gemini_choices_max) choice.index = position;
  CallIds ids;
  bool has_calls = false;
  if (const auto* content = object_at(candidate, "content"))
    for (const auto& one : items_at(*content, "parts")) {
      auto block = read_gemini_part(one);
      if (!block) continue;
      if (block->kind == Block::Kind::tool_call) {
        ids.take(*block, response_id, choice.index);
        has_calls = true;
      }
      add_part(choice.blocks, *std::move(block));
    }
  const auto finish = read_gemini_finish(text_at(candidate, "finishReason"), has_calls);
  if (finish.needs_content && choice.blocks.empty()) return no_answer("has no content");
  choice.finish = finish.reason;
  choice.logprobs = read_gemini_logprobs(candidate);
  return choice;
}

Json read_logprob(const Json& candidate) {
  const auto token = text_at(candidate, "token");
  const auto* number = member(candidate, "logProbability");
  return Json{
    {"token", token},
    {"logprob", number && number->is_number() ? *number : Json(0.0)},
    {"bytes", bytes_of(token)}};
}

} // namespace

std::optional<Block> read_gemini_part(const Json& part) {
  Block block;
  if (const auto* call = object_at(part, "functionCall")) {
    block.kind = Block::Kind::tool_call;
    block.id = text_at(*call, "id");
    block.name = text_at(*call, "name");
    const auto* args = object_at(*call, "args");
    block.arguments = args ? json_text(*args) : "{}";
    block.signature = text_at(part, "thoughtSignature");
    if (!block.signature.empty()) block.signature_origin = gemini_name;
    return block;
  }
  if (const auto* data = object_at(part, "inlineData")) {
    block.kind = Block::Kind::image;
    block.media.mime = text_at(*data, "mimeType");
    block.media.data_base64 = text_at(*data, "data");
    if (!block.media.mime.starts_with("image/")) return std::nullopt;
    return block;
  }
  const auto* text = member(part, "text");
  if (text == nullptr || !text->is_string()) return std::nullopt;
  block.kind = flag_at(part, "thought") ? Block::Kind::reasoning : Block::Kind::text;
  block.text = text_of(*text);
  return block;
}

GeminiFinish read_gemini_finish(std::string_view reason, bool has_calls) noexcept {
  if (reason == "STOP") return {has_calls ? FinishReason::tool_calls : FinishReason::stop, false};
  if (reason == "MAX_TOKENS" || reason == "CONTINUATION") return {FinishReason::length, false};
  if (std::ranges::find(filtered, reason) != filtered.end())
    return {FinishReason::content_filter, false};
  return {FinishReason::stop, true}; // MALFORMED_FUNCTION_CALL, OTHER and the like, and what is new
}

Usage read_gemini_usage(const Json& metadata) noexcept {
  const auto prompt = count_at(metadata, "promptTokenCount");
  const auto candidates = count_at(metadata, "candidatesTokenCount");
  Usage usage;
  usage.known = prompt || candidates || count_at(metadata, "totalTokenCount");
  usage.input = prompt.value_or(0) + count_at(metadata, "toolUsePromptTokenCount").value_or(0);
  usage.cached_input =
    std::min(count_at(metadata, "cachedContentTokenCount").value_or(0), usage.input);
  usage.reasoning = count_at(metadata, "thoughtsTokenCount").value_or(0);
  usage.output = candidates.value_or(0) + usage.reasoning;
  return usage;
}

std::string read_gemini_logprobs(const Json& candidate) {
  const auto* result = object_at(candidate, "logprobsResult");
  if (result == nullptr) return {};
  Json content = Json::array();
  const auto tops = items_at(*result, "topCandidates");
  for (const auto& chosen : items_at(*result, "chosenCandidates")) {
    auto token = read_logprob(chosen);
    Json top = Json::array();
    if (content.size() < tops.size())
      for (const auto& other : items_at(tops[content.size()], "candidates"))
        top.push_back(read_logprob(other));
    token["top_logprobs"] = std::move(top);
    content.push_back(std::move(token));
  }
  if (content.empty()) return {};
  return json_text(Json{{"content", std::move(content)}, {"refusal", nullptr}});
}

std::string gemini_answer_id(std::string_view response_id) {
  return response_id.empty() ? std::string{} : "chatcmpl-" + std::string{response_id};
}

Result<ChatAnswer> read_gemini_answer(std::string_view body) {
  const auto json = parse_json_object(body);
  if (!json) return no_answer("is no JSON object");
  const auto response_id = text_at(*json, "responseId");
  ChatAnswer answer;
  answer.id = gemini_answer_id(response_id);
  answer.model = text_at(*json, "modelVersion");
  const auto candidates = items_at(*json, "candidates");
  if (candidates.size() > static_cast<std::size_t>(gemini_choices_max))
    return no_answer("has too many candidates");
  for (const auto& candidate : candidates) {
    const auto position = static_cast<std::int64_t>(answer.choices.size());
    GATEWAY_TRY(auto choice, read_candidate(candidate, response_id, position));
    answer.choices.push_back(std::move(choice));
  }
  if (answer.choices.empty()) {
    const auto* feedback = object_at(*json, "promptFeedback");
    if (feedback == nullptr || text_at(*feedback, "blockReason").empty())
      return no_answer("has no candidates");
    answer.choices.emplace_back().finish = FinishReason::content_filter;
  }
  if (const auto* usage = object_at(*json, "usageMetadata"))
    answer.usage = read_gemini_usage(*usage);
  return answer;
}

} // namespace gateway
