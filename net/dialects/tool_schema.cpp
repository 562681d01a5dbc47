#include "net/dialects/tool_schema.hpp"

#include <nlohmann/json.hpp>

namespace gateway {

Result<Json> tool_schema(const Tool& tool, const std::string& place) {
  auto schema = tool.parameters.empty() ? Json::object() : parse_json_object(tool.parameters);
  if (!schema)
    return fail(
      ErrorKind::invalid_value, "the schema is no JSON object", place + ".function.parameters");
  if (schema->empty()) *schema = {{"type", "object"}, {"properties", Json::object()}};
  if (!schema->contains("type")) (*schema)["type"] = "object";
  if (tool.name == json_tool)
    return fail(
      ErrorKind::invalid_value, "the gateway has a tool of this name", place + ".function.name");
  return *std::move(schema);
}

} // namespace gateway
