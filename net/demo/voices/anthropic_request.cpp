#include "net/demo/voices/fields.hpp"
#include "net/demo/voices/requests.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace gateway {
namespace {

using json = nlohmann::ordered_json;

Failed wrong(const std::string& at, const std::string& message) {
  return fail(ErrorKind::invalid_value, at + ": " + message, at);
}

Result<void> read_image(const json& block, const std::string& at, DemoTurn& turn) {
  const auto* source = demo_field(block, "source");
  if (source == nullptr) return wrong(at + ".source", "Field required");
  GATEWAY_TRY(const auto type, demo_text(*source, "type", at + ".source."));
  if (type == "url") {
    GATEWAY_TRY(const auto url, demo_text(*source, "url", at + ".source."));
  } else if (type == "base64") {
    GATEWAY_TRY(const auto media, demo_text(*source, "media_type", at + ".source."));
    GATEWAY_TRY(const auto data, demo_text(*source, "data", at + ".source."));
    constexpr std::array known{"image/jpeg", "image/png", "image/gif", "image/webp"};
    if (std::ranges::find(known, media) == known.end())
      return wrong(at + ".source.media_type", "Input should be an image type");
  } else {
    return wrong(at + ".source.type", "Input should be 'base64' or 'url'");
  }
  ++turn.images;
  return {};
}

/// Text of a tool's result: a string, or text and image blocks.
Result<void> read_result(const json& block, const std::string& at, DemoTurn& turn) {
  const auto* content = demo_field(block, "content");
  if (content == nullptr) return {};
  if (content->is_string()) {
    turn.text += content->get<std::string>();
    return {};
  }
  if (!content->is_array()) return wrong(at + ".content", "Input should be a string or a list");
  for (const auto& part : *content) {
    GATEWAY_TRY(const auto type, demo_text(part, "type", at + ".content."));
    if (type != "text") continue;
    GATEWAY_TRY(const auto text, demo_text(part, "text", at + ".content."));
    turn.text += text;
  }
  return {};
}

/// Reads a conversation block by block; knows which tool uses still want their result.
class Conversation {
public:
  explicit Conversation(DemoRequest& request) : request_(request) {}

  Result<void> add(const json& message, const std::string& at) {
    GATEWAY_TRY(const auto role, demo_text(message, "role", at + "."));
    if (role != "user" && role != "assistant")
      return wrong(at + ".role", "Input should be 'user' or 'assistant'");
    DemoTurn turn{role == "user" ? DemoRole::user : DemoRole::assistant, {}, 0};
    const auto* content = demo_field(message, "content");
    if (content == nullptr) return wrong(at + ".content", "Field required");
    if (content->is_string()) {
      if (!open_.empty()) return unanswered(at);
      turn.text = content->get<std::string>();
      if (turn.text.empty()) return wrong(at, "text content blocks must be non-empty");
    } else {
      if (!content->is_array() || content->empty())
        return wrong(at + ".content", "Input should be a string or a list, not empty");
      for (std::size_t i = 0; i < content->size(); ++i)
        if (auto read = block((*content)[i], at + ".content." + std::to_string(i), turn); !read)
          return fail(std::move(read.error()));
      if (!open_.empty()) return unanswered(at);
    }
    if (!turn.text.empty() || turn.images > 0) request_.turns.push_back(std::move(turn));
    open_ = std::exchange(asked_, {});
    return {};
  }

private:
  static Failed unanswered(const std::string& at) {
    return wrong(at, "`tool_use` ids were found without `tool_result` blocks immediately after");
  }

