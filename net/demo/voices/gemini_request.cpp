#include "net/demo/voices/fields.hpp"
#include "net/demo/voices/requests.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace gateway {
namespace {

using json = nlohmann::ordered_json;

Failed wrong(const std::string& at, const std::string& message) {
  return fail(ErrorKind::invalid_value, "* " + at + ": " + message, at);
}

Result<void> read_response(const json& response, const std::string& at, DemoRequest& request) {
  GATEWAY_TRY(const auto name, demo_text(response, "name", at + "."));
  const auto* value = demo_field(response, "response");
  if (value == nullptr || !value->is_object()) return wrong(at + ".response", "must be an object");
  const auto* output = demo_field(*value, "output");
  const auto text =
    output != nullptr && output->is_string() ? output->get<std::string>() : demo_dump(*value);
  request.turns.push_back({DemoRole::tool, text, 0});
  return {};
}

Result<void> read_call(const json& part, const std::string& at) {
  const auto& call = part["functionCall"];
  GATEWAY_TRY(const auto name, demo_text(call, "name", at + ".functionCall."));
  const auto* arguments = demo_field(call, "args");
  if (arguments != nullptr && !arguments->is_object())
    return wrong(at + ".functionCall.args", "must be an object");
  return {};
}

Result<void>
read_part(const json& part, const std::string& at, DemoRequest& request, DemoTurn& turn) {
  if (const auto* text = demo_field(part, "text")) {
    if (!text->is_string()) return wrong(at + ".text", "must be a string");
    turn.text += text->get<std::string>();
    return {};
  }
  for (const auto* kind : {"inlineData", "fileData"})
    if (const auto* media = demo_field(part, kind)) {
      const bool bytes = std::string_view{kind} == "inlineData";
      GATEWAY_TRY(const auto type, demo_text(*media, "mimeType", at + "."));
      GATEWAY_TRY(const auto data, demo_text(*media, bytes ? "data" : "fileUri", at + "."));
      if (type.starts_with("image/")) ++turn.images;
      return {};
    }
  if (demo_field(part, "functionCall") && turn.role == DemoRole::assistant)
    return read_call(part, at);
  if (const auto* response = demo_field(part, "functionResponse");
      response && turn.role == DemoRole::user)
    return read_response(*response, at, request);
  return wrong(at + ".data", "required oneof field 'data' must have one initialized field");
}

/// The first call of a step must come back with the signature it was made with.
Result<void> check_signature(const json& parts, const std::string& at) {
  for (const auto& part : parts) {
    if (!demo_field(part, "functionCall")) continue;
    if (demo_field(part, "thoughtSignature")) return {};
    return wrong(at, "Function call is missing a thought_signature in functionCall parts.");
  }
  return {};
}

Result<void> read_contents(const json& body, DemoRequest& request) {
  if (const auto* system = demo_field(body, "systemInstruction")) {
    DemoTurn turn{DemoRole::system, {}, 0};
    GATEWAY_TRY(const auto* const parts, demo_list(*system, "parts"));
    for (const auto& part : *parts)
      if (auto read = read_part(part, "system_instruction", request, turn); !read)
        return fail(std::move(read.error()));
    request.turns.push_back(std::move(turn));
  }
  GATEWAY_TRY(const auto* const contents, demo_list(body, "contents"));
  for (std::size_t i = 0; i < contents->size(); ++i) {
    const auto& content = (*contents)[i];
    const auto at = "GenerateContentRequest.contents[" + std::to_string(i) + "]";
    const auto* role = demo_field(content, "role");
    if (role != nullptr && *role != "user" && *role != "model")
      return wrong(at + ".role", "Please use a valid role: user, model.");
    DemoTurn turn{
      role != nullptr && *role == "model" ? DemoRole::assistant : DemoRole::user, {}, 0};
    GATEWAY_TRY(const auto* const parts, demo_list(content, "parts"));
    if (auto signed_ = check_signature(*parts, at); !signed_)
      return fail(std::move(signed_.error()));
    for (std::size_t j = 0; j < parts->size(); ++j)
      if (auto read =
            read_part((*parts)[j], at + ".parts[" + std::to_string(j) + "]", request, turn);
          !read)
        return fail(std::move(read.error()));
    if (!turn.text.empty() || turn.images > 0) request.turns.push_back(std::move(turn));
  }
  return {};
}

Result<void> read_tools(const json& body, DemoRequest& request) {
  if (demo_field(body, "tools")) {
    GATEWAY_TRY(const auto* const tools, demo_list(body, "tools"));
    for (const auto& group : *tools) {
      GATEWAY_TRY(const auto* const functions, demo_list(group, "functionDeclarations"));
      for (const auto& function : *functions) {
        GATEWAY_TRY(auto name, demo_text(function, "name", "function_declarations."));
        const auto* schema = demo_field(function, "parametersJsonSchema");
        if (schema == nullptr) schema = demo_field(function, "parameters");
        request.tools.push_back({std::move(name), schema ? demo_dump(*schema) : std::string{}});
      }
    }
  }
  const auto* config = demo_field(body, "toolConfig");
  const auto* calling = config ? demo_field(*config, "functionCallingConfig") : nullptr;
  if (calling == nullptr) return {};
  const auto* mode = demo_field(*calling, "mode");
  if (mode == nullptr || *mode == "AUTO" || *mode == "VALIDATED") return {};
  request.tool_choice = *mode == "NONE" ? DemoToolChoice::none : DemoToolChoice::required;
  if (*mode == "NONE") return {};
  if (*mode != "ANY") return wrong("function_calling_config.mode", "unknown mode");
  if (request.tools.empty())
    return wrong("tool_config", "Function calling config is set without function_declarations.");
  if (demo_field(*calling, "allowedFunctionNames")) {
    GATEWAY_TRY(const auto* const names, demo_list(*calling, "allowedFunctionNames"));
    std::erase_if(request.tools, [&](const DemoTool& tool) {
      return std::ranges::find(*names, json(tool.name)) == names->end();
    });
    if (request.tools.empty()) return wrong("allowed_function_names", "names no declared function");
  }
  return {};
}

Result<void> read_config(const json& body, DemoRequest& request) {
  const auto* config = demo_field(body, "generationConfig");
  if (config == nullptr) return {};
  constexpr std::int64_t tokens_max = 10'000'000; // more than any model's answer
  GATEWAY_TRY(const auto tokens, demo_integer(*config, "maxOutputTokens", 1, tokens_max));
  request.max_tokens = tokens.value_or(0);
  if (auto read = check_demo_number(*config, "temperature", 0, 2); !read)
    return fail(std::move(read.error()));
  if (auto read = check_demo_number(*config, "topP", 0, 1); !read)
    return fail(std::move(read.error()));
  GATEWAY_TRY(const auto candidates, demo_integer(*config, "candidateCount", 1, 8));
  if (candidates.value_or(1) != 1)
    return wrong("candidate_count", "Multiple candidates is not enabled for this model");
  if (demo_field(*config, "stopSequences")) {
    GATEWAY_TRY(const auto* const stops, demo_list(*config, "stopSequences"));
    constexpr std::size_t stops_max = 5; // Gemini's own bound
    if (stops->size() > stops_max) return wrong("stop_sequences", "at most 5");
    for (const auto& stop : *stops) {
      if (!stop.is_string()) return wrong("stop_sequences", "must be strings");
      request.stops.push_back(stop.get<std::string>());
    }
  }
  const auto* type = demo_field(*config, "responseMimeType");
  request.json = type != nullptr && *type == "application/json";
  for (const auto* name : {"responseJsonSchema", "responseSchema"})
    if (const auto* schema = demo_field(*config, name)) {
      if (!request.json)
        return wrong(name, "response_mime_type must be application/json when a schema is set");
      request.json_schema = demo_dump(*schema);
    }
  if (const auto* thinking = demo_field(*config, "thinkingConfig")) {
    GATEWAY_TRY(request.reasoning, demo_flag(*thinking, "includeThoughts", false));
  }
  return {};
}

/// Proto JSON refuses names the message doesn't have.
Result<void> refuse_unknown(const json& body) {
  constexpr std::array known{
    "model",
    "contents",
    "systemInstruction",
    "tools",
    "toolConfig",
    "generationConfig",
    "safetySettings",
    "cachedContent",
    "serviceTier",
    "store",
    "labels",
  };
  for (const auto& [name, value] : body.items())
    if (std::ranges::find(known, name) == known.end())
      return fail(
        ErrorKind::invalid_value,
        "Invalid JSON payload received. Unknown name \"" + name + "\": Cannot find field.",
        name);
  return {};
}

Result<void> add_input(const json& one, DemoRequest& request) {
  const auto* content = demo_field(one, "content");
  if (content == nullptr) return wrong("content", "content is required");
  GATEWAY_TRY(const auto* const parts, demo_list(*content, "parts"));
  std::string input;
  for (const auto& part : *parts) {
    GATEWAY_TRY(const auto text, demo_text(part, "text", "content.parts."));
    input += text;
  }
  constexpr std::int64_t dimensions_max = 4096;
  GATEWAY_TRY(const auto dimensions, demo_integer(one, "outputDimensionality", 1, dimensions_max));
  request.dimensions = dimensions.value_or(0);
  request.inputs.push_back(std::move(input));
  return {};
}

} // namespace

