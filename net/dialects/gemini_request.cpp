#include "net/dialects/gemini.hpp"
#include "net/dialects/schema_cleanup.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <limits>

namespace gateway {
namespace {

using Then = FieldRule::Then;
using Thinking = GeminiModel::Thinking;

constexpr std::size_t stop_sequences_max = 5;
constexpr std::int64_t top_logprobs_max = 20;
constexpr std::int64_t pro_budget_min = 128;

/// Section 2, the rows without a counterpart.
constexpr std::array rules{
  FieldRule{"logit_bias", Then::refuse},
  FieldRule{"modalities", Then::refuse},
  FieldRule{"audio", Then::refuse},
  FieldRule{"web_search_options", Then::refuse},
  FieldRule{"parallel_tool_calls", Then::drop},
  FieldRule{"user", Then::drop},
  FieldRule{"top_k", Then::keep},
};

struct Effort {
  std::string_view name;
  std::string_view level;  // Gemini 3 and later
  std::int64_t budget = 0; // Gemini 2.5
};

/// Section 2, `reasoning_effort`.
constexpr std::array efforts{
  Effort{"none", "MINIMAL", 0},
  Effort{"minimal", "MINIMAL", 1024},
  Effort{"low", "LOW", 1024},
  Effort{"medium", "MEDIUM", 8192},
  Effort{"high", "HIGH", 24576},
  Effort{"xhigh", "HIGH", 24576},
  Effort{"max", "HIGH", 24576},
};

/// Writes the body field by field.
class Writer {
public:
  Writer(const ChatRequest& request, const Target& target, RequestFields& fields)
      : request_(request), target_(target), model_(gemini_model(target.upstream_model)),
        fields_(fields) {}

  Result<Json> write() {
    if (auto checked = fields_.check(request_, rules); !checked)
      return fail(std::move(checked.error()));
    GATEWAY_TRY(auto written, write_gemini_contents(request_, model_, fields_));
    Json body = Json::object();
    if (!written.system_parts.empty())
      body["systemInstruction"] = {{"parts", std::move(written.system_parts)}};
    body["contents"] = std::move(written.contents);
    if (auto tools = write_gemini_tools(request_, model_, fields_, body); !tools)
      return fail(std::move(tools.error()));
    const auto has_tools = body.contains("tools");
    if (auto counted = write_counts(); !counted) return fail(std::move(counted.error()));
    if (auto thought = write_thinking(); !thought) return fail(std::move(thought.error()));
    if (auto formatted = write_format(has_tools); !formatted)
      return fail(std::move(formatted.error()));
    write_sampling();
    write_logprobs();
    if (!config_.empty()) body["generationConfig"] = std::move(config_);
    write_tier(body);
    return body;
  }

private:
  Result<void> write_counts() {
    GATEWAY_TRY(const auto count, fields_.max_tokens(request_, target_));
    if (count) config_["maxOutputTokens"] = *count;
    const auto choices = request_.n.value_or(1);
    if (choices == 1 || !fields_.keeps("n")) return {};
    if (choices < 1 || choices > gemini_choices_max)
      return fields_.refuse("n", "this provider gives at most 8 choices");
    config_["candidateCount"] = choices;
    return {};
  }

  Result<void> write_thinking() {
    const auto& wanted = request_.reasoning_effort;
    if (wanted.empty() || !fields_.keeps("reasoning_effort")) return {};
    const auto* effort = std::ranges::find(efforts, wanted, &Effort::name);
    if (effort == efforts.end())
      return fail(ErrorKind::invalid_value, "no such effort", "reasoning_effort");
    if (model_.thinking == Thinking::none) {
      if (wanted != "none") fields_.drop("reasoning_effort");
      return {};
    }
    const auto unstoppable = model_.is_pro && wanted == "none";
    if (unstoppable) fields_.drop("reasoning_effort");
    Json thinking = Json::object();
    if (model_.thinking == Thinking::budget)
      thinking["thinkingBudget"] = unstoppable ? pro_budget_min : effort->budget;
    else
      // MINIMAL is for the flash models.
      thinking["thinkingLevel"] =
        model_.is_pro && effort->level == "MINIMAL" ? std::string_view{"LOW"} : effort->level;
    if (wanted != "none") thinking["includeThoughts"] = true;
    config_["thinkingConfig"] = std::move(thinking);
    return {};
  }

