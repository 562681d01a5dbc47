#include "net/dialects/anthropic.hpp"
#include "net/dialects/schema_cleanup.hpp"

#include <nlohmann/json.hpp>

#include <array>

namespace gateway {
namespace {

using Then = FieldRule::Then;

constexpr std::int64_t max_tokens_usual = 4096; // where nobody says: the API demands a number

/// Section 3, the rows without a counterpart.
constexpr std::array rules{
  FieldRule{"n", Then::refuse},
  FieldRule{"logprobs", Then::refuse},
  FieldRule{"top_logprobs", Then::refuse},
  FieldRule{"logit_bias", Then::refuse},
  FieldRule{"modalities", Then::refuse},
  FieldRule{"audio", Then::refuse},
  FieldRule{"web_search_options", Then::refuse},
  FieldRule{"seed", Then::drop},
  FieldRule{"presence_penalty", Then::drop},
  FieldRule{"frequency_penalty", Then::drop},
  FieldRule{"top_k", Then::keep},
};

/// Writes the body field by field; what one field says can decide over another.
class Writer {
public:
  Writer(const ChatRequest& request, const Target& target, RequestFields& fields)
      : request_(request), target_(target), model_(claude_model(target.upstream_model)),
        fields_(fields), marks_(request) {}

  Result<AnthropicBody> write() {
    if (auto checked = fields_.check(request_, rules); !checked)
      return fail(std::move(checked.error()));
    // Tools first: so lie the cache marks in what the API reads.
    GATEWAY_TRY(tools_, write_anthropic_tools(request_, model_, fields_, marks_));
    GATEWAY_TRY(auto messages, write_anthropic_messages(request_, model_, fields_, marks_));
    system_ = std::move(messages.system);
    if (auto formatted = write_format(); !formatted) return fail(std::move(formatted.error()));

    body_["model"] = target_.upstream_model;
    if (auto counted = count_tokens(); !counted) return fail(std::move(counted.error()));
    if (auto thought = write_thinking(messages.thinking_lost); !thought)
      return fail(std::move(thought.error()));
    body_["max_tokens"] = max_tokens_;
    if (!system_.empty()) body_["system"] = std::move(system_);
    body_["messages"] = std::move(messages.messages);
    if (!tools_.list.empty()) body_["tools"] = std::move(tools_.list);
    if (!tools_.choice.is_null()) body_["tool_choice"] = std::move(tools_.choice);
    if (!output_.empty()) body_["output_config"] = std::move(output_);
    write_sampling();
    write_hints();
    if (request_.stream) body_["stream"] = true;
    return AnthropicBody{std::move(body_), messages.uses_files};
  }

private:
  Result<void> write_format() {
    const auto& format = request_.response_format;
    if (format.kind <= ResponseFormat::Kind::text || !fields_.keeps("response_format")) return {};
    if (format.kind == ResponseFormat::Kind::json_object || format.schema.empty()) {
      fields_.drop("response_format");
      instruct("Reply with one JSON object only.");
      return {};
    }
    auto schema = parse_json_object(format.schema);
    if (!schema)
      return fail(
        ErrorKind::invalid_value, "the schema is no JSON object", "response_format.json_schema");
    if (model_.takes(ClaudeModel::json_schema))
      if (auto constrained = constrained_schema(*schema)) {
        output_["format"] = {{"type", "json_schema"}, {"schema", *std::move(constrained)}};
        return {};
      }
    if (model_.takes(ClaudeModel::forced_tool) && text_at(*schema, "type") == "object") {
      force_json_tool(*std::move(schema));
      return {};
    }
    auto refused = fields_.refuse("response_format", "the model can't be held to this schema");
    if (refused) instruct("Reply with one JSON object only, of this JSON Schema: " + format.schema);
    return refused;
  }

  /// Section 3, `response_format: json_schema`: what the model would say it says to this tool.
  void force_json_tool(Json schema) {
    const auto& format = request_.response_format;
    // A named function is called first; the turn that follows its result is held to the schema.
    if (text_at(tools_.choice, "type") == "tool") return;
    const auto others = !tools_.list.empty() && text_at(tools_.choice, "type") != "none";
    tools_.list.push_back(Json{
      {"name", json_tool},
      {"description",
       format.description.empty() ? "Gives the final answer to the user." : format.description},
      {"input_schema", std::move(schema)}});
    tools_.choice = others ? Json{{"type", "any"}} : Json{{"type", "tool"}, {"name", json_tool}};
    tools_.choice["disable_parallel_tool_use"] = true;
    tools_.forced = true;
  }

  void instruct(std::string text) {
    system_.push_back(Json{{"type", "text"}, {"text", std::move(text)}});
  }

  Result<void> count_tokens() {
    output_max_ = claude_output_max(model_, target_);
    max_tokens_ = target_.max_output > 0 ? target_.max_output : max_tokens_usual;
    if (request_.max_tokens && fields_.keeps("max_tokens")) max_tokens_ = *request_.max_tokens;
    if (max_tokens_ < 1) return fail(ErrorKind::invalid_value, "must be at least 1", "max_tokens");
    if (output_max_ > 0 && max_tokens_ > output_max_) {
      max_tokens_ = output_max_;
      if (request_.max_tokens) fields_.drop("max_tokens");
    }
    return {};
  }

  Result<void> write_thinking(bool thinking_lost) {
    const ClaudeSituation situation{output_max_, tools_.forced, thinking_lost};
    GATEWAY_TRY(auto told, claude_thinking(request_, model_, situation, fields_));
    if (!told.thinking.is_null()) body_["thinking"] = std::move(told.thinking);
    if (!told.effort.empty()) output_["effort"] = told.effort;
    max_tokens_ = told.with_room(max_tokens_, output_max_);
    thinks_ = told.thinks;
    return {};
  }

  void write_sampling() {
    const auto takes = takes_anthropic_sampling(target_);
    const auto sent = claude_sampling(request_, model_, takes, thinks_, fields_);
    if (sent.temperature) body_["temperature"] = *sent.temperature;
    if (sent.top_p) body_["top_p"] = *sent.top_p;
    if (sent.top_k) body_["top_k"] = *sent.top_k;
  }

  void write_hints() {
    Json stops = Json::array();
    if (!request_.stop.empty() && fields_.keeps("stop"))
      for (const auto& stop : request_.stop)
        // The API refuses blanks alone.
        is_blank(stop) ? fields_.drop("stop") : stops.push_back(stop);
    if (!stops.empty()) body_["stop_sequences"] = std::move(stops);
    if (!request_.user.empty() && fields_.keeps("user"))
      body_["metadata"] = {{"user_id", request_.user}};
    const auto& tier = request_.service_tier;
    if (tier.empty() || !fields_.keeps("service_tier")) return;
    if (tier == "auto" || tier == "priority")
      body_["service_tier"] = "auto";
    else if (tier == "default")
      body_["service_tier"] = "standard_only";
    else
      fields_.drop("service_tier");
  }

  const ChatRequest& request_;
  const Target& target_;
  const ClaudeModel& model_;
  RequestFields& fields_;
  CacheMarks marks_;
  Json body_ = Json::object();
  Json system_ = Json::array();
  AnthropicTools tools_;
  Json output_ = Json::object();
  std::int64_t max_tokens_ = 0;
  std::int64_t output_max_ = 0; // 0: unknown
  bool thinks_ = false;
};

} // namespace

Result<AnthropicBody>
write_anthropic_body(const ChatRequest& request, const Target& target, RequestFields& fields) {
  return Writer(request, target, fields).write();
}

} // namespace gateway
