#include "net/dialects/anthropic_client.hpp"
#include "net/dialects/field_reading.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

/// A client's request into the one vocabulary.
namespace gateway {
namespace {

/// A budget of thinking as the nearest effort.
constexpr std::int64_t budget_medium = 2048;
constexpr std::int64_t budget_high = 8192;

/// They decide what is answered, where, or with whose files, and only Anthropic has them.
constexpr std::array<std::string_view, 4> untranslatable{
  "container", "inference_geo", "mcp_servers", "output_format"};

class Reader {
public:
  explicit Reader(std::vector<std::string>& dropped) : fields_(nullptr, dropped) {}

  Result<ChatRequest> read(const Json& body) {
    GATEWAY_TRY(request_.messages, read_anthropic_messages(body, fields_));
    for (const auto& [name, value] : body.items())
      if (!value.is_null())
        if (auto done = set_field(name, value); !done) return fail(std::move(done.error()));
    if (request_.reasoning_effort.empty()) request_.reasoning_effort = effort_;
    return std::move(request_);
  }

private:
  Result<void> set_field(std::string_view name, const Json& value) {
    if (name == "system" || name == "messages") return {};
    if (name == "models" || name == "provider") return {}; // the router's
    if (name == "model") return set(request_.model, name, value);
    if (name == "max_tokens") return set_max_tokens(value);
    if (name == "stream") return set_stream(value);
    if (name == "temperature") return set(request_.temperature, name, value);
    if (name == "top_p") return set(request_.top_p, name, value);
    if (name == "top_k") return set_top_k(value);
    if (name == "stop_sequences") return set_stops(value);
    if (name == "tools") return set_tools(value);
    if (name == "tool_choice") return set_tool_choice(value);
    if (name == "thinking") return set_thinking(value);
    if (name == "output_config") return set_output_config(value);
    if (name == "metadata") return set_metadata(value);
    if (name == "service_tier") return set_service_tier(value);
    if (name == "cache_control") {
      if (!request_.messages.empty())
        request_.messages.back().blocks.back().cache_ttl =
          read_cache_ttl(Json{{"cache_control", value}});
      return {};
    }
    if (std::ranges::find(untranslatable, name) != untranslatable.end())
      return unsupported_value(std::string{name});
    fields_.drop(name);
    return {};
  }

  Result<void> set_max_tokens(const Json& value) {
    if (auto done = set(request_.max_tokens, "max_tokens", value); !done) return done;
    // An answer of no tokens warms a cache that others don't have.
    return *request_.max_tokens == 0 ? unsupported_value("max_tokens") : Result<void>{};
  }

  Result<void> set_stream(const Json& value) {
    std::optional<bool> flag;
    auto done = set(flag, "stream", value);
    request_.stream = request_.include_usage = flag.value_or(false);
    return done;
  }

  Result<void> set_top_k(const Json& value) {
    if (!value.is_number_integer()) return wrong_value("top_k", "must be a whole number");
    request_.other.emplace("top_k", json_text(value));
    return {};
  }

  Result<void> set_stops(const Json& value) {
    constexpr auto expected = "must be an array of strings";
    if (!value.is_array()) return wrong_value("stop_sequences", expected);
    for (const auto& stop : value) {
      if (!stop.is_string()) return wrong_value("stop_sequences", expected);
      request_.stop.emplace_back(text_of(stop));
    }
    return {};
  }

  Result<void> set_tools(const Json& tools) {
    if (!tools.is_array()) return wrong_value("tools", "must be an array");
    for (std::size_t i = 0; i < tools.size(); ++i) {
      const auto path = item_path("tools", i);
      const auto type = text_at(tools[i], "type");
      // One with a date in its type runs at Anthropic.
      if (!type.empty() && type != "custom") return unsupported_value(path + ".type");
      if (auto added = add_tool(tools[i], path); !added) return added;
    }
    return {};
  }

