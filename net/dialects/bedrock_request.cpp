#include "net/dialects/bedrock.hpp"
#include "net/dialects/schema_cleanup.hpp"
#include "net/dialects/tool_schema.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace gateway {
namespace {

using Schema = BedrockModel::Schema;
using Then = FieldRule::Then;

/// Section 2, the rows without a counterpart.
constexpr std::array rules{
  FieldRule{"n", Then::refuse},
  FieldRule{"logprobs", Then::refuse},
  FieldRule{"top_logprobs", Then::refuse},
  FieldRule{"logit_bias", Then::refuse},
  FieldRule{"modalities", Then::refuse},
  FieldRule{"audio", Then::refuse},
  FieldRule{"web_search_options", Then::refuse},
  FieldRule{"seed", Then::drop},
  FieldRule{"user", Then::drop},
  FieldRule{"presence_penalty", Then::drop},
  FieldRule{"frequency_penalty", Then::drop},
  FieldRule{"top_k", Then::keep},
};

constexpr std::array<std::string_view, 7> efforts{
  "none", "minimal", "low", "medium", "high", "xhigh", "max"};

/// The nearest of three steps, as families have them that know no more.
std::string_view step_of(std::string_view effort) noexcept {
  if (effort == "minimal") return "low";
  if (effort == "xhigh" || effort == "max") return "high";
  return effort;
}

/// Writes the body field by field; what one field says can decide over another.
class Writer {
public:
  Writer(const ChatRequest& request, const Target& target, RequestFields& fields)
      : request_(request), target_(target), model_(bedrock_model(target.upstream_model)),
        fields_(fields), points_(request, model_, fields) {}

  Result<Json> write() {
    if (auto checked = fields_.check(request_, rules); !checked)
      return fail(std::move(checked.error()));
    // Tools first: so lie the cache points in what the model reads.
    GATEWAY_TRY(tools_, write_bedrock_tools(request_, model_, fields_, points_));
    const auto with_tools = !tools_.list.empty();
    GATEWAY_TRY(
      auto messages, write_bedrock_messages(request_, model_, with_tools, fields_, points_));
    system_ = std::move(messages.system);
    if (auto formatted = write_format(); !formatted) return fail(std::move(formatted.error()));
    if (auto counted = count_tokens(); !counted) return fail(std::move(counted.error()));
    if (auto thought = write_effort(); !thought) return fail(std::move(thought.error()));
    if (max_tokens_) inference_["maxTokens"] = *max_tokens_;
    write_sampling();
    write_stops();
    write_choice();

    Json body = Json::object();
    if (!system_.empty()) body["system"] = std::move(system_);
    body["messages"] = std::move(messages.messages);
    if (!inference_.empty()) body["inferenceConfig"] = std::move(inference_);
    if (!tools_.list.empty()) {
      body["toolConfig"] = {{"tools", std::move(tools_.list)}};
      if (!choice_.is_null()) body["toolConfig"]["toolChoice"] = std::move(choice_);
    }
    if (!more_.empty()) body["additionalModelRequestFields"] = std::move(more_);
    if (!output_.empty()) body["outputConfig"] = std::move(output_);
    write_tier(body);
    return body;
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
    if (model_.schema == Schema::text_format) {
      write_text_format(*schema);
      return {};
    }
    if (model_.schema == Schema::output_config)
      if (auto constrained = constrained_schema(*schema)) {
        more_["output_config"]["format"] = {
          {"type", "json_schema"}, {"schema", *std::move(constrained)}};
        return {};
      }
    if (model_.takes(BedrockModel::forced_tool) && text_at(*schema, "type") == "object") {
      force_json_tool(*std::move(schema));
      return {};
    }
    auto refused = fields_.refuse("response_format", "the model can't be held to this schema");
    if (refused) instruct("Reply with one JSON object only, of this JSON Schema: " + format.schema);
    return refused;
  }

  void write_text_format(const Json& schema) {
    const auto& format = request_.response_format;
    Json structure{
      {"schema", json_text(schema)}, {"name", format.name.empty() ? "answer" : format.name}};
    if (!format.description.empty()) structure["description"] = format.description;
    output_["textFormat"] = {
      {"type", "json_schema"}, {"structure", {{"jsonSchema", std::move(structure)}}}};
  }

  /// What the model would say it says to this tool.
  void force_json_tool(Json schema) {
    const auto& format = request_.response_format;
    // A named function is called first; the turn that follows its result is held to the schema.
    if (tools_.choice == ToolChoice::Kind::function) return;
    const auto others = !tools_.list.empty();
    tools_.list.push_back(Json{
      {"toolSpec",
       {{"name", json_tool},
        {"description",
         format.description.empty() ? "Gives the final answer to the user." : format.description},
        {"inputSchema", {{"json", std::move(schema)}}}}}});
    tools_.choice = others ? ToolChoice::Kind::required : ToolChoice::Kind::function;
    tools_.chosen = json_tool;
    tools_.one_call = model_.claude != nullptr;
  }

  void instruct(std::string text) { system_.push_back(Json{{"text", std::move(text)}}); }

