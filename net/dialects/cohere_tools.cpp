#include "net/dialects/cohere.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace gateway {
namespace {

/// The tools that may be called. Only by leaving the others out can the API be told.
bool is_offered(const Tool& tool, const ToolChoice& choice) {
  if (choice.kind == ToolChoice::Kind::function) return tool.name == choice.name;
  return choice.allowed.empty()
    || std::ranges::find(choice.allowed, tool.name) != choice.allowed.end();
}

} // namespace

Result<void> write_cohere_tools(const ChatRequest& request, RequestFields& fields, Json& body) {
  if (request.tools.empty() || !fields.keeps("tools")) return {};
  auto choice = request.tool_choice;
  if (choice.kind != ToolChoice::Kind::unset && !fields.keeps("tool_choice")) choice = {};
  Json tools = Json::array();
  bool strict = false;
  bool can_be_strict = true;
  for (std::size_t i = 0; i < request.tools.size(); ++i) {
    const auto& tool = request.tools[i];
    if (!tool.cache_ttl.empty()) fields.drop("cache_control");
    if (!is_offered(tool, choice)) continue;
    auto schema = tool.parameters.empty() ? Json::object() : parse_json_object(tool.parameters);
    if (!schema)
      return fail(
        ErrorKind::invalid_value,
        "the schema is no JSON object",
        "tools[" + std::to_string(i) + "].function.parameters");
    if (schema->empty()) *schema = {{"type", "object"}, {"properties", Json::object()}};
    strict = strict || tool.strict.value_or(false);
    // Strictness is all tools' or none's, and each must have a parameter that is required.
    can_be_strict = can_be_strict && !items_at(*schema, "required").empty();
    Json function{{"name", tool.name}};
    if (!tool.description.empty()) function["description"] = tool.description;
    function["parameters"] = *std::move(schema);
    tools.push_back(Json{{"type", "function"}, {"function", std::move(function)}});
  }
  if (tools.empty()) {
    if (choice.kind == ToolChoice::Kind::function)
      return fail(ErrorKind::invalid_value, "no tool has this name", "tool_choice");
    return {};
  }
  body["tools"] = std::move(tools);
  if (strict && can_be_strict)
    body["strict_tools"] = true;
  else if (strict)
    fields.drop("strict");
  if (choice.kind == ToolChoice::Kind::none)
    body["tool_choice"] = "NONE";
  else if (choice.kind == ToolChoice::Kind::required || choice.kind == ToolChoice::Kind::function)
    body["tool_choice"] = "REQUIRED";
  return {};
}

} // namespace gateway
