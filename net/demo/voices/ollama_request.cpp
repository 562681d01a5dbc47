#include "net/demo/voices/fields.hpp"
#include "net/demo/voices/requests.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <span>

namespace gateway {
namespace {

using json = nlohmann::ordered_json;

Failed wrong(const std::string& at, const std::string& message) {
  return fail(ErrorKind::invalid_value, at + ": " + message, at);
}

/// The real one passes over names that it does not know, and no test would ever see what was lost.
Result<void>
refuse_unknown(const json& object, const std::string& at, std::span<const char* const> known) {
  for (const auto& [name, value] : object.items())
    if (std::ranges::find(known, name) == known.end()) return wrong(at + name, "unknown field");
  return {};
}

/// The calls that wait for their results: the name by the id where a call has one.
using OpenCalls = std::multimap<std::string, std::string>;

Result<void> read_calls(const json& message, const std::string& at, OpenCalls& open) {
  if (!demo_field(message, "tool_calls")) return {};
  GATEWAY_TRY(const auto* const calls, demo_list(message, "tool_calls"));
  for (const auto& call : *calls) {
    constexpr std::array known{"id", "function"};
    if (!call.is_object()) return wrong(at + "tool_calls", "must be objects");
    if (auto read = refuse_unknown(call, at + "tool_calls.", known); !read) return read;
    const auto* function = demo_field(call, "function");
    if (function == nullptr) return wrong(at + "tool_calls", "a function is required");
    GATEWAY_TRY(auto name, demo_text(*function, "name", at + "tool_calls.function."));
    const auto* arguments = demo_field(*function, "arguments");
    if (arguments == nullptr || !arguments->is_object())
      return wrong(at + "tool_calls.function.arguments", "must be an object");
    const auto* id = demo_field(call, "id");
    open.emplace(id != nullptr ? demo_dump(*id) : std::string{}, std::move(name));
  }
  return {};
}

Result<void> close_call(const json& message, const std::string& at, OpenCalls& open) {
  GATEWAY_TRY(const auto name, demo_text(message, "tool_name", at));
  const auto* id = demo_field(message, "tool_call_id");
  const auto call = std::ranges::find_if(open, [&](const auto& one) {
    return one.second == name && one.first == (id ? demo_dump(*id) : std::string{});
  });
  if (call == open.end()) return wrong(at + "tool_name", "no such call waits for a result");
  open.erase(call);
  return {};
}

Result<void> read_images(const json& message, const std::string& at, DemoTurn& turn) {
  if (!demo_field(message, "images")) return {};
  GATEWAY_TRY(const auto* const images, demo_list(message, "images"));
  constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
  for (const auto& image : *images) {
    const auto* bytes = image.get_ptr<const std::string*>();
    if (
      bytes == nullptr || bytes->empty() || bytes->size() % 4 != 0
      || bytes->find_first_not_of(alphabet) != std::string::npos)
      return wrong(at + "images", "illegal base64 data");
    ++turn.images;
  }
  return {};
}

Result<DemoRole> read_role(const json& message, const std::string& at) {
  GATEWAY_TRY(const auto role, demo_text(message, "role", at));
  if (role == "system") return DemoRole::system;
  if (role == "user") return DemoRole::user;
  if (role == "assistant") return DemoRole::assistant;
  if (role == "tool") return DemoRole::tool;
  return wrong(at + "role", "invalid role");
}

Result<void> read_messages(const json& body, DemoRequest& request) {
  GATEWAY_TRY(const auto* const messages, demo_list(body, "messages"));
  OpenCalls open;
  for (std::size_t i = 0; i < messages->size(); ++i) {
    const auto& message = (*messages)[i];
    const auto at = "messages[" + std::to_string(i) + "].";
    constexpr std::array known{
      "role", "content", "thinking", "images", "tool_calls", "tool_name", "tool_call_id"};
    if (!message.is_object()) return wrong("messages", "must be objects");
    if (auto read = refuse_unknown(message, at, known); !read) return read;
    DemoTurn turn;
    GATEWAY_TRY(turn.role, read_role(message, at));
    GATEWAY_TRY(turn.text, demo_text(message, "content", at));
    if (auto read = read_images(message, at, turn); !read) return read;
    auto calls =
      turn.role == DemoRole::tool ? close_call(message, at, open) : read_calls(message, at, open);
    if (!calls) return calls;
    request.turns.push_back(std::move(turn));
  }
  if (!open.empty()) return wrong("messages", "a call has no result");
  return {};
}

Result<void> read_tools(const json& body, DemoRequest& request) {
  if (!demo_field(body, "tools")) return {};
  GATEWAY_TRY(const auto* const tools, demo_list(body, "tools"));
  for (const auto& tool : *tools) {
    GATEWAY_TRY(const auto type, demo_text(tool, "type", "tools."));
    const auto* function = demo_field(tool, "function");
    if (type != "function" || function == nullptr) return wrong("tools", "must be functions");
    constexpr std::array known{"name", "description", "parameters"};
    if (auto read = refuse_unknown(*function, "tools.function.", known); !read) return read;
    GATEWAY_TRY(auto name, demo_text(*function, "name", "tools.function."));
    const auto* parameters = demo_field(*function, "parameters");
    if (parameters == nullptr || !parameters->is_object() || !demo_field(*parameters, "properties"))
      return wrong("tools.function.parameters", "must be an object with properties");
    request.tools.push_back({std::move(name), demo_dump(*parameters)});
  }
  return {};
}

Result<void> read_format(const json& body, DemoRequest& request) {
  const auto* format = demo_field(body, "format");
  if (format == nullptr) return {};
  if (*format != "json" && !format->is_object())
    return wrong("format", "expected \"json\" or a JSON schema");
  request.json = true;
  if (format->is_object()) request.json_schema = demo_dump(*format);
  return {};
}

Result<void> read_thinking(const json& body, DemoRequest& request) {
  const auto* think = demo_field(body, "think");
  if (think == nullptr) return {};
  const auto is_level = *think == "low" || *think == "medium" || *think == "high";
  if (!think->is_boolean() && !is_level)
    return wrong("think", "must be a boolean, \"high\", \"medium\" or \"low\"");
  request.reasoning = *think != false;
  return {};
}

Result<void> read_options(const json& body, DemoRequest& request) {
  const auto* options = demo_field(body, "options");
  if (options == nullptr) return {};
  constexpr std::array known{
    "num_ctx",
    "num_predict",
    "num_keep",
    "seed",
    "temperature",
    "top_k",
    "top_p",
    "min_p",
    "typical_p",
    "presence_penalty",
    "frequency_penalty",
    "stop",
    "repeat_penalty",
    "repeat_last_n",
    "num_gpu"};
  if (!options->is_object()) return wrong("options", "must be an object");
  if (auto read = refuse_unknown(*options, "options.", known); !read) return read;
  constexpr std::int64_t tokens_max = 10'000'000; // more than any model's answer
  GATEWAY_TRY(const auto tokens, demo_integer(*options, "num_predict", -1, tokens_max));
  request.max_tokens = std::max<std::int64_t>(tokens.value_or(0), 0);
  for (const auto* name : {"num_ctx", "seed", "top_k"}) {
    GATEWAY_TRY([[maybe_unused]] const auto number, demo_integer(*options, name, 0, INT64_MAX));
  }
  for (const auto* name : {"temperature", "top_p", "presence_penalty", "frequency_penalty"})
    if (auto read = check_demo_number(*options, name, -2, 2); !read) return read;
  if (!demo_field(*options, "stop")) return {};
  GATEWAY_TRY(const auto* const stops, demo_list(*options, "stop"));
  for (const auto& stop : *stops) {
    if (!stop.is_string()) return wrong("options.stop", "must be of an array of strings");
    request.stops.push_back(stop.get<std::string>());
  }
  return {};
}

} // namespace

Result<DemoRequest> read_ollama_chat(std::string_view text) {
  json body;
  if (auto parsed = parse_demo_object(text, body); !parsed) return fail(std::move(parsed.error()));
  constexpr std::array known{
    "model",
    "messages",
    "tools",
    "format",
    "think",
    "options",
    "logprobs",
    "top_logprobs",
    "stream",
    "keep_alive",
    "truncate",
    "shift"};
  if (auto read = refuse_unknown(body, "", known); !read) return fail(std::move(read.error()));
  DemoRequest request;
  request.usage_in_stream = true;
  GATEWAY_TRY(request.model, demo_text(body, "model", ""));
  GATEWAY_TRY(request.stream, demo_flag(body, "stream", true));
  for (const auto* name : {"truncate", "shift", "logprobs"}) {
    GATEWAY_TRY([[maybe_unused]] const auto flag, demo_flag(body, name, true));
  }
  for (const auto read : {read_messages, read_tools, read_format, read_thinking, read_options})
    if (auto done = read(body, request); !done) return fail(std::move(done.error()));
  request.input_tokens = demo_input_tokens(request);
  return request;
}

Result<DemoRequest> read_ollama_embed(std::string_view text) {
  json body;
  if (auto parsed = parse_demo_object(text, body); !parsed) return fail(std::move(parsed.error()));
  constexpr std::array known{"model", "input", "truncate", "dimensions", "keep_alive", "options"};
  if (auto read = refuse_unknown(body, "", known); !read) return fail(std::move(read.error()));
  DemoRequest request;
  request.embeddings = true;
  GATEWAY_TRY(request.model, demo_text(body, "model", ""));
  GATEWAY_TRY([[maybe_unused]] const auto cuts, demo_flag(body, "truncate", true));
  const auto* input = demo_field(body, "input");
  const auto list =
    input != nullptr && input->is_array() ? *input : json::array({input ? *input : json()});
  for (const auto& one : list) {
    if (!one.is_string()) return wrong("input", "invalid input type");
    request.inputs.push_back(one.get<std::string>());
  }
  if (request.inputs.empty()) return wrong("input", "there is none");
  constexpr std::int64_t dimensions_max = 4096;
  GATEWAY_TRY(const auto dimensions, demo_integer(body, "dimensions", 1, dimensions_max));
  request.dimensions = dimensions.value_or(0);
  request.input_tokens = demo_input_tokens(request);
  return request;
}

} // namespace gateway
