#include "net/demo/voices/fields.hpp"
#include "net/demo/voices/requests.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <set>
#include <span>
#include <utility>

namespace gateway {
namespace {

using json = nlohmann::ordered_json;

Failed wrong(const std::string& at, const std::string& message) {
  return fail(ErrorKind::invalid_value, "invalid request: " + at + ": " + message, at);
}

std::string indexed(std::string_view list, std::size_t i) {
  return std::string{list} + "[" + std::to_string(i) + "].";
}

Result<void> refuse_unknown(const json& body, std::span<const std::string_view> known) {
  for (const auto& [name, value] : body.items())
    if (std::ranges::find(known, name) == known.end())
      return wrong(name, "unknown field: parameter '" + name + "' is not a valid field");
  return {};
}

Result<void> read_part(const json& part, const std::string& at, DemoTurn& turn) {
  GATEWAY_TRY(const auto type, demo_text(part, "type", at));
  if (type == "text") {
    GATEWAY_TRY(const auto text, demo_text(part, "text", at));
    if (text.empty()) return wrong(at + "text", "must not be empty");
    turn.text += text;
    return {};
  }
  if (type == "thinking" && turn.role == DemoRole::assistant) {
    GATEWAY_TRY(const auto thinking, demo_text(part, "thinking", at));
    return {};
  }
  const auto* image = demo_field(part, "image_url");
  if (type != "image_url" || turn.role != DemoRole::user || image == nullptr)
    return wrong(at + "type", "content of type '" + type + "' is not expected here");
  GATEWAY_TRY(const auto url, demo_text(*image, "url", at + "image_url."));
  if (!url.starts_with("data:image/") && !url.starts_with("https://"))
    return wrong(at + "image_url", "must be a data or web URL of an image");
  ++turn.images;
  return {};
}

Result<void> read_content(const json& message, const std::string& at, DemoTurn& turn) {
  const auto* content = demo_field(message, "content");
  if (content == nullptr) {
    if (turn.role == DemoRole::assistant && demo_field(message, "tool_calls")) return {};
    return wrong(at + "content", "is required");
  }
  if (content->is_string()) {
    turn.text = content->get<std::string>();
    // A tool may have nothing to say.
    if (turn.text.empty() && turn.role != DemoRole::tool)
      return wrong(at + "content", "must not be empty");
    return {};
  }
  if (!content->is_array() || content->empty())
    return wrong(at + "content", "must be a string or a list");
  for (std::size_t i = 0; i < content->size(); ++i)
    if (auto read = read_part((*content)[i], at + indexed("content", i), turn); !read)
      return fail(std::move(read.error()));
  return {};
}

/// Reads a conversation message by message; knows which calls still want their result.
class Conversation {
public:
  explicit Conversation(DemoRequest& request) : request_(request) {}

  Result<void> add(const json& message, const std::string& at) {
    GATEWAY_TRY(const auto role, demo_text(message, "role", at));
    DemoTurn turn;
    if (role == "tool") {
      turn.role = DemoRole::tool;
      GATEWAY_TRY(const auto id, demo_text(message, "tool_call_id", at));
      if (open_.erase(id) == 0)
        return wrong(at + "tool_call_id", "does not answer any of the tool_calls before");
    } else if (!open_.empty()) {
      return wrong(at + "role", "tool_calls before this message were not answered");
    } else if (role == "assistant") {
      turn.role = DemoRole::assistant;
      if (auto called = add_calls(message, at); !called) return called;
    } else if (role == "system") {
      turn.role = DemoRole::system;
    } else if (role != "user") {
      return wrong(at + "role", "must be user, assistant, system or tool");
    }
    if (auto read = read_content(message, at, turn); !read) return read;
    if (turn.role == DemoRole::assistant && demo_field(message, "tool_calls") && !turn.text.empty())
      return wrong(at + "content", "text beside tool_calls belongs into tool_plan");
    request_.turns.push_back(std::move(turn));
    return {};
  }