  Result<void> count_tokens() {
    GATEWAY_TRY(max_tokens_, fields_.max_tokens(request_, target_));
    if (model_.claude == nullptr) return {};
    output_max_ = claude_output_max(*model_.claude, target_);
    if (max_tokens_ && output_max_ > 0 && *max_tokens_ > output_max_) {
      max_tokens_ = output_max_;
      fields_.drop("max_tokens");
    }
    return {};
  }

  Result<void> write_effort() {
    if (model_.effort == BedrockModel::Effort::claude) return write_thinking();
    const auto& wanted = request_.reasoning_effort;
    if (wanted.empty() || !fields_.keeps("reasoning_effort")) return {};
    if (std::ranges::find(efforts, wanted) == efforts.end())
      return fail(ErrorKind::invalid_value, "no such effort", "reasoning_effort");
    if (model_.effort == BedrockModel::Effort::nested) {
      more_["reasoning"] = {{"effort", wanted}};
    } else if (wanted == "none") {
      // Of these families none thinks unless told to, but one that always does.
      if (model_.effort == BedrockModel::Effort::flat) fields_.drop("reasoning_effort");
    } else if (model_.effort == BedrockModel::Effort::flat) {
      more_["reasoning_effort"] = step_of(wanted);
    } else if (model_.effort == BedrockModel::Effort::nova) {
      more_["reasoningConfig"] = {{"type", "enabled"}, {"maxReasoningEffort", step_of(wanted)}};
    } else {
      fields_.drop("reasoning_effort");
    }
    return {};
  }

  Result<void> write_thinking() {
    const auto lost = !tools_.list.empty() && is_thinking_lost(request_, bedrock_name);
    const ClaudeSituation situation{output_max_, tools_.forced(), lost};
    GATEWAY_TRY(auto told, claude_thinking(request_, *model_.claude, situation, fields_));
    if (!told.thinking.is_null()) more_["thinking"] = std::move(told.thinking);
    if (!told.effort.empty()) more_["output_config"]["effort"] = told.effort;
    if (max_tokens_) max_tokens_ = told.with_room(*max_tokens_, output_max_);
    thinks_ = told.thinks;
    return {};
  }

  void write_sampling() {
    if (model_.claude != nullptr) {
      const auto sent = claude_sampling(request_, *model_.claude, true, thinks_, fields_);
      if (sent.temperature) inference_["temperature"] = *sent.temperature;
      if (sent.top_p) inference_["topP"] = *sent.top_p;
      if (sent.top_k) more_["top_k"] = *sent.top_k;
      return;
    }
    const auto number =
      [&](std::string_view ours, const char* theirs, std::optional<double> value) {
        if (value && fields_.keeps(ours)) inference_[theirs] = fields_.clamped(ours, *value, 0, 1);
      };
    number("temperature", "temperature", request_.temperature);
    number("top_p", "topP", request_.top_p);
    if (request_.other.contains("top_k")) fields_.drop("top_k");
  }

  void write_stops() {
    if (request_.stop.empty() || !fields_.keeps("stop")) return;
    Json stops = Json::array();
    for (const auto& stop : request_.stop)
      // Models refuse blanks alone.
      is_blank(stop) ? fields_.drop("stop") : stops.push_back(stop);
    if (!stops.empty()) inference_["stopSequences"] = std::move(stops);
  }

  /// Where calls side by side are not wanted, Claude is told in its own words, and in no others.
  void write_choice() {
    using Kind = ToolChoice::Kind;
    if (tools_.list.empty() || (tools_.choice == Kind::unset && !tools_.one_call)) return;
    const auto* type = tools_.choice == Kind::function ? "tool"
      : tools_.choice == Kind::required                ? "any"
                                                       : "auto";
    if (tools_.one_call) {
      more_["tool_choice"] = {{"type", type}, {"disable_parallel_tool_use", true}};
      if (tools_.choice == Kind::function) more_["tool_choice"]["name"] = tools_.chosen;
    } else {
      choice_ = {{type, Json::object()}};
      if (tools_.choice == Kind::function) choice_[type]["name"] = tools_.chosen;
    }
  }

  void write_tier(Json& body) {
    const auto& tier = request_.service_tier;
    if (tier.empty() || tier == "auto" || !fields_.keeps("service_tier")) return;
    if (tier == "default" || tier == "flex" || tier == "priority")
      body["serviceTier"] = {{"type", tier}};
    else
      fields_.drop("service_tier");
  }

  const ChatRequest& request_;
  const Target& target_;
  const BedrockModel model_;
  RequestFields& fields_;
  CachePoints points_;
  BedrockTools tools_;
  Json system_ = Json::array();
  Json inference_ = Json::object();
  Json choice_;
  Json more_ = Json::object(); // in the model's own words
  Json output_ = Json::object();
  std::optional<std::int64_t> max_tokens_; // none: as many as the model can
  std::int64_t output_max_ = 0;            // 0: unknown
  bool thinks_ = false;
};

} // namespace

Result<Json>
write_bedrock_body(const ChatRequest& request, const Target& target, RequestFields& fields) {
  return Writer(request, target, fields).write();
}

} // namespace gateway