  Result<void> block(const json& block, const std::string& at, DemoTurn& turn) {
    GATEWAY_TRY(const auto type, demo_text(block, "type", at + "."));
    const bool user = turn.role == DemoRole::user;
    if (type == "tool_result" && user) return result(block, at);
    if (!open_.empty()) return unanswered(at);
    if (type == "text") {
      GATEWAY_TRY(const auto text, demo_text(block, "text", at + "."));
      if (text.empty()) return wrong(at, "text content blocks must be non-empty");
      turn.text += text;
      return {};
    }
    if (type == "image" && user) return read_image(block, at, turn);
    if (type == "tool_use" && !user) {
      GATEWAY_TRY(auto id, demo_text(block, "id", at + "."));
      GATEWAY_TRY(const auto name, demo_text(block, "name", at + "."));
      const auto* input = demo_field(block, "input");
      if (input == nullptr || !input->is_object())
        return wrong(at + ".input", "Input should be a valid dictionary");
      asked_.insert(std::move(id));
      return {};
    }
    if (type == "thinking" && !user) {
      GATEWAY_TRY(const auto signature, demo_text(block, "signature", at + "."));
      return {};
    }
    return wrong(at + ".type", "Input tag '" + type + "' is not expected here");
  }

  Result<void> result(const json& block, const std::string& at) {
    GATEWAY_TRY(const auto id, demo_text(block, "tool_use_id", at + "."));
    if (open_.erase(id) == 0)
      return wrong(at, "unexpected `tool_use_id` found in `tool_result` blocks");
    DemoTurn turn{DemoRole::tool, {}, 0};
    if (auto read = read_result(block, at, turn); !read) return fail(std::move(read.error()));
    request_.turns.push_back(std::move(turn));
    return {};
  }

