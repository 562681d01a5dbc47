#include "net/dialects/openai_write.hpp"
#include "net/dialects/outgoing_head.hpp"

#include <nlohmann/json.hpp>

#include <array>

/// A request of the one vocabulary in OpenAI's format: what a client of another format asked for
/// (one of the same format is spliced, see openai_splice.cpp).
namespace gateway {
namespace {

Json tools_of(const ChatRequest& request) {
  Json tools = Json::array();
  for (const auto& tool : request.tools) {
    Json function{{"name", tool.name}};
    if (!tool.description.empty()) function["description"] = tool.description;
    if (auto parameters = parse_json_object(tool.parameters))
      function["parameters"] = *std::move(parameters);
    if (tool.strict) function["strict"] = *tool.strict;
    tools.push_back({{"type", "function"}, {"function", std::move(function)}});
  }
  return tools;
}

Json named_function(std::string_view name) {
  return {{"type", "function"}, {"function", {{"name", name}}}};
}

Json tool_choice_of(const ToolChoice& choice) {
  const bool required = choice.kind == ToolChoice::Kind::required;
  if (!choice.allowed.empty()) {
    Json tools = Json::array();
    for (const auto& name : choice.allowed) tools.push_back(named_function(name));
    return {
      {"type", "allowed_tools"},
      {"allowed_tools", {{"mode", required ? "required" : "auto"}, {"tools", std::move(tools)}}}};
  }
  switch (choice.kind) {
  case ToolChoice::Kind::none: return "none";
  case ToolChoice::Kind::required: return "required";
  case ToolChoice::Kind::function: return named_function(choice.name);
  default: return "auto";
  }
}

Json response_format_of(const ResponseFormat& format) {
  if (format.kind == ResponseFormat::Kind::json_object) return {{"type", "json_object"}};
  if (format.kind == ResponseFormat::Kind::text) return {{"type", "text"}};
  Json schema{{"name", format.name.empty() ? "answer" : format.name}};
  if (!format.description.empty()) schema["description"] = format.description;
  if (auto inner = parse_json_object(format.schema)) schema["schema"] = *std::move(inner);
  if (format.strict) schema["strict"] = *format.strict;
  return {{"type", "json_schema"}, {"json_schema", std::move(schema)}};
}

/// Puts the parameters of one request into its JSON, as the quirks and the model's rules say.
class Parameters {
public:
  Parameters(Json& json, const ChatRequest& request, const Target& target, RequestFields& fields)
      : json_(json), request_(request), target_(target), fields_(fields) {}

  void add_all() {
    add_max_tokens();
    add_sampling("temperature", request_.temperature, 0, 2);
    add_sampling("top_p", request_.top_p, 0, 1);
    add_sampling("presence_penalty", request_.presence_penalty, -2, 2);
    add_sampling("frequency_penalty", request_.frequency_penalty, -2, 2);
    if (request_.seed) add("seed", *request_.seed);
    if (request_.n) add("n", *request_.n);
    if (request_.stop.size() == 1) add("stop", request_.stop.front());
    if (request_.stop.size() > 1) add("stop", request_.stop);
    if (request_.logprobs) add("logprobs", true);
    if (request_.top_logprobs) add("top_logprobs", *request_.top_logprobs);
    add_effort();
    if (!request_.service_tier.empty()) add("service_tier", request_.service_tier);
    if (!request_.user.empty()) add("user", request_.user);
    if (!request_.tools.empty()) add("tools", tools_of(request_));
    if (request_.tool_choice.kind != ToolChoice::Kind::unset)
      add("tool_choice", tool_choice_of(request_.tool_choice));
    if (request_.parallel_tool_calls) add("parallel_tool_calls", *request_.parallel_tool_calls);
    if (request_.response_format.kind != ResponseFormat::Kind::unset)
      add("response_format", response_format_of(request_.response_format));
    for (const auto& [name, text] : request_.other)
      if (auto value = parse_json(text); value && name != "top_k") add(name, *std::move(value));
    add_stream();
  }

private:
  void add(const std::string& name, Json value) {
    if (!fields_.keeps(name)) return;
    const auto* renamed = name_of_quirks(name);
    json_[renamed ? *renamed : name] = std::move(value);
  }

