#include "net/dialects/bedrock.hpp"
#include "net/dialects/schema_cleanup.hpp"
#include "net/dialects/tool_schema.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace gateway {
namespace {

class Writer {
public:
  Writer(
    const ChatRequest& request,
    const BedrockModel& model,
    RequestFields& fields,
    CachePoints& points)
      : request_(request), model_(model), fields_(fields), points_(points) {}

  Result<BedrockTools> write() {
    const auto& choice = request_.tool_choice;
    if (request_.tools.empty() || !fields_.keeps("tools")) return std::move(tools_);
    auto kind = choice.kind;
    if (kind != ToolChoice::Kind::unset && !fields_.keeps("tool_choice"))
      kind = ToolChoice::Kind::unset;
    // The API has no word for it: what is not offered is not called.
    if (kind == ToolChoice::Kind::none) return std::move(tools_);
    for (std::size_t i = 0; i < request_.tools.size(); ++i) {
      const auto& tool = request_.tools[i];
      if (
        !choice.allowed.empty()
        && std::ranges::find(choice.allowed, tool.name) == choice.allowed.end())
        continue;
      GATEWAY_TRY(auto written, write_tool(tool, "tools[" + std::to_string(i) + "]"));
      tools_.list.push_back(Json{{"toolSpec", std::move(written)}});
      points_.mark(tools_.list, tool.cache_ttl);
    }
    if (!tools_.list.empty())
      if (auto chosen = choose_tool(kind); !chosen) return fail(std::move(chosen.error()));
    return std::move(tools_);
  }

private:
  Result<Json> write_tool(const Tool& tool, const std::string& place) {
    GATEWAY_TRY(auto schema, tool_schema(tool, place));
    Json written{{"name", tool.name}};
    if (!tool.description.empty()) written["description"] = tool.description;
    if (tool.strict.value_or(false)) {
      auto strict = strict_schema(schema);
      if (strict) {
        schema = *std::move(strict);
        written["strict"] = true;
      } else {
        fields_.drop("strict");
      }
    }
    written["inputSchema"] = {{"json", std::move(schema)}};
    return written;
  }

  std::optional<Json> strict_schema(const Json& schema) const {
    if (!model_.takes(BedrockModel::strict_tools)) return std::nullopt;
    return model_.claude != nullptr ? constrained_schema(schema) : std::optional<Json>{schema};
  }

  Result<void> choose_tool(ToolChoice::Kind kind) {
    const auto forces = kind == ToolChoice::Kind::required || kind == ToolChoice::Kind::function;
    if (forces && !model_.takes(BedrockModel::forced_tool)) {
      if (auto refused = fields_.refuse("tool_choice", "the model can't be forced to call a tool");
          !refused)
        return refused;
      kind = ToolChoice::Kind::automatic;
    }
    if (kind == ToolChoice::Kind::function) {
      tools_.chosen = request_.tool_choice.name;
      if (std::ranges::none_of(tools_.list, [&](const Json& one) {
            const auto* tool = object_at(one, "toolSpec");
            return tool != nullptr && text_at(*tool, "name") == tools_.chosen;
          }))
        return fail(ErrorKind::invalid_value, "no tool has this name", "tool_choice");
    }
    tools_.choice = kind;
    if (request_.parallel_tool_calls.value_or(true) || !fields_.keeps("parallel_tool_calls"))
      return {};
    // Claude alone has a word for it.
    tools_.one_call = model_.claude != nullptr;
    if (!tools_.one_call) fields_.drop("parallel_tool_calls");
    return {};
  }

  const ChatRequest& request_;
  const BedrockModel& model_;
  RequestFields& fields_;
  CachePoints& points_;
  BedrockTools tools_;
};

} // namespace

Result<BedrockTools> write_bedrock_tools(
  const ChatRequest& request,
  const BedrockModel& model,
  RequestFields& fields,
  CachePoints& points) {
  return Writer(request, model, fields, points).write();
}

} // namespace gateway
