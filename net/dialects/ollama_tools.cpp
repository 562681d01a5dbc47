#include "net/dialects/ollama.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace gateway {
namespace {

/// The functions a choice leaves to the model; empty: all of them. A call can't be forced, only
/// narrowed down (section 2). Errors: unsupported_parameter, invalid_value.
Result<std::vector<std::string>> narrowed(const ChatRequest& request, RequestFields& fields) {
  const auto& choice = request.tool_choice;
  if (choice.kind == ToolChoice::Kind::unset || !fields.keeps("tool_choice"))
    return std::vector<std::string>{};
  if (choice.kind == ToolChoice::Kind::automatic) return choice.allowed;
  const auto named = choice.kind == ToolChoice::Kind::function;
  if (named && std::ranges::find(request.tools, choice.name, &Tool::name) == request.tools.end())
    return fail(ErrorKind::invalid_value, "no tool has this name", "tool_choice");
  if (auto refused = fields.refuse("tool_choice", "this provider can't be made to call a tool");
      !refused)
    return fail(std::move(refused.error()));
  return named ? std::vector{choice.name} : choice.allowed;
}

Result<Json> declare(const Tool& tool, std::string place) {
  // Every function has parameters there, if only none.
  auto parameters = tool.parameters.empty()
    ? Json{{"type", "object"}, {"properties", Json::object()}}
    : parse_json_object(tool.parameters);
  if (!parameters)
    return fail(ErrorKind::invalid_value, "the schema is no JSON object", std::move(place));
  Json function{{"name", tool.name}};
  if (!tool.description.empty()) function["description"] = tool.description;
  function["parameters"] = *std::move(parameters);
  return Json{{"type", "function"}, {"function", std::move(function)}};
}

} // namespace

Result<Json> write_ollama_tools(const ChatRequest& request, RequestFields& fields) {
  Json tools = Json::array();
  const auto forbidden = request.tool_choice.kind == ToolChoice::Kind::none;
  if (request.tools.empty() || forbidden || !fields.keeps("tools")) return tools;
  GATEWAY_TRY(const auto allowed, narrowed(request, fields));
  for (std::size_t i = 0; i < request.tools.size(); ++i) {
    const auto& tool = request.tools[i];
    if (!tool.cache_ttl.empty()) fields.drop("cache_control");
    if (tool.strict.value_or(false)) fields.drop("strict");
    if (!allowed.empty() && std::ranges::find(allowed, tool.name) == allowed.end()) continue;
    GATEWAY_TRY(
      auto declared, declare(tool, "tools[" + std::to_string(i) + "].function.parameters"));
    tools.push_back(std::move(declared));
  }
  return tools;
}

} // namespace gateway
