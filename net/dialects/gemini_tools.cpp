#include "net/dialects/gemini.hpp"
#include "net/dialects/schema_cleanup.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace gateway {
namespace {

class Writer {
public:
  Writer(const ChatRequest& request, const GeminiModel& model, RequestFields& fields)
      : request_(request), model_(model), fields_(fields) {}

  Result<void> write(Json& body) {
    if (request_.tools.empty() || !fields_.keeps("tools")) return {};
    const auto& choice = request_.tool_choice;
    // Only where a call is forced can the API be told which functions are allowed.
    const auto narrows = choice.kind == ToolChoice::Kind::automatic && !choice.allowed.empty();
    for (std::size_t i = 0; i < request_.tools.size(); ++i) {
      const auto& tool = request_.tools[i];
      if (!tool.cache_ttl.empty()) fields_.drop("cache_control");
      if (narrows && !names(choice.allowed, tool.name)) continue;
      auto declared = declare(tool, "tools[" + std::to_string(i) + "].function.parameters");
      if (!declared) return fail(std::move(declared.error()));
      declarations_.push_back(*std::move(declared));
    }
    if (declarations_.empty()) return {};
    if (auto chosen = choose(body); !chosen) return chosen;
    body["tools"] = Json::array({Json{{"functionDeclarations", std::move(declarations_)}}});
    return {};
  }

private:
  static bool names(const std::vector<std::string>& list, std::string_view name) {
    return std::ranges::find(list, name) != list.end();
  }

  Result<Json> declare(const Tool& tool, std::string place) {
    Json declaration{{"name", tool.name}};
    if (!tool.description.empty()) declaration["description"] = tool.description;
    auto schema = tool.parameters.empty() ? Json::object() : parse_json_object(tool.parameters);
    if (!schema) return fail(ErrorKind::invalid_value, "the schema is no JSON object", place);
    const auto* properties = object_at(*schema, "properties");
    const auto is_empty = schema->empty()
      || (text_at(*schema, "type") == "object" && (!properties || properties->empty())
          && !schema->contains("$ref"));
    if (is_empty) return declaration;
    if (model_.json_schema) {
      declaration["parametersJsonSchema"] = *std::move(schema);
    } else if (auto converted = openapi_schema(*schema)) {
      declaration["parameters"] = *std::move(converted);
    } else if (auto refused = fields_.refuse(place, "the model can't be given this schema");
               !refused) {
      return fail(std::move(refused.error()));
    }
    return declaration;
  }

  Result<void> choose(Json& body) {
    const auto& choice = request_.tool_choice;
    const auto strict = std::ranges::any_of(
      request_.tools, [](const Tool& tool) { return tool.strict.value_or(false); });
    if (strict && !model_.json_schema) fields_.drop("strict");
    auto kind = choice.kind;
    if (kind != ToolChoice::Kind::unset && !fields_.keeps("tool_choice"))
      kind = ToolChoice::Kind::unset;
    Json config = Json::object();
    switch (kind) {
    case ToolChoice::Kind::none: config["mode"] = "NONE"; break;
    case ToolChoice::Kind::required:
      config["mode"] = "ANY";
      if (!choice.allowed.empty()) config["allowedFunctionNames"] = choice.allowed;
      break;
    case ToolChoice::Kind::function:
      if (std::ranges::find(request_.tools, choice.name, &Tool::name) == request_.tools.end())
        return fail(ErrorKind::invalid_value, "no tool has this name", "tool_choice");
      config["mode"] = "ANY";
      config["allowedFunctionNames"] = Json::array({choice.name});
      break;
    case ToolChoice::Kind::automatic:
    case ToolChoice::Kind::unset:
      if (strict && model_.json_schema)
        config["mode"] = "VALIDATED";
      else if (kind == ToolChoice::Kind::automatic)
        config["mode"] = "AUTO";
      break;
    }
    if (!config.empty()) body["toolConfig"] = {{"functionCallingConfig", std::move(config)}};
    return {};
  }

  const ChatRequest& request_;
  const GeminiModel& model_;
  RequestFields& fields_;
  Json declarations_ = Json::array();
};

} // namespace

Result<void> write_gemini_tools(
  const ChatRequest& request, const GeminiModel& model, RequestFields& fields, Json& body) {
  return Writer(request, model, fields).write(body);
}

} // namespace gateway