Result<DemoRequest> read_gemini_content(std::string_view text) {
  json body;
  if (auto parsed = parse_demo_object(text, body); !parsed) return fail(std::move(parsed.error()));
  // A token count may hold the whole request it is about.
  if (const auto* counted = demo_field(body, "generateContentRequest")) body = json(*counted);
  DemoRequest request;
  request.usage_in_stream = true;
  if (auto known = refuse_unknown(body); !known) return fail(std::move(known.error()));
  for (const auto read : {read_contents, read_tools, read_config})
    if (auto done = read(body, request); !done) return fail(std::move(done.error()));
  request.input_tokens = demo_input_tokens(request);
  return request;
}

Result<DemoRequest> read_gemini_embeddings(std::string_view text, bool batch) {
  json body;
  if (auto parsed = parse_demo_object(text, body); !parsed) return fail(std::move(parsed.error()));
  DemoRequest request;
  request.embeddings = true;
  request.batch = batch;
  if (batch) {
    GATEWAY_TRY(const auto* const requests, demo_list(body, "requests"));
    constexpr std::size_t requests_max = 100; // Gemini's own bound
    if (requests->size() > requests_max)
      return wrong(
        "BatchEmbedContentsRequest.requests", "at most 100 requests can be in one batch");
    for (const auto& one : *requests) {
      GATEWAY_TRY(const auto model, demo_text(one, "model", "requests[]."));
      if (!model.starts_with("models/"))
        return wrong("requests[].model", "unexpected model name format");
      if (auto added = add_input(one, request); !added) return fail(std::move(added.error()));
    }
  } else if (auto added = add_input(body, request); !added) {
    return fail(std::move(added.error()));
  }
  request.input_tokens = demo_input_tokens(request);
  return request;
}

} // namespace gateway