  Result<void> add_tool(const Json& json, const std::string& path) {
    constexpr std::array<std::string_view, 6> known{
      "type", "name", "description", "input_schema", "strict", "cache_control"};
    drop_unknown(json, known, "tools[]", fields_);
    Tool tool;
    tool.name = text_at(json, "name");
    if (tool.name.empty()) return wrong_value(path + ".name", "must not be empty");
    tool.description = text_at(json, "description");
    const auto* schema = object_at(json, "input_schema");
    if (schema == nullptr) return wrong_value(path + ".input_schema", "must be an object");
    tool.parameters = json_text(*schema);
    if (const auto* strict = member(json, "strict"))
      if (auto done = set(tool.strict, path + ".strict", *strict); !done) return done;
    tool.cache_ttl = read_cache_ttl(json);
    request_.tools.push_back(std::move(tool));
    return {};
  }

  Result<void> set_tool_choice(const Json& value) {
    using Kind = ToolChoice::Kind;
    auto& choice = request_.tool_choice;
    const auto type = text_at(value, "type");
    if (type == "auto")
      choice.kind = Kind::automatic;
    else if (type == "any")
      choice.kind = Kind::required;
    else if (type == "none")
      choice.kind = Kind::none;
    else if (type == "tool")
      choice.kind = Kind::function;
    else
      return wrong_value("tool_choice.type", "must be auto, any, tool or none");
    choice.name = text_at(value, "name");
    if (choice.kind == Kind::function && choice.name.empty())
      return wrong_value("tool_choice.name", "must name a tool");
    if (flag_at(value, "disable_parallel_tool_use")) request_.parallel_tool_calls = false;
    return {};
  }

  Result<void> set_thinking(const Json& value) {
    constexpr std::array<std::string_view, 2> known{"type", "budget_tokens"};
    drop_unknown(value, known, "thinking", fields_);
    const auto type = text_at(value, "type");
    if (type == "disabled") {
      request_.reasoning_effort = "none";
    } else if (type == "enabled") {
      const auto budget = count_at(value, "budget_tokens");
      if (!budget) return wrong_value("thinking.budget_tokens", "must be a whole number");
      request_.reasoning_effort = *budget < budget_medium ? "low"
        : *budget < budget_high                           ? "medium"
                                                          : "high";
    } else if (type == "adaptive") {
      if (effort_.empty()) effort_ = "high"; // Anthropic's own, where none is named
    } else if (type == "between_tools") {
      fields_.drop("thinking");
    } else {
      return wrong_value("thinking.type", "must be enabled, adaptive, between_tools or disabled");
    }
    return {};
  }

  Result<void> set_output_config(const Json& value) {
    constexpr std::array<std::string_view, 2> known{"effort", "format"};
    if (!value.is_object()) return wrong_value("output_config", "must be an object");
    drop_unknown(value, known, "output_config", fields_);
    if (const auto* effort = member(value, "effort"))
      if (auto done = set(effort_, "output_config.effort", *effort); !done) return done;
    const auto* format = member(value, "format");
    if (format == nullptr) return {};
    const auto* schema = object_at(*format, "schema");
    if (text_at(*format, "type") != "json_schema" || schema == nullptr)
      return wrong_value("output_config.format", "must be of type json_schema, with a 'schema'");
    request_.response_format.kind = ResponseFormat::Kind::json_schema;
    request_.response_format.name = "output";
    request_.response_format.schema = json_text(*schema);
    request_.response_format.strict = true;
    return {};
  }

  Result<void> set_metadata(const Json& value) {
    constexpr std::array<std::string_view, 1> known{"user_id"};
    drop_unknown(value, known, "metadata", fields_);
    request_.user = text_at(value, "user_id");
    return {};
  }

  Result<void> set_service_tier(const Json& value) {
    const auto tier = text_of(value);
    if (tier != "auto" && tier != "standard_only")
      return wrong_value("service_tier", "must be auto or standard_only");
    request_.service_tier = tier == "auto" ? "auto" : "default";
    return {};
  }

  RequestFields fields_;
  ChatRequest request_;
  std::string effort_; // of what the model does at all; a budget says it better
};

} // namespace

Result<ChatRequest> read_anthropic_chat(std::string_view body, std::vector<std::string>& dropped) {
  const auto json = parse_json_object(body);
  if (!json) return fail(ErrorKind::invalid_json, "the body is not valid JSON");
  return Reader{dropped}.read(*json);
}

} // namespace gateway