  Result<void> write_format(bool has_tools) {
    const auto& format = request_.response_format;
    if (format.kind <= ResponseFormat::Kind::text || !fields_.keeps("response_format")) return {};
    if (has_tools && !model_.schema_with_tools)
      return fields_.refuse("response_format", "the model takes tools or a format, not both");
    if (format.kind == ResponseFormat::Kind::json_schema && !format.schema.empty()) {
      auto schema = parse_json_object(format.schema);
      if (!schema)
        return fail(
          ErrorKind::invalid_value, "the schema is no JSON object", "response_format.json_schema");
      if (model_.json_schema)
        config_["responseJsonSchema"] = *std::move(schema);
      else if (auto converted = openapi_schema(*schema))
        config_["responseSchema"] = *std::move(converted);
      else if (auto refused =
                 fields_.refuse("response_format", "the model can't be held to this schema");
               !refused)
        return refused;
    }
    config_["responseMimeType"] = "application/json";
    return {};
  }

  void write_sampling() {
    const auto number = [&](
                          std::string_view ours,
                          const char* theirs,
                          std::optional<double> value,
                          double low,
                          double high) {
      if (value && fields_.keeps(ours)) config_[theirs] = fields_.clamped(ours, *value, low, high);
    };
    number("temperature", "temperature", request_.temperature, 0, 2);
    number("top_p", "topP", request_.top_p, 0, 1);
    number("presence_penalty", "presencePenalty", request_.presence_penalty, -2, 2);
    number("frequency_penalty", "frequencyPenalty", request_.frequency_penalty, -2, 2);
    if (const auto top_k = request_.other.find("top_k"); top_k != request_.other.end()) {
      const auto value = parse_json(top_k->second);
      if (value && value->is_number_unsigned())
        config_["topK"] = *value;
      else
        fields_.drop("top_k");
    }
    if (request_.seed && fields_.keeps("seed")) {
      using Seed = std::numeric_limits<std::int32_t>;
      if (*request_.seed >= Seed::min() && *request_.seed <= Seed::max())
        config_["seed"] = *request_.seed;
      else
        fields_.drop("seed");
    }
    write_stops();
  }

  void write_stops() {
    if (request_.stop.empty() || !fields_.keeps("stop")) return;
    Json stops = Json::array();
    for (const auto& stop : request_.stop) {
      if (stop.empty() || stops.size() == stop_sequences_max)
        fields_.drop("stop");
      else
        stops.push_back(stop);
    }
    if (!stops.empty()) config_["stopSequences"] = std::move(stops);
  }

  void write_logprobs() {
    if (!request_.logprobs || !fields_.keeps("logprobs")) return;
    config_["responseLogprobs"] = true;
    const auto top = request_.top_logprobs.value_or(0);
    if (top > 0 && fields_.keeps("top_logprobs"))
      config_["logprobs"] = std::min(top, top_logprobs_max);
  }

  void write_tier(Json& body) {
    const auto& tier = request_.service_tier;
    if (tier.empty() || tier == "auto" || !fields_.keeps("service_tier")) return;
    if (tier == "flex" || tier == "priority")
      body["serviceTier"] = tier;
    else if (tier == "default")
      body["serviceTier"] = "standard";
    else
      fields_.drop("service_tier");
  }

  const ChatRequest& request_;
  const Target& target_;
  GeminiModel model_;
  RequestFields& fields_;
  Json config_ = Json::object(); // generationConfig
};

} // namespace

Result<Json>
write_gemini_body(const ChatRequest& request, const Target& target, RequestFields& fields) {
  return Writer(request, target, fields).write();
}

} // namespace gateway
