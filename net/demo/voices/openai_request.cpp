#include "net/demo/voices/fields.hpp"
#include "net/demo/voices/requests.hpp"

#include <nlohmann/json.hpp>

#include <set>

namespace gateway {
namespace {

using json = nlohmann::ordered_json;

Failed wrong(std::string message, std::string param) {
  return fail(ErrorKind::invalid_value, std::move(message), std::move(param));
}

std::string indexed(std::string_view list, std::size_t i) {
  return std::string{list} + "[" + std::to_string(i) + "].";
}

Result<DemoRole> read_role(const json& message, const std::string& at) {
  GATEWAY_TRY(const auto role, demo_text(message, "role", at));
  if (role == "system" || role == "developer") return DemoRole::system;
  if (role == "user") return DemoRole::user;
  if (role == "assistant") return DemoRole::assistant;
  if (role == "tool") return DemoRole::tool;
  return wrong("Invalid value: '" + role + "'.", at + "role");
}

Result<void> read_part(const json& part, const std::string& at, DemoTurn& turn) {
  GATEWAY_TRY(const auto type, demo_text(part, "type", at));
  if (type == "text") {
    GATEWAY_TRY(const auto text, demo_text(part, "text", at));
    turn.text += text;
    return {};
  }
  if (type == "image_url" && turn.role == DemoRole::user) {
    const auto* image = demo_field(part, "image_url");
    if (image == nullptr) return wrong("Missing image_url.", at + "image_url");
    GATEWAY_TRY(const auto url, demo_text(*image, "url", at + "image_url."));
    if (
      !url.starts_with("data:image/") && !url.starts_with("https://")
      && !url.starts_with("http://"))
      return wrong("Invalid image URL.", at + "image_url.url");
    ++turn.images;
    return {};
  }
  if (type == "refusal" && turn.role == DemoRole::assistant) return {};
  return wrong("Invalid content part: '" + type + "'.", at + "type");
}

Result<void> read_content(const json& message, const std::string& at, DemoTurn& turn) {
  const auto* content = demo_field(message, "content");
  if (content == nullptr) {
    if (turn.role == DemoRole::assistant && demo_field(message, "tool_calls")) return {};
    return fail(ErrorKind::missing_field, "Missing '" + at + "content'.", at + "content");
  }
  if (content->is_string()) {
    turn.text = content->get<std::string>();
    return {};
  }
  if (!content->is_array() || content->empty())
    return wrong("Content must be a string or a list of parts.", at + "content");
  for (std::size_t i = 0; i < content->size(); ++i)
    if (auto read = read_part((*content)[i], at + indexed("content", i), turn); !read)
      return fail(std::move(read.error()));
  return {};
}

/// A call the assistant made earlier: its id is open until a tool message answers it.
Result<void> read_calls(const json& message, const std::string& at, std::set<std::string>& open) {
  const auto* calls = demo_field(message, "tool_calls");
  if (calls == nullptr) return {};
  if (!calls->is_array()) return wrong("tool_calls must be a list.", at + "tool_calls");
  for (std::size_t i = 0; i < calls->size(); ++i) {
    const auto here = at + indexed("tool_calls", i);
    GATEWAY_TRY(auto id, demo_text((*calls)[i], "id", here));
    const auto* function = demo_field((*calls)[i], "function");
    if (function == nullptr) return wrong("Missing function.", here + "function");
    GATEWAY_TRY(const auto name, demo_text(*function, "name", here + "function."));
    GATEWAY_TRY(const auto arguments, demo_text(*function, "arguments", here + "function."));
    open.insert(std::move(id));
  }
  return {};
}

Result<void> read_messages(const json& body, DemoRequest& request) {
  GATEWAY_TRY(const auto* const messages, demo_list(body, "messages"));
  std::set<std::string> open;
  for (std::size_t i = 0; i < messages->size(); ++i) {
    const auto& message = (*messages)[i];
    const auto at = indexed("messages", i);
    DemoTurn turn;
    GATEWAY_TRY(turn.role, read_role(message, at));
    if (turn.role == DemoRole::tool) {
      GATEWAY_TRY(const auto id, demo_text(message, "tool_call_id", at));
      if (open.erase(id) == 0)
        return wrong(
          "messages with role 'tool' must be a response to a preceding message with 'tool_calls'.",
          at + "tool_call_id");
    } else if (!open.empty()) {
      return wrong("A tool call before this message was not answered.", at + "role");
    }
    if (turn.role == DemoRole::assistant)
      if (auto read = read_calls(message, at, open); !read) return fail(std::move(read.error()));
    if (auto read = read_content(message, at, turn); !read) return fail(std::move(read.error()));
    request.turns.push_back(std::move(turn));
  }
  return {};
}

Result<void> read_tools(const json& body, DemoRequest& request) {
  if (demo_field(body, "tools")) {
    GATEWAY_TRY(const auto* const tools, demo_list(body, "tools"));
    for (std::size_t i = 0; i < tools->size(); ++i) {
      const auto at = indexed("tools", i);
      const auto* function = demo_field((*tools)[i], "function");
      if (function == nullptr) return wrong("Missing function.", at + "function");
      GATEWAY_TRY(auto name, demo_text(*function, "name", at + "function."));
      const auto* schema = demo_field(*function, "parameters");
      request.tools.push_back({std::move(name), schema ? demo_dump(*schema) : std::string{}});
    }
  }
  GATEWAY_TRY(request.parallel_tools, demo_flag(body, "parallel_tool_calls", true));
  const auto* choice = demo_field(body, "tool_choice");
  if (choice == nullptr) return {};
  if (request.tools.empty())
    return wrong("'tool_choice' is only allowed when 'tools' are specified.", "tool_choice");
  if (*choice == "auto") return {};
  request.tool_choice = *choice == "none" ? DemoToolChoice::none : DemoToolChoice::required;
  if (choice->is_string()) {
    if (*choice == "none" || *choice == "required") return {};
    return wrong("Invalid tool_choice.", "tool_choice");
  }
  const auto* function = demo_field(*choice, "function");
  if (function == nullptr) return wrong("Invalid tool_choice.", "tool_choice");
  GATEWAY_TRY(request.tool_wanted, demo_text(*function, "name", "tool_choice.function."));
  for (const auto& tool : request.tools)
    if (tool.name == request.tool_wanted) return {};
  return wrong("The tool that tool_choice names is not in 'tools'.", "tool_choice");
}

Result<void> read_format(const json& body, DemoRequest& request) {
  const auto* format = demo_field(body, "response_format");
  if (format == nullptr) return {};
  GATEWAY_TRY(const auto type, demo_text(*format, "type", "response_format."));
  if (type == "text") return {};
  request.json = true;
  if (type == "json_object") return {};
  const auto* schema = demo_field(*format, "json_schema");
  if (type != "json_schema" || schema == nullptr)
    return wrong("Invalid response_format.", "response_format");
  GATEWAY_TRY(const auto name, demo_text(*schema, "name", "response_format.json_schema."));
  if (const auto* shape = demo_field(*schema, "schema")) request.json_schema = demo_dump(*shape);
  return {};
}

Result<void> read_stops(const json& body, DemoRequest& request) {
  const auto* stop = demo_field(body, "stop");
  if (stop == nullptr) return {};
  constexpr std::size_t stops_max = 4; // OpenAI's own bound
  const auto list = stop->is_array() ? *stop : json::array({*stop});
  if (list.size() > stops_max) return wrong("At most 4 stop sequences.", "stop");
  for (const auto& one : list) {
    if (!one.is_string()) return wrong("A stop sequence must be a string.", "stop");
    request.stops.push_back(one.get<std::string>());
  }
  return {};
}

Result<void> read_numbers(const json& body, DemoRequest& request) {
  constexpr std::int64_t tokens_max = 10'000'000; // more than any model's answer
  for (const auto* name : {"max_tokens", "max_completion_tokens"}) {
    GATEWAY_TRY(const auto tokens, demo_integer(body, name, 1, tokens_max));
    if (tokens) request.max_tokens = *tokens;
  }
  if (auto read = check_demo_number(body, "temperature", 0, 2); !read)
    return fail(std::move(read.error()));
  if (auto read = check_demo_number(body, "top_p", 0, 1); !read)
    return fail(std::move(read.error()));
  GATEWAY_TRY(const auto choices, demo_integer(body, "n", 1, 128));
  if (choices.value_or(1) != 1)
    return fail(ErrorKind::unsupported_parameter, "This model answers with n=1 only.", "n");
  return {};
}

Result<void> read_streaming(const json& body, DemoRequest& request) {
  GATEWAY_TRY(request.stream, demo_flag(body, "stream", false));
  const auto* options = demo_field(body, "stream_options");
  if (options == nullptr) return {};
  if (!request.stream)
    return wrong("'stream_options' is only allowed when 'stream' is enabled.", "stream_options");
  GATEWAY_TRY(request.usage_in_stream, demo_flag(*options, "include_usage", false));
  return {};
}

} // namespace

Result<DemoRequest> hear_openai_chat(std::string_view text) {
  json body;
  if (auto parsed = parse_demo_object(text, body); !parsed) return fail(std::move(parsed.error()));
  DemoRequest request;
  GATEWAY_TRY(request.model, demo_text(body, "model", ""));
  for (const auto read :
       {read_messages, read_tools, read_format, read_stops, read_numbers, read_streaming})
    if (auto done = read(body, request); !done) return fail(std::move(done.error()));
  const auto* effort = demo_field(body, "reasoning_effort");
  request.reasoning = effort != nullptr && *effort != "none";
  request.input_tokens = demo_input_tokens(request);
  return request;
}

Result<DemoRequest> hear_openai_embeddings(std::string_view text) {
  json body;
  if (auto parsed = parse_demo_object(text, body); !parsed) return fail(std::move(parsed.error()));
  DemoRequest request;
  request.embeddings = true;
  GATEWAY_TRY(request.model, demo_text(body, "model", ""));
  const auto* input = demo_field(body, "input");
  if (input == nullptr)
    return fail(ErrorKind::missing_field, "Missing required parameter: 'input'.", "input");
  constexpr std::size_t inputs_max = 2048; // OpenAI's own bound
  const bool one =
    input->is_string() || (input->is_array() && !input->empty() && input->front().is_number());
  const auto list = one ? json::array({*input}) : *input;
  if (!list.is_array() || list.empty() || list.size() > inputs_max)
    return wrong("'input' must be a string or a list of up to 2048.", "input");
  for (const auto& item : list) {
    if (!item.is_string() && !item.is_array())
      return wrong("An input must be a string or a list of tokens.", "input");
    request.inputs.push_back(item.is_string() ? item.get<std::string>() : demo_dump(item));
    if (request.inputs.back().empty()) return wrong("An input must not be empty.", "input");
  }
  constexpr std::int64_t dimensions_max = 4096;
  GATEWAY_TRY(const auto dimensions, demo_integer(body, "dimensions", 1, dimensions_max));
  request.dimensions = dimensions.value_or(0);
  const auto* encoding = demo_field(body, "encoding_format");
  if (encoding != nullptr && *encoding != "float" && *encoding != "base64")
    return wrong("Invalid encoding_format.", "encoding_format");
  request.base64 = encoding != nullptr && *encoding == "base64";
  request.input_tokens = demo_input_tokens(request);
  return request;
}

} // namespace gateway
