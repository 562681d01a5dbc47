#include "net/dialects/answer_parts.hpp"
#include "net/dialects/ollama.hpp"

#include <nlohmann/json.hpp>

namespace gateway {
namespace {

Failed no_answer(const char* why) {
  return fail(ErrorKind::upstream_invalid_response, std::string{"the provider's answer "} + why);
}

/// As OpenAI has it, where no field may be missing.
Json read_logprob(const Json& one) {
  const auto token = text_at(one, "token");
  const auto* number = member(one, "logprob");
  return Json{
    {"token", token},
    {"logprob", number && number->is_number() ? *number : Json(0.0)},
    {"bytes", bytes_of(token)}};
}

} // namespace

std::vector<Block>
read_ollama_blocks(const Json& message, std::string_view created_at, CallIds& ids) {
  std::vector<Block> blocks;
  add_text(blocks, Block::Kind::reasoning, text_at(message, "thinking"));
  add_text(blocks, Block::Kind::text, text_at(message, "content"));
  for (const auto& one : items_at(message, "tool_calls")) {
    const auto* function = object_at(one, "function");
    if (function == nullptr) continue;
    auto& call = blocks.emplace_back();
    call.kind = Block::Kind::tool_call;
    call.id = text_at(one, "id");
    call.name = text_at(*function, "name");
    const auto* arguments = object_at(*function, "arguments");
    call.arguments = arguments ? json_text(*arguments) : "{}";
    ids.take(call, created_at, 0);
  }
  return blocks;
}

FinishReason read_ollama_finish(std::string_view reason, bool has_calls) noexcept {
  if (has_calls) return FinishReason::tool_calls;
  return reason == "length" ? FinishReason::length : FinishReason::stop;
}

Usage read_ollama_usage(const Json& answer) noexcept {
  const auto prompt = count_at(answer, "prompt_eval_count");
  Usage usage;
  // Some servers leave the prompt's count out where they had the prompt in their cache: half of a
  // usage would be taken for the whole, so none is told and both are estimated.
  usage.known = prompt.has_value();
  usage.input = prompt.value_or(0);
  usage.output = count_at(answer, "eval_count").value_or(0);
  return usage;
}

std::string read_ollama_logprobs(const Json& answer) {
  Json content = Json::array();
  for (const auto& one : items_at(answer, "logprobs")) {
    auto token = read_logprob(one);
    Json top = Json::array();
    for (const auto& other : items_at(one, "top_logprobs")) top.push_back(read_logprob(other));
    token["top_logprobs"] = std::move(top);
    content.push_back(std::move(token));
  }
  if (content.empty()) return {};
  return json_text(Json{{"content", std::move(content)}, {"refusal", nullptr}});
}

Result<ChatAnswer> read_ollama_answer(std::string_view body) {
  const auto json = parse_json_object(body);
  if (!json) return no_answer("is no JSON object");
  const auto* message = object_at(*json, "message");
  if (message == nullptr) return no_answer("has no message");
  if (!flag_at(*json, "done")) return no_answer("is not done");
  ChatAnswer answer;
  answer.model = text_at(*json, "model");
  auto& choice = answer.choices.emplace_back();
  CallIds ids;
  choice.blocks = read_ollama_blocks(*message, text_at(*json, "created_at"), ids);
  const auto has_calls =
    !choice.blocks.empty() && choice.blocks.back().kind == Block::Kind::tool_call;
  choice.finish = read_ollama_finish(text_at(*json, "done_reason"), has_calls);
  choice.logprobs = read_ollama_logprobs(*json);
  answer.usage = read_ollama_usage(*json);
  return answer;
}

} // namespace gateway
