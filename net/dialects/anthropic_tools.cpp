#include "net/dialects/anthropic.hpp"
#include "net/dialects/schema_cleanup.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace gateway {
namespace {

class Writer {
public:
  Writer(
    const ChatRequest& request, const ClaudeModel& model, RequestFields& fields, CacheMarks& marks)
      : request_(request), model_(model), fields_(fields), marks_(marks) {}

  Result<AnthropicTools> write() {
    if (request_.tools.empty() || !fields_.keeps("tools")) return std::move(tools_);
    const auto& allowed = request_.tool_choice.allowed;
    for (std::size_t i = 0; i < request_.tools.size(); ++i) {
      const auto& tool = request_.tools[i];
      if (!allowed.empty() && std::ranges::find(allowed, tool.name) == allowed.end()) continue;
      GATEWAY_TRY(auto written, write_tool(tool, "tools[" + std::to_string(i) + "]"));
      tools_.list.push_back(std::move(written));
    }
    if (!tools_.list.empty())
      if (auto chosen = choose_tool(); !chosen) return fail(std::move(chosen.error()));
    return std::move(tools_);
  }

private:
  Result<Json> write_tool(const Tool& tool, const std::string& place) {
    GATEWAY_TRY(auto schema, tool_schema(tool, place));
    Json written{{"name", tool.name}};
    if (!tool.description.empty()) written["description"] = tool.description;
    if (tool.strict.value_or(false)) {
      auto strict =
        model_.takes(ClaudeModel::json_schema) ? constrained_schema(schema) : std::nullopt;
      if (strict) {
        schema = *std::move(strict);
        written["strict"] = true;
      } else {
        fields_.drop("strict");
      }
    }
    written["input_schema"] = std::move(schema);
    mark_cached(written, tool.cache_ttl, marks_);
    return written;
  }

  Result<void> choose_tool() {
    const auto& choice = request_.tool_choice;
    const auto serial =
      !request_.parallel_tool_calls.value_or(true) && fields_.keeps("parallel_tool_calls");
    auto kind = choice.kind;
    if (kind != ToolChoice::Kind::unset && !fields_.keeps("tool_choice"))
      kind = ToolChoice::Kind::unset;
    const auto forces = kind == ToolChoice::Kind::required || kind == ToolChoice::Kind::function;
    if (forces && !model_.takes(ClaudeModel::forced_tool)) {
      if (auto refused = fields_.refuse("tool_choice", "the model can't be forced to call a tool");
          !refused)
        return refused;
      kind = ToolChoice::Kind::automatic;
    }
    switch (kind) {
    case ToolChoice::Kind::none: tools_.choice = {{"type", "none"}}; return {};
    case ToolChoice::Kind::required: tools_.choice = {{"type", "any"}}; break;
    case ToolChoice::Kind::function:
      if (std::ranges::none_of(
            tools_.list, [&](const Json& tool) { return tool["name"] == choice.name; }))
        return fail(ErrorKind::invalid_value, "no tool has this name", "tool_choice");
      tools_.choice = {{"type", "tool"}, {"name", choice.name}};
      break;
    case ToolChoice::Kind::automatic: tools_.choice = {{"type", "auto"}}; break;
    case ToolChoice::Kind::unset:
      if (serial) tools_.choice = {{"type", "auto"}};
      break;
    }
    tools_.forced = kind == ToolChoice::Kind::required || kind == ToolChoice::Kind::function;
    if (serial) tools_.choice["disable_parallel_tool_use"] = true;
    return {};
  }

  const ChatRequest& request_;
  const ClaudeModel& model_;
  RequestFields& fields_;
  CacheMarks& marks_;
  AnthropicTools tools_;
};

} // namespace

Result<AnthropicTools> write_anthropic_tools(
  const ChatRequest& request, const ClaudeModel& model, RequestFields& fields, CacheMarks& marks) {
  return Writer(request, model, fields, marks).write();
}

} // namespace gateway