  const std::string* name_of_quirks(const std::string& name) const {
    if (!target_.quirks) return nullptr;
    const auto found = target_.quirks->rename.find(name);
    return found == target_.quirks->rename.end() ? nullptr : &found->second;
  }

  void add_max_tokens() {
    if (!request_.max_tokens) return;
    const auto& field = target_.quirks ? target_.quirks->max_tokens_field : std::string{};
    // A front door that has one bound only means all tokens, reasoning too.
    add(field.empty() ? "max_completion_tokens" : field, *request_.max_tokens);
  }

  void add_sampling(const char* name, std::optional<double> value, double low, double high) {
    if (!value) return;
    if (takes_sampling(target_, name, request_.reasoning_effort))
      add(name, fields_.clamped(name, *value, low, high));
    else
      fields_.drop(name);
  }

  void add_effort() {
    const std::string_view wanted = request_.reasoning_effort;
    if (wanted.empty()) return;
    const auto taken = effort_taken(target_, wanted, !request_.tools.empty());
    if (taken != wanted) fields_.drop("reasoning_effort");
    if (!taken.empty()) add("reasoning_effort", taken);
  }

  void add_stream() {
    if (!request_.stream) return;
    json_["stream"] = true;
    const auto& usage = target_.quirks ? target_.quirks->stream_usage : std::string{};
    if (usage.empty() || usage == "option") json_["stream_options"] = {{"include_usage", true}};
  }

  Json& json_;
  const ChatRequest& request_;
  const Target& target_;
  RequestFields& fields_;
};

} // namespace

Json openai_chat_body(const ChatRequest& request, const Target& target, RequestFields& fields) {
  Json json{{"model", target.upstream_model}};
  json["messages"] = openai_messages(request, target.quirks);
  Parameters{json, request, target, fields}.add_all();
  return json;
}

Json openai_embeddings_body(
  const EmbeddingsRequest& request, const Target& target, RequestFields& fields) {
  Json json{{"model", target.upstream_model}};
  const auto add = [&](const std::string& name, Json value) {
    if (fields.keeps(name)) json[name] = std::move(value);
  };
  if (auto tokens = parse_json(request.tokens))
    json["input"] = *std::move(tokens);
  else
    json["input"] = request.texts;
  if (request.dimensions) add("dimensions", *request.dimensions);
  if (!request.user.empty()) add("user", request.user);
  for (const auto& [name, text] : request.other)
    if (auto value = parse_json(text)) add(name, *std::move(value));
  return json;
}

Result<OutgoingRequest> write_openai_chat(const ChatRequest& request, const Target& target) {
  OutgoingRequest outgoing;
  RequestFields fields{target.quirks, outgoing.dropped};
  // Only the quirks refuse, and what is unknown is kept; but the one parameter that other formats
  // share and OpenAI lacks, it refuses.
  constexpr std::array rules{FieldRule{"top_k", FieldRule::Then::drop}};
  if (auto checked = fields.check(request, rules, FieldRule::Then::keep); !checked)
    return fail(std::move(checked.error()));
  auto json = openai_chat_body(request, target, fields);
  add_extra_body(json, target);
  outgoing.body.own(json_text(json));
  return outgoing;
}

Result<OutgoingRequest>
write_openai_embeddings(const EmbeddingsRequest& request, const Target& target) {
  OutgoingRequest outgoing;
  RequestFields fields{target.quirks, outgoing.dropped};
  auto json = openai_embeddings_body(request, target, fields);
  add_extra_body(json, target);
  outgoing.body.own(json_text(json));
  return outgoing;
}

} // namespace gateway
