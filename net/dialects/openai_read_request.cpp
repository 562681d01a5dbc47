#include "net/dialects/field_reading.hpp"
#include "net/dialects/openai.hpp"

#include <nlohmann/json.hpp>

/// A client's request into the one vocabulary (openai.md, section 2).
namespace gateway {
namespace {

Result<Tool> read_tool(const Json& function, const std::string& path) {
  Tool tool;
  tool.name = text_at(function, "name");
  if (tool.name.empty()) return wrong_value(path + ".name", "must not be empty");
  tool.description = text_at(function, "description");
  if (const auto* parameters = member(function, "parameters")) {
    if (!parameters->is_object()) return wrong_value(path + ".parameters", "must be an object");
    tool.parameters = json_text(*parameters);
  }
  if (const auto* strict = member(function, "strict"))
    if (auto done = set(tool.strict, path + ".strict", *strict); !done) return fail(done.error());
  return tool;
}

Result<void> set_tools(ChatRequest& request, const Json& tools) {
  if (!tools.is_array()) return wrong_value("tools", "must be an array");
  for (std::size_t i = 0; i < tools.size(); ++i) {
    const auto path = item_path("tools", i);
    const auto type = text_at(tools[i], "type");
    if (!type.empty() && type != "function") return unsupported_value(path + ".type");
    const auto* function = object_at(tools[i], "function");
    if (function == nullptr) return wrong_value(path + ".function", "must be an object");
    auto tool = read_tool(*function, path + ".function");
    if (!tool) return fail(std::move(tool.error()));
    if (const auto* control = object_at(tools[i], "cache_control"))
      tool->cache_ttl = text_at(*control, "ttl") == "1h" ? "1h" : "5m";
    request.tools.push_back(*std::move(tool));
  }
  return {};
}

Result<void> set_functions(ChatRequest& request, const Json& functions) {
  if (!functions.is_array()) return wrong_value("functions", "must be an array");
  for (std::size_t i = 0; i < functions.size(); ++i) {
    auto tool = read_tool(functions[i], item_path("functions", i));
    if (!tool) return fail(std::move(tool.error()));
    request.tools.push_back(*std::move(tool));
  }
  return {};
}

Result<void> set_allowed(ToolChoice& choice, const Json& allowed) {
  choice.kind = text_at(allowed, "mode") == "required" ? ToolChoice::Kind::required
                                                       : ToolChoice::Kind::automatic;
  for (const auto& tool : items_at(allowed, "tools")) {
    const auto* function = object_at(tool, "function");
    const auto name = function ? text_at(*function, "name") : text_at(tool, "name");
    if (name.empty()) return wrong_value("tool_choice.allowed_tools.tools", "must name functions");
    choice.allowed.emplace_back(name);
  }
  return {};
}

Result<void> set_tool_choice(ChatRequest& request, const Json& value) {
  auto& choice = request.tool_choice;
  using Kind = ToolChoice::Kind;
  const auto word = text_of(value);
  if (word == "none")
    choice.kind = Kind::none;
  else if (word == "auto")
    choice.kind = Kind::automatic;
  else if (word == "required" || word == "any")
    choice.kind = Kind::required;
  if (choice.kind != Kind::unset) return {};

  const auto type = text_at(value, "type");
  if (type == "custom") return unsupported_value("tool_choice.type");
  if (const auto* allowed = object_at(value, "allowed_tools")) return set_allowed(choice, *allowed);
  // `function_call` of old has the name without an object around it.
  const auto* function = object_at(value, "function");
  choice.name = text_at(function ? *function : value, "name");
  if (choice.name.empty())
    return wrong_value("tool_choice", "must be a known word or name a function");
  choice.kind = Kind::function;
  return {};
}

Result<void> set_response_format(ChatRequest& request, const Json& value) {
  auto& format = request.response_format;
  using Kind = ResponseFormat::Kind;
  const auto type = text_at(value, "type");
  if (type == "text")
    format.kind = Kind::text;
  else if (type == "json_object")
    format.kind = Kind::json_object;
  else if (type == "json_schema")
    format.kind = Kind::json_schema;
  else
    return wrong_value("response_format.type", "must be text, json_object or json_schema");
  if (format.kind != Kind::json_schema) return {};
  const auto* schema = object_at(value, "json_schema");
  if (schema == nullptr) return wrong_value("response_format.json_schema", "must be an object");
  format.name = text_at(*schema, "name");
  format.description = text_at(*schema, "description");
  if (const auto* inner = object_at(*schema, "schema")) format.schema = json_text(*inner);
  const auto* strict = member(*schema, "strict");
  return strict ? set(format.strict, "response_format.json_schema.strict", *strict)
                : Result<void>{};
}

Result<void> set_stop(ChatRequest& request, const Json& value) {
  if (value.is_string()) {
    request.stop.emplace_back(text_of(value));
    return {};
  }
  if (!value.is_array()) return wrong_value("stop", "must be a string or an array of strings");
  for (const auto& one : value) {
    if (!one.is_string()) return wrong_value("stop", "must be a string or an array of strings");
    request.stop.emplace_back(text_of(one));
  }
  return {};
}

/// One field of the request that is not null.
Result<void> set_field(ChatRequest& request, std::string_view name, const Json& value) {
  if (name == "model") return set(request.model, name, value);
  if (name == "max_completion_tokens") return set(request.max_tokens, name, value);
  if (name == "max_tokens")
    return request.max_tokens ? Result<void>{} : set(request.max_tokens, name, value);
  if (name == "temperature") return set(request.temperature, name, value);
  if (name == "top_p") return set(request.top_p, name, value);
  if (name == "presence_penalty") return set(request.presence_penalty, name, value);
  if (name == "frequency_penalty") return set(request.frequency_penalty, name, value);
  if (name == "seed") return set(request.seed, name, value);
  if (name == "n") return set(request.n, name, value);
  if (name == "top_logprobs") return set(request.top_logprobs, name, value);
  if (name == "parallel_tool_calls") return set(request.parallel_tool_calls, name, value);
  if (name == "reasoning_effort") return set(request.reasoning_effort, name, value);
  if (name == "service_tier") return set(request.service_tier, name, value);
  if (name == "safety_identifier") return set(request.user, name, value);
  if (name == "user") return request.user.empty() ? set(request.user, name, value) : Result<void>{};
  if (name == "stop") return set_stop(request, value);
  if (name == "tools") return set_tools(request, value);
  if (name == "functions") return set_functions(request, value);
  if (name == "tool_choice" || name == "function_call") return set_tool_choice(request, value);
  if (name == "response_format") return set_response_format(request, value);
  if (name == "logprobs" || name == "stream") {
    std::optional<bool> flag;
    auto done = set(flag, name, value);
    (name == "logprobs" ? request.logprobs : request.stream) = flag.value_or(false);
    return done;
  }
  if (name == "stream_options") {
    request.include_usage = flag_at(value, "include_usage");
    return {};
  }
  if (name == "models" || name == "provider") return {}; // the router's
  request.other.emplace(name, json_text(value));
  return {};
}

Result<void> set_embeddings_input(EmbeddingsRequest& request, const Json& input) {
  if (input.is_string()) {
    request.texts.emplace_back(text_of(input));
    return {};
  }
  if (!input.is_array() || input.empty())
    return wrong_value("input", "must be a string or an array");
  if (!input.front().is_string()) {
    request.tokens = json_text(input);
    return {};
  }
  for (const auto& text : input) {
    if (!text.is_string()) return wrong_value("input", "must not mix strings and tokens");
    request.texts.emplace_back(text_of(text));
  }
  return {};
}

Result<void> set_field(EmbeddingsRequest& request, std::string_view name, const Json& value) {
  if (name == "model") return set(request.model, name, value);
  if (name == "input") return set_embeddings_input(request, value);
  if (name == "dimensions") return set(request.dimensions, name, value);
  if (name == "user") return set(request.user, name, value);
  if (name == "encoding_format") {
    const auto format = text_of(value);
    if (format != "float" && format != "base64")
      return wrong_value("encoding_format", "must be float or base64");
    request.base64 = format == "base64";
    return {};
  }
  if (name == "models" || name == "provider") return {};
  request.other.emplace(name, json_text(value));
  return {};
}

template <class Request>
Result<Request> read_fields(std::string_view body) {
  const auto json = parse_json_object(body);
  if (!json) return fail(ErrorKind::invalid_json, "the body is not valid JSON");
  Request request;
  for (const auto& [name, value] : json->items()) {
    if (value.is_null()) continue;
    if constexpr (std::is_same_v<Request, ChatRequest>) {
      if (name == "messages") {
        GATEWAY_TRY(request.messages, read_openai_messages(value));
        continue;
      }
    }
    if (auto done = set_field(request, name, value); !done) return fail(std::move(done.error()));
  }
  return request;
}

} // namespace

Result<ChatRequest> read_openai_chat(std::string_view body) {
  return read_fields<ChatRequest>(body);
}

Result<EmbeddingsRequest> read_openai_embeddings(std::string_view body) {
  return read_fields<EmbeddingsRequest>(body);
}

} // namespace gateway