  DemoRequest& request_;
  std::set<std::string> open_;  // of the message before: must be answered in this one, first
  std::set<std::string> asked_; // of this message
};

Result<void> read_messages(const json& body, DemoRequest& request) {
  if (const auto* system = demo_field(body, "system")) {
    DemoTurn turn{DemoRole::system, {}, 0};
    if (system->is_string()) {
      turn.text = system->get<std::string>();
    } else if (system->is_array()) {
      for (const auto& block : *system) {
        GATEWAY_TRY(const auto text, demo_text(block, "text", "system."));
        turn.text += text;
      }
    } else {
      return wrong("system", "Input should be a valid string");
    }
    request.turns.push_back(std::move(turn));
  }
  GATEWAY_TRY(const auto* const messages, demo_list(body, "messages"));
  if (messages->front().is_object() && messages->front().value("role", json()) != "user")
    return wrong("messages.0.role", "first message must use the \"user\" role");
  Conversation conversation{request};
  for (std::size_t i = 0; i < messages->size(); ++i)
    if (auto read = conversation.add((*messages)[i], "messages." + std::to_string(i)); !read)
      return fail(std::move(read.error()));
  return {};
}

Result<void> read_tools(const json& body, DemoRequest& request) {
  if (demo_field(body, "tools")) {
    GATEWAY_TRY(const auto* const tools, demo_list(body, "tools"));
    for (std::size_t i = 0; i < tools->size(); ++i) {
      const auto at = "tools." + std::to_string(i) + ".";
      GATEWAY_TRY(auto name, demo_text((*tools)[i], "name", at));
      const auto* schema = demo_field((*tools)[i], "input_schema");
      if (
        schema == nullptr || !demo_field(*schema, "type")
        || *demo_field(*schema, "type") != "object")
        return wrong(at + "input_schema.type", "Input should be 'object'");
      request.tools.push_back({std::move(name), demo_dump(*schema)});
    }
  }
  const auto* choice = demo_field(body, "tool_choice");
  if (choice == nullptr) return {};
  GATEWAY_TRY(const auto type, demo_text(*choice, "type", "tool_choice."));
  GATEWAY_TRY(const auto alone, demo_flag(*choice, "disable_parallel_tool_use", false));
  request.parallel_tools = !alone;
  if (type == "none") request.tool_choice = DemoToolChoice::none;
  if (type == "none" || type == "auto") return {};
  if (request.tools.empty()) return wrong("tool_choice", "tools are required");
  request.tool_choice = DemoToolChoice::required;
  if (type == "any") return {};
  if (type != "tool") return wrong("tool_choice.type", "Input should be auto, any, tool or none");
  GATEWAY_TRY(request.tool_wanted, demo_text(*choice, "name", "tool_choice."));
  for (const auto& tool : request.tools)
    if (tool.name == request.tool_wanted) return {};
  return wrong("tool_choice.name", "Tool not found in provided tools");
}

Result<void> read_thinking(const json& body, DemoRequest& request) {
  const auto* thinking = demo_field(body, "thinking");
  if (thinking == nullptr) return {};
  GATEWAY_TRY(const auto type, demo_text(*thinking, "type", "thinking."));
  if (type == "disabled") return {};
  request.reasoning = true;
  if (type != "enabled") return {};
  constexpr std::int64_t budget_least = 1024; // Anthropic's own
  GATEWAY_TRY(
    const auto budget,
    demo_integer(*thinking, "budget_tokens", budget_least, request.max_tokens - 1));
  if (!budget) return wrong("thinking.budget_tokens", "Field required");
  return {};
}

Result<void> read_rest(const json& body, DemoRequest& request) {
  if (auto read = check_demo_number(body, "temperature", 0, 1); !read)
    return fail(std::move(read.error()));
  if (auto read = check_demo_number(body, "top_p", 0, 1); !read)
    return fail(std::move(read.error()));
  if (demo_field(body, "stop_sequences")) {
    GATEWAY_TRY(const auto* const stops, demo_list(body, "stop_sequences"));
    for (const auto& stop : *stops) {
      if (
        !stop.is_string()
        || stop.get_ref<const std::string&>().find_first_not_of(" \t\r\n") == std::string::npos)
        return wrong("stop_sequences", "each stop sequence must contain non-whitespace");
      request.stops.push_back(stop.get<std::string>());
    }
  }
  if (const auto* config = demo_field(body, "output_config"))
    if (const auto* format = demo_field(*config, "format")) {
      const auto* schema = demo_field(*format, "schema");
      if (schema == nullptr) return wrong("output_config.format.schema", "Field required");
      request.json = true;
      request.json_schema = demo_dump(*schema);
    }
  GATEWAY_TRY(request.stream, demo_flag(body, "stream", false));
  request.usage_in_stream = true;
  return {};
}

/// Unlike OpenAI, Anthropic refuses fields it doesn't know.
Result<void> refuse_unknown(const json& body) {
  constexpr std::array known{
    "model",       "messages",      "system",        "max_tokens", "stop_sequences",
    "stream",      "temperature",   "top_p",         "top_k",      "tools",
    "tool_choice", "thinking",      "output_config", "metadata",   "service_tier",
    "speed",       "inference_geo", "cache_control", "container",  "diagnostics",
  };
  for (const auto& [name, value] : body.items())
    if (std::ranges::find(known, name) == known.end())
      return wrong(name, "Extra inputs are not permitted");
  return {};
}

} // namespace

Result<DemoRequest> read_anthropic_messages(std::string_view text, bool max_tokens_required) {
  json body;
  if (auto parsed = parse_demo_object(text, body); !parsed) return fail(std::move(parsed.error()));
  if (auto known = refuse_unknown(body); !known) return fail(std::move(known.error()));
  DemoRequest request;
  GATEWAY_TRY(request.model, demo_text(body, "model", ""));
  constexpr std::int64_t tokens_max = 10'000'000; // more than any model's answer
  GATEWAY_TRY(const auto tokens, demo_integer(body, "max_tokens", 1, tokens_max));
  if (!tokens && max_tokens_required)
    return fail(ErrorKind::missing_field, "max_tokens: Field required", "max_tokens");
  request.max_tokens = tokens.value_or(tokens_max);
  for (const auto read : {read_messages, read_tools, read_thinking, read_rest})
    if (auto done = read(body, request); !done) return fail(std::move(done.error()));
  request.input_tokens = demo_input_tokens(request);
  return request;
}

} // namespace gateway
