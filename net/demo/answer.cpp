#include "net/demo/answer.hpp"

#include "net/demo/example.hpp"
#include "net/demo/words.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace gateway {
namespace {

using json = nlohmann::ordered_json;

std::string dumped(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

const DemoTurn* last_of(const DemoRequest& request, DemoRole role) {
  for (auto turn = request.turns.rbegin(); turn != request.turns.rend(); ++turn)
    if (turn->role == role) return &*turn;
  return nullptr;
}

std::string_view role_name(DemoRole role) {
  switch (role) {
  case DemoRole::system: return "system";
  case DemoRole::user: return "user";
  case DemoRole::assistant: return "assistant";
  case DemoRole::tool: break;
  }
  return "tool";
}

/// What arrived, as a tester wants to see it.
std::string description(const DemoRequest& request) {
  json turns = json::array();
  for (const auto& turn : request.turns) {
    json one = {{"role", role_name(turn.role)}, {"text", turn.text}};
    if (turn.images > 0) one["images"] = turn.images;
    turns.push_back(std::move(one));
  }
  json tools = json::array();
  for (const auto& tool : request.tools) tools.push_back(tool.name);
  return dumped({
    {"model", request.model},
    {"turns", std::move(turns)},
    {"tools", std::move(tools)},
    {"max_tokens", request.max_tokens},
    {"stops", request.stops},
    {"stream", request.stream},
  });
}

std::string count_to(std::string_view number) {
  std::int64_t last = 0;
  std::from_chars(number.data(), number.data() + number.size(), last);
  std::string text;
  for (std::int64_t i = 1; i <= std::min(last, demo_answer_tokens_max); ++i) {
    if (i > 1) text += ' ';
    text += std::to_string(i);
  }
  return text;
}

std::string images_seen(const DemoRequest& request) {
  std::int64_t images = 0;
  for (const auto& turn : request.turns) images += turn.images;
  if (images == 0) return {};
  return "I see " + std::to_string(images) + (images == 1 ? " image. " : " images. ");
}

std::string reply_to(const DemoRequest& request, const DemoManner& manner) {
  const auto* asked = last_of(request, DemoRole::user);
  const std::string_view prompt = asked ? std::string_view{asked->text} : std::string_view{};
  constexpr std::string_view echo = "echo: ";
  constexpr std::string_view count = "count to ";
  if (prompt.starts_with(echo)) return std::string{prompt.substr(echo.size())};
  if (prompt.starts_with(count)) return count_to(prompt.substr(count.size()));
  if (prompt.starts_with("describe the request")) return description(request);
  if (request.json)
    return demo_example(
      request.json_schema.empty() ? R"({"required":["answer"],"type":"object"})"
                                  : std::string_view{request.json_schema},
      "something");
  if (!request.turns.empty() && request.turns.back().role == DemoRole::tool)
    return "The tool said: " + request.turns.back().text;
  DemoDice dice{demo_seed(prompt, manner.seed)};
  const auto bytes = manner.reply_bytes > 0 ? manner.reply_bytes : 60 + dice.below(180);
  return images_seen(request) + demo_sentences(dice, bytes);
}

/// The arguments written behind "call the tool", or ones made from the schema.
std::string arguments_for(const DemoTool& tool, std::string_view prompt) {
  if (const auto brace = prompt.find('{'); brace != std::string_view::npos)
    if (const auto written = json::parse(prompt.substr(brace), nullptr, false); written.is_object())
      return dumped(written);
  return demo_example(tool.schema.empty() ? "{\"type\":\"object\"}" : tool.schema, "something");
}

std::vector<DemoToolCall> calls_for(const DemoRequest& request, const std::string& id) {
  if (request.tools.empty() || request.tool_choice == DemoToolChoice::none) return {};
  const auto* asked = last_of(request, DemoRole::user);
  const bool users_turn = asked != nullptr && asked == &request.turns.back();
  const std::string_view prompt = users_turn ? std::string_view{asked->text} : std::string_view{};
  const bool told = prompt.starts_with("call the tool");
  if (!told && request.tool_choice != DemoToolChoice::required) return {};
  const bool every =
    prompt.starts_with("call the tools") && request.parallel_tools && request.tool_wanted.empty();
  std::vector<DemoToolCall> calls;
  for (const auto& tool : request.tools) {
    if (!request.tool_wanted.empty() && tool.name != request.tool_wanted) continue;
    if (!calls.empty() && !every) break;
    calls.push_back({id + std::to_string(calls.size()), tool.name, arguments_for(tool, prompt)});
  }
  return calls;
}

/// Cuts the text where the first stop sequence begins.
void stop_at(const DemoRequest& request, std::string& text, DemoAnswer& answer) {
  auto first = std::string::npos;
  for (const auto& stop : request.stops) {
    const auto at = stop.empty() ? std::string::npos : text.find(stop);
    if (at >= first) continue;
    first = at;
    answer.stop_sequence = stop;
  }
  if (first == std::string::npos) return;
  text.resize(first);
  answer.finish = DemoFinish::stop_sequence;
}

std::vector<std::string> pieces_of(std::string_view text) {
  std::vector<std::string> pieces;
  for (const auto token : demo_tokens(text)) pieces.emplace_back(token);
  return pieces;
}

} // namespace

DemoAnswer compose_answer(const DemoRequest& request, const DemoManner& manner, std::string id) {
  DemoAnswer answer;
  answer.model = request.model;
  answer.input_tokens = request.input_tokens;
  answer.calls = calls_for(request, id);
  answer.id = std::move(id);
  if (request.reasoning) answer.reasoning = pieces_of("Let me think about this for a moment.");
  if (!answer.calls.empty()) {
    answer.finish = DemoFinish::tool_calls;
  } else {
    auto text = reply_to(request, manner);
    stop_at(request, text, answer);
    answer.text = pieces_of(text);
  }
  const auto asked_max = request.max_tokens > 0 ? request.max_tokens : demo_answer_tokens_max;
  const auto most = static_cast<std::size_t>(std::min(asked_max, demo_answer_tokens_max));
  if (answer.reasoning.size() > most) answer.reasoning.resize(most);
  if (answer.reasoning.size() + answer.text.size() > most) {
    answer.text.resize(most - answer.reasoning.size());
    answer.finish = DemoFinish::length;
  }
  answer.reasoning_tokens = static_cast<std::int64_t>(answer.reasoning.size());
  answer.output_tokens = answer.reasoning_tokens + static_cast<std::int64_t>(answer.text.size());
  for (const auto& call : answer.calls)
    answer.output_tokens += count_demo_tokens(call.name) + count_demo_tokens(call.arguments);
  return answer;
}

std::vector<float> demo_embedding(const std::string& text, std::int64_t dimensions) {
  std::vector<float> vector(static_cast<std::size_t>(dimensions > 0 ? dimensions : 64));
  DemoDice dice{demo_seed(text, 0)};
  double squares = 0;
  for (auto& value : vector) {
    value = static_cast<float>(dice.unit() * 2 - 1);
    squares += static_cast<double>(value) * static_cast<double>(value);
  }
  const auto length = static_cast<float>(std::sqrt(squares));
  for (auto& value : vector) value /= length;
  return vector;
}

} // namespace gateway