  Result<void> end() const {
    if (open_.empty()) return {};
    return wrong("messages", "the last tool_calls were not answered");
  }

private:
  Result<void> add_calls(const json& message, const std::string& at) {
    if (!demo_field(message, "tool_calls")) {
      if (demo_field(message, "tool_plan")) return wrong(at + "tool_plan", "needs tool_calls");
      return {};
    }
    GATEWAY_TRY(const auto* const calls, demo_list(message, "tool_calls"));
    for (std::size_t i = 0; i < calls->size(); ++i) {
      const auto here = at + indexed("tool_calls", i);
      GATEWAY_TRY(auto id, demo_text((*calls)[i], "id", here));
      const auto* function = demo_field((*calls)[i], "function");
      if (function == nullptr) return wrong(here + "function", "is required");
      GATEWAY_TRY(const auto name, demo_text(*function, "name", here + "function."));
      GATEWAY_TRY(const auto arguments, demo_text(*function, "arguments", here + "function."));
      if (!json::parse(arguments, nullptr, false).is_object())
        return wrong(here + "function.arguments", "must be a JSON object");
      if (!open_.insert(std::move(id)).second) return wrong(here + "id", "is there twice");
    }
    return {};
  }

  DemoRequest& request_;
  std::set<std::string> open_;
};

Result<void> read_messages(const json& body, DemoRequest& request) {
  GATEWAY_TRY(const auto* const messages, demo_list(body, "messages"));
  Conversation conversation{request};
  for (std::size_t i = 0; i < messages->size(); ++i)
    if (auto read = conversation.add((*messages)[i], indexed("messages", i)); !read) return read;
  return conversation.end();
}

Result<void> read_tools(const json& body, DemoRequest& request) {
  GATEWAY_TRY(const auto strict, demo_flag(body, "strict_tools", false));
  if (demo_field(body, "tools")) {
    GATEWAY_TRY(const auto* const tools, demo_list(body, "tools"));
    for (std::size_t i = 0; i < tools->size(); ++i) {
      const auto at = indexed("tools", i) + "function";
      const auto* function = demo_field((*tools)[i], "function");
      const auto* schema = function ? demo_field(*function, "parameters") : nullptr;
      if (schema == nullptr || !schema->is_object()) return wrong(at, "must have parameters");
      GATEWAY_TRY(auto name, demo_text(*function, "name", at + "."));
      if (strict && !demo_list(*schema, "required"))
        return wrong("strict_tools", "each of the tools must require a parameter");
      request.tools.push_back({std::move(name), demo_dump(*schema)});
    }
  }
  const auto* choice = demo_field(body, "tool_choice");
  if (choice == nullptr) return {};
  if (request.tools.empty()) return wrong("tool_choice", "needs tools");
  if (*choice != "REQUIRED" && *choice != "NONE")
    return wrong("tool_choice", "must be REQUIRED or NONE");
  request.tool_choice = *choice == "NONE" ? DemoToolChoice::none : DemoToolChoice::required;
  return {};
}

Result<void> read_format(const json& body, DemoRequest& request) {
  const auto* format = demo_field(body, "response_format");
  if (format == nullptr) return {};
  GATEWAY_TRY(const auto type, demo_text(*format, "type", "response_format."));
  const auto* schema = demo_field(*format, "json_schema");
  if (type == "text" && schema == nullptr) return {};
  if (type != "json_object") return wrong("response_format", "must be text or json_object");
  if (!request.tools.empty()) return wrong("response_format", "is not supported with tools");
  request.json = true;
  if (schema == nullptr) return {};
  if (!demo_list(*schema, "required"))
    return wrong("json_schema", "must have at least one required field");
  request.json_schema = demo_dump(*schema);
  return {};
}

Result<void> read_numbers(const json& body, DemoRequest& request) {
  constexpr std::int64_t tokens_max = 10'000'000; // more than any model's answer
  GATEWAY_TRY(const auto tokens, demo_integer(body, "max_tokens", 1, tokens_max));
  request.max_tokens = tokens.value_or(0);
  constexpr std::int64_t k_max = 500;
  for (const auto& [name, most] : {std::pair{"seed", INT64_MAX}, std::pair{"k", k_max}})
    if (auto read = demo_integer(body, name, 0, most); !read) return fail(std::move(read.error()));
  struct Bounds {
    const char* name;
    double least;
    double most;
  };
  constexpr std::array numbers{
    Bounds{"temperature", 0, 100},
    Bounds{"p", 0.01, 0.99},
    Bounds{"frequency_penalty", 0, 1},
    Bounds{"presence_penalty", 0, 1}};
  for (const auto& [name, least, most] : numbers)
    if (auto read = check_demo_number(body, name, least, most); !read) return read;
  for (const auto* name : {"logprobs", "stream"})
    if (auto read = demo_flag(body, name, false); !read) return fail(std::move(read.error()));
  return {};
}

Result<void> read_stops(const json& body, DemoRequest& request) {
  if (!demo_field(body, "stop_sequences")) return {};
  GATEWAY_TRY(const auto* const stops, demo_list(body, "stop_sequences"));
  constexpr std::size_t stops_max = 5; // Cohere's own bound
  if (stops->size() > stops_max) return wrong("stop_sequences", "at most 5");
  for (const auto& stop : *stops) {
    if (!stop.is_string()) return wrong("stop_sequences", "must be strings");
    request.stops.push_back(stop.get<std::string>());
  }
  return {};
}

Result<void> read_thinking(const json& body, DemoRequest& request) {
  const auto* thinking = demo_field(body, "thinking");
  if (thinking == nullptr) return {};
  GATEWAY_TRY(const auto type, demo_text(*thinking, "type", "thinking."));
  if (type != "enabled" && type != "disabled")
    return wrong("thinking", "must be enabled or disabled");
  GATEWAY_TRY(const auto budget, demo_integer(*thinking, "token_budget", 1, INT64_MAX));
  if (budget && type == "disabled") return wrong("thinking", "has no token_budget if disabled");
  request.reasoning = type == "enabled";
  return {};
}

} // namespace

Result<DemoRequest> read_cohere_chat(std::string_view text) {
  constexpr std::array<std::string_view, 21> known{
    "model",
    "messages",
    "stream",
    "tools",
    "strict_tools",
    "tool_choice",
    "documents",
    "citation_options",
    "response_format",
    "safety_mode",
    "max_tokens",
    "stop_sequences",
    "temperature",
    "seed",
    "frequency_penalty",
    "presence_penalty",
    "k",
    "p",
    "logprobs",
    "thinking",
    "priority"};
  json body;
  if (auto parsed = parse_demo_object(text, body); !parsed) return fail(std::move(parsed.error()));
  if (auto read = refuse_unknown(body, known); !read) return fail(std::move(read.error()));
  DemoRequest request;
  GATEWAY_TRY(request.model, demo_text(body, "model", ""));
  for (const auto read :
       {read_messages, read_tools, read_format, read_numbers, read_stops, read_thinking})
    if (auto done = read(body, request); !done) return fail(std::move(done.error()));
  GATEWAY_TRY(request.stream, demo_flag(body, "stream", false));
  request.usage_in_stream = true;
  request.input_tokens = demo_input_tokens(request);
  return request;
}

Result<DemoRequest> read_cohere_embed(std::string_view text) {
  constexpr std::array<std::string_view, 7> known{
    "model", "texts", "input_type", "embedding_types", "output_dimension", "truncate", "priority"};
  constexpr std::array input_types{
    "search_document", "search_query", "classification", "clustering"};
  json body;
  if (auto parsed = parse_demo_object(text, body); !parsed) return fail(std::move(parsed.error()));
  if (auto read = refuse_unknown(body, known); !read) return fail(std::move(read.error()));
  DemoRequest request;
  request.embeddings = true;
  GATEWAY_TRY(request.model, demo_text(body, "model", ""));
  GATEWAY_TRY(const auto type, demo_text(body, "input_type", ""));
  if (std::ranges::find(input_types, type) == input_types.end())
    return wrong("input_type", "is none of those for texts");
  GATEWAY_TRY(const auto* const types, demo_list(body, "embedding_types"));
  if (*types != json::array({"float"})) return wrong("embedding_types", "only float here");
  if (const auto* truncate = demo_field(body, "truncate");
      truncate && *truncate != "NONE" && *truncate != "START" && *truncate != "END")
    return wrong("truncate", "must be NONE, START or END");
  GATEWAY_TRY(const auto* const texts, demo_list(body, "texts"));
  constexpr std::size_t texts_max = 96; // Cohere's own bound
  if (texts->size() > texts_max) return wrong("texts", "at most 96");
  for (const auto& one : *texts) {
    if (!one.is_string() || one.get_ref<const std::string&>().empty())
      return wrong("texts", "must be strings, not empty");
    request.inputs.push_back(one.get<std::string>());
  }
  constexpr std::int64_t dimensions_max = 1536;
  GATEWAY_TRY(const auto dimensions, demo_integer(body, "output_dimension", 1, dimensions_max));
  request.dimensions = dimensions.value_or(0);
  request.input_tokens = demo_input_tokens(request);
  return request;
}

} // namespace gateway
