#include "net/dialects/anthropic.hpp"
#include "net/dialects/schema_cleanup.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace gateway {
namespace {

using Thinking = ClaudeModel::Thinking;
using Then = FieldRule::Then;

constexpr std::int64_t max_tokens_usual = 4096; // where nobody says: the API demands a number
constexpr std::int64_t budget_min = 1024;
constexpr std::string_view version_usual = "2023-06-01";
constexpr std::string_view version_without_sampling = "2026-10-21";
constexpr double top_p_thinking_min = 0.95;

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

struct Effort {
  std::string_view name;
  std::string_view effort; // of adaptive thinking
  std::int64_t budget = 0; // of thinking by budget
};

/// Section 3.1.
constexpr std::array efforts{
  Effort{"minimal", "low", 1024},
  Effort{"low", "low", 1024},
  Effort{"medium", "medium", 4096},
  Effort{"high", "high", 16384},
  Effort{"xhigh", "xhigh", 16384},
  Effort{"max", "max", 16384},
};

bool is_blank(std::string_view text) noexcept {
  return text.find_first_not_of(" \t\r\n\f\v") == text.npos;
}

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
      {"name", anthropic_json_tool},
      {"description",
       format.description.empty() ? "Gives the final answer to the user." : format.description},
      {"input_schema", std::move(schema)}});
    tools_.choice =
      others ? Json{{"type", "any"}} : Json{{"type", "tool"}, {"name", anthropic_json_tool}};
    tools_.choice["disable_parallel_tool_use"] = true;
    tools_.forced = true;
  }

  void instruct(std::string text) {
    system_.push_back(Json{{"type", "text"}, {"text", std::move(text)}});
  }

  Result<void> count_tokens() {
    output_max_ = target_.max_output > 0 ? target_.max_output : model_.max_output;
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
    const auto& wanted = request_.reasoning_effort;
    if (wanted.empty() || !fields_.keeps("reasoning_effort")) return {};
    const auto row = std::ranges::find(efforts, wanted, &Effort::name);
    if (row == efforts.end() && wanted != "none")
      return fail(ErrorKind::invalid_value, "no such effort", "reasoning_effort");
    if (model_.thinking == Thinking::adaptive)
      think_adaptively(row == efforts.end() ? nullptr : &*row);
    else if (row != efforts.end())
      think_by_budget(row->budget, thinking_lost);
    return {};
  }

  void think_adaptively(const Effort* effort) {
    if (effort != nullptr) {
      // Newer models leave the text of their thoughts out unless it is asked for.
      body_["thinking"] = {{"type", "adaptive"}, {"display", "summarized"}};
      output_["effort"] = effort->effort;
      thinks_ = true;
    } else if (model_.takes(ClaudeModel::thinking_off)) {
      body_["thinking"] = {{"type", "disabled"}};
    } else if (model_.takes(ClaudeModel::between_tools)) {
      body_["thinking"] = {{"type", "between_tools"}};
    } else {
      output_["effort"] = "low";
      fields_.drop("reasoning_effort");
    }
  }

  void think_by_budget(std::int64_t budget, bool thinking_lost) {
    if (output_max_ > 0) budget = std::min(budget, output_max_ / 2);
    // A forced tool and thinking exclude each other; the tool is meant, the effort a hint.
    if (
      model_.thinking == Thinking::none || budget < budget_min || tools_.forced || thinking_lost) {
      fields_.drop("reasoning_effort");
      return;
    }
    body_["thinking"] = {{"type", "enabled"}, {"budget_tokens", budget}};
    thinks_ = true;
    if (max_tokens_ > budget) return;
    max_tokens_ += budget;
    if (output_max_ > 0) max_tokens_ = std::min(max_tokens_, output_max_);
  }

  void write_sampling() {
    const auto takes =
      model_.takes(ClaudeModel::sampling) && anthropic_version(target_) < version_without_sampling;
    if (request_.temperature && fields_.keeps("temperature")) {
      if (takes && !thinks_)
        body_["temperature"] = fields_.clamped("temperature", *request_.temperature, 0, 1);
      else
        fields_.drop("temperature");
    }
    if (request_.top_p && fields_.keeps("top_p")) {
      const auto excluded =
        body_.contains("temperature") && !model_.takes(ClaudeModel::both_sampling);
      if (takes && !excluded && (!thinks_ || *request_.top_p >= top_p_thinking_min))
        body_["top_p"] = fields_.clamped("top_p", *request_.top_p, 0, 1);
      else
        fields_.drop("top_p");
    }
    if (const auto top_k = request_.other.find("top_k"); top_k != request_.other.end()) {
      const auto number = parse_json(top_k->second);
      if (takes && !thinks_ && number && number->is_number_unsigned())
        body_["top_k"] = *number;
      else
        fields_.drop("top_k");
    }
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

std::string_view anthropic_version(const Target& target) noexcept {
  return target.quirks && !target.quirks->api_version.empty()
    ? std::string_view{target.quirks->api_version}
    : version_usual;
}

Result<AnthropicBody>
write_anthropic_body(const ChatRequest& request, const Target& target, RequestFields& fields) {
  return Writer(request, target, fields).write();
}

} // namespace gateway
